"""Templates that no API server would store: refused with the field's path, and never with an exception."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.templates import pod_templates
from tracereach.api.reasons import Reason
from tracereach.inject import inject
from tracereach.inject.containers import containers
from tracereach.inject.copying import copy
from tracereach.inject.evidence import choose
from tracereach.inject.neighbours import obstacle
from tracereach.inject.quality_of_service import is_guaranteed, shares_resources
from tracereach.inject.shape import malformed
from tracereach.inject.traits import traits


def pod(**app: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "app", **app}]}}


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        (None, "the pod template is not an object"),
        ([], "the pod template is not an object"),
        ({"spec": []}, "spec is not an object"),
        ({"metadata": {"labels": ["a"]}}, "metadata.labels is not an object"),
        ({"metadata": {"annotations": {1: "x"}}}, "metadata.annotations has a key that is not a text"),
        ({"spec": {"containers": {}}}, "spec.containers is not a list"),
        ({"spec": {"containers": [None]}}, "spec.containers[0] is not an object"),
        ({"spec": {"containers": [{}]}}, "spec.containers[0].name is missing or not a text"),
        ({"spec": {"containers": [{"name": ""}]}}, "spec.containers[0].name is missing or not a text"),
        ({"spec": {"initContainers": [{"name": 7}]}}, "spec.initContainers[0].name is missing or not a text"),
        ({"spec": {"containers": [{"name": "a"}, {"name": "a"}]}}, "spec.containers has a more than once"),
        (
            {"spec": {"containers": [{"name": "a"}], "initContainers": [{"name": "a"}]}},
            "spec.containers and spec.initContainers both have a",
        ),
        ({"spec": {"volumes": [{"name": "v"}, {"name": "v"}]}}, "spec.volumes has v more than once"),
        (pod(env=[{"value": "x"}]), "spec.containers[0].env[0].name is missing or not a text"),
        (pod(env=["A=1"]), "spec.containers[0].env[0] is not an object"),
        (pod(env=[{"name": "A", "valueFrom": "x"}]), "spec.containers[0].env[0].valueFrom is not an object"),
        (pod(command="node server.js"), "spec.containers[0].command is not a list"),
        (pod(args=[["a"]]), "spec.containers[0].args holds more than texts"),
        (pod(volumeMounts=[{"name": "v"}]), "spec.containers[0].volumeMounts[0].mountPath is missing or not a text"),
        (pod(resources={"limits": "1"}), "spec.containers[0].resources.limits is not an object"),
        (pod(lifecycle={"preStop": ["x"]}), "spec.containers[0].lifecycle.preStop is not an object"),
    ],
)
def test_a_fault_is_named_with_its_field(template: Any, fault: str) -> None:
    assert malformed(template) == fault
    (skipped,) = inject(template, make_injection()).skipped
    assert (skipped.container, skipped.reason, skipped.message) == ("", Reason.INVALID_TEMPLATE, fault)


@pytest.mark.parametrize(
    "template",
    [
        {},
        {"metadata": None, "spec": None},
        {"spec": {"containers": None, "volumes": None, "initContainers": None, "affinity": None}},
        pod(image=1, command=None, args=None, env=None, envFrom=None, ports=None, volumeMounts=None, resources=None),
        pod(env=[{"name": "A", "value": 1}, {"name": "A"}, {"name": "B", "valueFrom": None}]),
        pod(command=["sleep", 10, None, True], livenessProbe=None, lifecycle={"preStop": {"exec": None}}),
        {"metadata": {"annotations": {"prometheus.io/scrape": True, "port": 8080}}, **pod()},
    ],
)
def test_nulls_and_other_kinds_of_values_are_no_fault(template: Any) -> None:
    assert malformed(template) is None
    assert obstacle(template) is None


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(pod_templates)
def test_what_kubernetes_stores_has_no_fault(template: Any) -> None:
    assert malformed(template) is None


_JUNK = st.sampled_from(
    [None, True, 1, 0.5, "", "app", "node x", [], [None], [[]], ["a"], {}, {"name": None}, {"a": 1}]
)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in JSON data, as its owner and the key or index there."""
    for key in value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from _places(value[key])


@st.composite
def _damaged(draw: st.DrawFn) -> dict[str, Any]:
    """A template of which up to three parts were replaced by something else."""
    template: dict[str, Any] = copy(draw(pod_templates))
    for _ in range(draw(st.integers(1, 3))):
        owner, key = draw(st.sampled_from(list(_places(template))))
        owner[key] = copy(draw(_JUNK))
    return template


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_damaged())
def test_whatever_was_damaged_the_rest_is_read_or_refused(template: dict[str, Any]) -> None:
    if malformed(template) or obstacle(template):
        return
    spec = make_injection().revision.spec
    is_guaranteed(template)
    shares_resources(template)
    for container in containers(template):
        assert choose(template, container, spec)
        traits(template, container)
