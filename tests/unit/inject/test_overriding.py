"""What becomes of an injection whose user sets a variable over one that was added."""

import copy
from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tracereach.inject import has_leftovers, inject, is_overridden, read_record

ORIGINAL = {"metadata": {}, "spec": {"containers": [{"name": "app", "image": "app"}]}}
INJECTION = make_injection(agents=["java"])


def overridden(**values: str) -> dict[str, Any]:
    """The injected template, in which a release has given variables of the injection other values."""
    template = copy.deepcopy(inject(ORIGINAL, INJECTION).template)
    (app,) = template["spec"]["containers"]
    for entry in app["env"]:
        if entry["name"] in values:
            entry["value"] = values[entry["name"]]
            entry.pop("valueFrom", None)
    return template


@pytest.mark.parametrize(
    ("values", "leftovers"),
    [
        ({"OTEL_PROPAGATORS": "b3"}, False),
        ({"OTEL_SERVICE_NAME": "mine"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://elsewhere:4317"}, True),
        ({"JAVA_TOOL_OPTIONS": "-Xmx64m"}, True),
    ],
)
def test_only_what_makes_other_parts_useless_leaves_something_over(values: dict[str, str], *, leftovers: bool) -> None:
    template = overridden(**values)
    record = read_record(template)
    assert record is not None
    assert is_overridden(template, record)
    renewed = inject(template, INJECTION).template
    assert has_leftovers(template, renewed) is leftovers
    settled = read_record(renewed)
    assert not has_leftovers(renewed, inject(renewed, INJECTION).template)
    assert settled is None or not is_overridden(renewed, settled)


def test_nothing_is_left_over_of_an_injection_that_nobody_touched() -> None:
    template = overridden()
    record = read_record(template)
    assert record is not None
    assert not is_overridden(template, record)
    assert not has_leftovers(template, inject(template, INJECTION).template)


def test_a_variable_that_was_taken_out_overrides_nothing() -> None:
    template = overridden()
    record = read_record(template)
    template["spec"]["containers"][0]["env"] = []
    assert record is not None
    assert not is_overridden(template, record)
