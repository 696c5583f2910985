"""The API server takes every workload of the corpus, injected and not, and its defaults hinder no removal."""

import json
from typing import Any

import pytest

from tests.corpus.cases import Case, cases, template
from tests.integration.namespace import as_list, new_namespace
from tracereach.inject import PodTemplate, remove

Stored = dict[str, tuple[PodTemplate, PodTemplate]]


@pytest.fixture(scope="module")
def stored(cluster: None) -> Stored:
    """By case, the template of the workload and of the injected one, as the API server would keep them."""
    found = cases()
    manifest = as_list(*(workload for case in found for workload in (case.workload, case.expected)))
    with new_namespace() as namespace:
        answer = namespace.kubectl("apply", "--dry-run=server", "--output=json", "--filename=-", stdin=manifest)
    templates = [template(workload) for workload in json.loads(answer)["items"]]
    pairs = zip(templates[::2], templates[1::2], strict=True)
    return {case.name: pair for case, pair in zip(found, pairs, strict=True)}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_what_the_api_server_keeps_can_be_put_back(case: Case, stored: Stored) -> None:
    before, after = stored[case.name]
    assert (after != before) == (case.expected != case.workload)
    assert _without_nulls(remove(after)) == before


def _without_nulls(value: Any) -> Any:
    """`value` as the API server reads it, to which a null is a field that is not there."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
