"""What a pod is by Kubernetes' own rules, it stays: its quality of service, and whose network it uses."""

from typing import Any

import pytest

from tests.unit.inject.conftest import CATALOGUE, make_injection
from tests.unit.inject.pods import template, variables
from tracereach.inject import Injection, inject
from tracereach.inject.confinement import resources as resources_of
from tracereach.inject.containers import every_container
from tracereach.inject.quality_of_service import is_guaranteed, shares_resources

EQUAL = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}}
LIMITS_ONLY = {"limits": {"cpu": "1", "memory": "1Gi"}}
BURSTABLE = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("resources", [EQUAL, LIMITS_ONLY])
def test_a_guaranteed_pod_stays_guaranteed(resources: dict[str, Any], native: bool) -> None:  # noqa: FBT001 - a table
    pod = template(resources=resources)
    assert is_guaranteed(pod)
    injected = inject(pod, make_injection(delivery="InitContainer", native_sidecars=native)).template
    assert len(list(every_container(injected))) == 6
    assert is_guaranteed(injected)


@pytest.mark.parametrize("resources", [BURSTABLE, {}, None, {"limits": {"cpu": "1"}}])
def test_another_pod_reserves_no_more_than_it_needs(injection: Injection, resources: dict[str, Any] | None) -> None:
    injected = inject(template(resources=resources), injection).template
    (sidecar,) = injected["spec"]["initContainers"]
    assert sidecar["resources"] == {
        "limits": {"cpu": "200m", "memory": "128Mi"},
        "requests": {"cpu": "10m", "memory": "48Mi"},
    }


def test_a_container_that_is_not_guaranteed_makes_the_pod_burstable() -> None:
    pod = template(resources=EQUAL, spec={"initContainers": [{"name": "migrate", "resources": BURSTABLE}]})
    assert not is_guaranteed(pod)


def test_a_pod_on_the_node_s_network_has_no_sidecar_and_exports_directly(injection: Injection) -> None:
    result = inject(template(spec={"hostNetwork": True}), injection)
    assert result.injected
    assert [one["name"] for one in every_container(result.template)] == ["app"]
    assert variables(result.template)["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://otel-collector.observability:4317"
    assert "tracereach-no-token" not in {volume["name"] for volume in result.template["spec"]["volumes"]}


def limits(cpu_limit: Any, memory_limit: Any, **requests: Any) -> dict[str, Any]:
    return {"limits": {"cpu": cpu_limit, "memory": memory_limit}, "requests": requests or None}


@pytest.mark.parametrize(
    ("resources", "guaranteed"),
    [
        (limits("1", "1Gi", cpu="1000m", memory="1024Mi"), True),
        (limits(1, "1G", cpu="1", memory="1000M"), True),
        (limits("500m", "1Gi", memory="1073741824"), True),
        (limits("1", "1G", cpu="1", memory="1Gi"), False),
        (limits("1", "1Gi", cpu="999m"), False),
        (limits("0", "1Gi"), False),
        (limits("1", None), False),
        (limits("1", "much"), False),
        ({"limits": None, "requests": None}, False),
    ],
)
@pytest.mark.parametrize("level", ["container", "pod"])
def test_amounts_are_compared_and_not_their_spellings(
    resources: dict[str, Any],
    guaranteed: bool,  # noqa: FBT001 - a table
    level: str,
) -> None:
    pod = template(resources=resources) if level == "container" else template(spec={"resources": resources})
    assert is_guaranteed(pod) is guaranteed


def test_requests_and_limits_of_the_whole_pod_decide_alone_and_leave_ours_without() -> None:
    pod = template(resources=BURSTABLE, spec={"resources": LIMITS_ONLY})
    assert (is_guaranteed(pod), shares_resources(pod)) == (True, True)
    assert not shares_resources(template(resources=EQUAL, spec={"resources": {"limits": {}}}))
    assert resources_of(CATALOGUE.collector_resources, guaranteed=True, shared=True) == {}
