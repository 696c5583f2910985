"""Workloads as real teams write them, each with all that an injection makes of it: `tests/corpus`."""

import pytest

from tests.corpus.cases import Case, cases, outcome, template, with_template
from tracereach.inject import inject, remove

pytestmark = pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)

_REWRITE = "where this is meant, run `python -m tests.corpus` and review the difference"


def test_the_injected_workload_is_as_expected(case: Case) -> None:
    assert with_template(case.workload, case.inject().template) == case.expected, _REWRITE


def test_agents_and_reasons_are_as_written_down(case: Case) -> None:
    assert outcome(case.inject()) == case.outcome


def test_removal_gives_the_workload_back(case: Case) -> None:
    assert remove(template(case.expected)) == template(case.workload)


def test_a_second_injection_changes_nothing(case: Case) -> None:
    assert inject(template(case.expected), case.injection, case.merge).template == template(case.expected)
