"""Whole passes of the loop: what fails for one policy or one workload is borne by that one alone."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from tests.unit.controller.fake_cluster import FakeCluster
from tests.unit.controller.shop import TEMPLATE, policy_body
from tests.unit.inject.conftest import CATALOGUE
from tracereach.api.acceptance import PolicyReference, reference_of
from tracereach.cluster.events import EventRecorder
from tracereach.cluster.inbox import PolicyInbox
from tracereach.cluster.limiter import Limiter
from tracereach.cluster.resources import DEPLOYMENTS, POLICIES, TRACED_WORKLOADS, Object
from tracereach.controller import actions as acting
from tracereach.controller.actions import Actions
from tracereach.controller.informers import Informers
from tracereach.controller.loop import Loop
from tracereach.controller.measurement import Measurement
from tracereach.controller.settings import Gateway, Settings
from tracereach.inject import remove
from tracereach.web.metrics import Metrics

LEAVING = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
RECORD = "tracereach.dev/injection"


def _nothing() -> None:
    pass


class Cluster:
    """A namespace `shop`, its policies and its Deployments, and the loop over them."""

    def __init__(self, *refused: str) -> None:
        self.api = FakeCluster(*refused)
        self.inbox = PolicyInbox(changed=_nothing)
        self.informers = Informers(self.api, changed=_nothing)
        self.informers._namespaces.observe({"metadata": {"name": "shop", "resourceVersion": "1"}})
        settings = Settings(catalogue=CATALOGUE, gateway=Gateway(metrics=()))
        metrics = Metrics(CollectorRegistry())
        self.loop = Loop(
            api=self.api,
            actions=Actions(self.api, Limiter(), self.informers, metrics, namespace="tracereach-system"),
            events=EventRecorder(self.api, instance="operator-0"),
            inbox=self.inbox,
            informers=self.informers,
            measurement=Measurement(settings.gateway, changed=_nothing),
            metrics=metrics,
            namespace="tracereach-system",
            server=(1, 36),
            settings=settings,
            wake=asyncio.Event(),
        )

    def policy(self, name: str, **metadata: str) -> PolicyReference:
        """A policy that selects the workload of its own name."""
        selector = {"matchLabels": {"app": name}}
        body = policy_body(name, metadata={"uid": f"uid-{name}", "resourceVersion": "1", **metadata}, selector=selector)
        reference = reference_of(body)
        self.api.objects[POLICIES.item("shop", name)] = body
        self.inbox.deliver(reference, body)
        return reference

    def deployment(self, name: str, annotations: dict[str, str] | None = None) -> None:
        found: Object = {
            "metadata": {
                "name": name,
                "namespace": "shop",
                "uid": f"uid-{name}",
                "resourceVersion": "1",
                "labels": {"app": name},
            },
            "spec": {"replicas": 0, "template": {"metadata": {"annotations": annotations or {}}, **TEMPLATE}},
        }
        self.api.objects[DEPLOYMENTS.item("shop", name)] = found
        self.informers.workloads["Deployment"].observe(found)

    def is_injected(self, name: str) -> bool:
        template = self.api.objects[DEPLOYMENTS.item("shop", name)]["spec"]["template"]
        return RECORD in template["metadata"]["annotations"]

    def status(self, name: str) -> dict[str, Any]:
        """What is said of a workload."""
        found: dict[str, Any] = self.api.objects[TRACED_WORKLOADS.item("shop", f"deployment-{name}")]["status"]
        return found

    async def look(self) -> None:
        await self.loop._pass()


async def test_a_policy_whose_revision_cannot_be_kept_waits_alone() -> None:
    cluster = Cluster("controllerrevisions/full-")
    for name in ("full", "orders"):
        cluster.policy(name)
        cluster.deployment(name)
    await cluster.look()
    assert (cluster.is_injected("full"), cluster.is_injected("orders")) == (False, True)
    assert cluster.status("full")["state"] == "Waiting"
    assert "revision could not be kept" in cluster.status("full")["message"]
    assert "exceeded quota" in cluster.status("full")["message"]
    cluster.api.refused = ()
    await cluster.look()
    assert cluster.is_injected("full")


async def test_a_policy_that_cannot_be_reported_on_holds_nobody_else() -> None:
    cluster = Cluster("tracingpolicies/aaa/status")
    cluster.policy("aaa")
    cluster.policy("zzz")
    cluster.policy("leaving", **LEAVING)
    await cluster.look()
    assert POLICIES.status("shop", "zzz") in cluster.api.writes
    assert POLICIES.status("shop", "aaa") not in cluster.api.writes
    await asyncio.wait_for(cluster.inbox.restored("uid-leaving"), 1)


async def test_a_deleted_policy_goes_before_anything_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()
    cluster.policy("shop")
    cluster.policy("leaving", **LEAVING)
    monkeypatch.setattr(cluster.loop, "_report", _raise)
    with pytest.raises(ZeroDivisionError):
        await cluster.look()
    await asyncio.wait_for(cluster.inbox.restored("uid-leaving"), 1)


def _raise(*_: object, **__: object) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize(
    "annotation", ["[" * 100_000, '{"policy": "' + "x" * 5000, '{"policy": "p", "revision": "r", "added": {}}']
)
async def test_a_hostile_record_is_a_failure_of_its_workload_alone(annotation: str) -> None:
    cluster = Cluster()
    for name, annotations in (("hostile", {RECORD: annotation}), ("orders", {})):
        cluster.policy(name)
        cluster.deployment(name, annotations)
    for _ in range(2):
        await cluster.look()
    assert (cluster.status("hostile")["state"], cluster.status("hostile")["reason"]) == ("Failed", "DamagedRecord")
    assert cluster.is_injected("orders")


@pytest.mark.parametrize("broken", ["render", "workload_status"])
async def test_an_error_of_our_own_is_borne_by_its_workload(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, broken: str
) -> None:
    monkeypatch.setattr(acting, broken, _unless_orders(getattr(acting, broken)))
    cluster = Cluster()
    for name in ("hostile", "orders"):
        cluster.policy(name)
        cluster.deployment(name)
    await cluster.look()
    assert cluster.is_injected("orders")
    assert cluster.status("orders")["state"] == "Progressing"
    assert "shop/Deployment/hostile" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def _unless_orders(real: Callable[..., Any]) -> Callable[..., Any]:
    def broken(one: Any, *rest: Any) -> Any:
        workload = getattr(one, "subject", None).workload if hasattr(one, "subject") else one
        if workload.reference.name != "orders":
            raise ZeroDivisionError
        return real(one, *rest)

    return broken


async def test_a_template_is_put_back_and_its_policy_may_go() -> None:
    cluster = Cluster()
    cluster.policy("orders")
    cluster.deployment("orders")
    await cluster.look()
    assert cluster.is_injected("orders")
    cluster.policy("orders", **LEAVING, resourceVersion="1000")
    for _ in range(3):
        await cluster.look()
    assert not cluster.is_injected("orders")
    template = cluster.api.objects[DEPLOYMENTS.item("shop", "orders")]["spec"]["template"]
    assert remove(template) == template
    await asyncio.wait_for(cluster.inbox.restored("uid-orders"), 1)
