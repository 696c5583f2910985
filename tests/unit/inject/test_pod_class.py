"""What a pod is by Kubernetes' own rules, it stays: its quality of service, and whose network it uses."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import template, variables
from tracereach.inject import Injection, inject
from tracereach.inject.containers import every_container, is_guaranteed

EQUAL = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "1", "memory": "1Gi"}}
LIMITS_ONLY = {"limits": {"cpu": "1", "memory": "1Gi"}}
BURSTABLE = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "500m"}}


@pytest.mark.parametrize("native", [True, False])
@pytest.mark.parametrize("resources", [EQUAL, LIMITS_ONLY])
def test_a_guaranteed_pod_stays_guaranteed(resources: dict[str, Any], native: bool) -> None:  # noqa: FBT001 - a table
    pod = template(resources=resources)
    assert is_guaranteed(pod)
    injected = inject(pod, make_injection(delivery="InitContainer", native_sidecars=native)).template
    assert len(list(every_container(injected))) == 5
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
