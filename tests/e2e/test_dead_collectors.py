"""A dead backend, a dead gateway and a dead sidecar: from none of them come traces, and each is told as what it is."""

from collections.abc import Iterator

import pytest

from tests.shop import steps
from tests.shop.freezing import frozen
from tests.shop.kubernetes import NOT_YET, get, kubectl
from tests.shop.services import Services
from tests.waiting import wait_for
from tracereach.api.coverage import CoverageReport, CoverageReports

ORDERS = "shop/Deployment/orders"
_TOLD_SECONDS = 360
"""Within which it has to be said; a machine with nothing else to do takes a minute or two."""


@pytest.fixture(scope="module")
def whole(shop: Services) -> Iterator[Services]:
    """The shop, traced, with its load; traces reach every service, and the backend takes them."""
    steps.apply_policy()
    steps.wait_until_injected()
    steps.wait_until_whole()
    _wait_for_backends(shop, "Reached")
    assert _condition("Degraded") == ("False", "NoFailures")
    yield shop
    steps.delete_policy()


def test_a_dead_backend(whole: Services) -> None:
    _scale("observability", "otel-collector", 0)
    try:
        _wait_for_backends(whole, "Unreachable")
        _wait_for_condition("Degraded", ("True", "BackendUnreachable"))
        report = _report(whole)
        assert (report.coverage.reach, report.breaks) == ("1", ())
    finally:
        _scale("observability", "otel-collector", 1)
    _wait_for_condition("Degraded", ("False", "NoFailures"))


def test_a_dead_sidecar(whole: Services) -> None:
    (pod,) = get("pods", "--namespace", steps.NAMESPACE, "--selector", "app.kubernetes.io/name=orders")["items"]
    with frozen(pod["metadata"]["uid"], "otelcol"):
        found = wait_for(
            lambda: next(one for one in _report(whole).breaks if one.callee == ORDERS),
            lambda one: (one.at, one.cause, one.confidence) == (ORDERS, "SpansNotExported", "High"),
            timeout=_TOLD_SECONDS,
            excused=(*NOT_YET, StopIteration),
        )
        assert "none of the collectors in its pods reports" in found.message
        assert _condition("Degraded") == ("False", "NoFailures")
    wait_for(lambda: _report(whole), lambda found: found.breaks == (), timeout=_TOLD_SECONDS, excused=NOT_YET)


def test_a_dead_gateway(whole: Services) -> None:
    _scale(steps.SYSTEM, "tracereach-gateway", 0)
    try:
        _wait_for_condition("CoverageMet", ("Unknown", "GatewayUnreachable"))
        wait_for(
            lambda: _report(whole),
            lambda one: (one.coverage.reach, one.breaks, one.coverage.unexported) == (None, (), ()),
            excused=NOT_YET,
        )
        assert _condition("Degraded") == ("False", "NoFailures")
    finally:
        _scale(steps.SYSTEM, "tracereach-gateway", 2)
    steps.wait_until_whole()


def _scale(namespace: str, deployment: str, replicas: int) -> None:
    kubectl("-n", namespace, "scale", "deployment", deployment, f"--replicas={replicas}")
    if replicas:
        kubectl("-n", namespace, "rollout", "status", "deployment", deployment, "--timeout", "120s")
    else:
        kubectl("-n", namespace, "wait", "deployment", deployment, "--for=jsonpath={.spec.replicas}=0")


def _condition(kind: str) -> tuple[str, str]:
    (found,) = (one for one in steps.policy()["status"]["conditions"] if one["type"] == kind)
    return found["status"], found["reason"]


def _wait_for_condition(kind: str, expected: tuple[str, str]) -> None:
    wait_for(lambda: _condition(kind), lambda found: found == expected, timeout=_TOLD_SECONDS, excused=NOT_YET)


def _report(services: Services) -> CoverageReport:
    """What is said of the shop; policies of other tests may still be on their way out."""
    content = services.get(steps.SYSTEM, "tracereach-operator:8080", "/api/coverage")
    reports = {one.policy: one for one in CoverageReports.model_validate_json(content).policies}
    return reports[f"TracingPolicy/{steps.NAMESPACE}/shop"]


def _wait_for_backends(services: Services, what: str) -> None:
    wait_for(
        lambda: _backends(services), lambda found: set(found.values()) == {what}, timeout=_TOLD_SECONDS, excused=NOT_YET
    )


def _backends(services: Services) -> dict[str, str]:
    return {one.workload: one.backend for one in _report(services).services if one.selected}
