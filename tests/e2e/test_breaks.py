"""A part of the matrix of labelled breaks: real services, each with its fault, and decoys (`make matrix` runs all)."""

import pytest

from tests.matrix.case import Case, cases
from tests.matrix.running import run
from tests.matrix.scoring import Answer
from tests.shop.services import Services

CASES = [case for case in cases() if case.ci]
pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(scope="module")
def answers(proxy: Services) -> dict[str, Answer]:
    return {answer.case.name: answer for answer in run(CASES, proxy)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_break_is_named_with_its_cause_and_a_decoy_is_left_alone(answers: dict[str, Answer], case: Case) -> None:
    answer = answers[case.name]
    assert answer.problem == ""
    said = [(str(one.cause), one.at, one.message) for one in answer.breaks]
    assert answer.is_right, f"said {said} of {case.truth or 'a decoy'}, and {answer.unknown}"
    assert answer.probed == ""
