"""Whole passes of the loop: what fails for one policy or one workload is borne by that one alone."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.controller.passes import RECORD, Cluster
from tracereach.api import names
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.resources import DEPLOYMENTS, POLICIES, TRACED_WORKLOADS
from tracereach.controller import actions as acting
from tracereach.inject import remove

LEAVING = {"deletionTimestamp": "2026-01-01T00:00:00Z"}


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


async def test_a_policy_that_goes_while_it_is_reported_on_stays_away(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()
    shop, patch = cluster.policy("shop"), cluster.api.patch

    async def answered_late(path: str, body: Any, content_type: str) -> Any:
        written = await patch(path, body, content_type)
        cluster.inbox.deliver(shop, None)
        return written

    monkeypatch.setattr(cluster.api, "patch", answered_late)
    await cluster.look()
    assert POLICIES.status("shop", "shop") in cluster.api.writes
    assert shop not in cluster.inbox.bodies


async def test_memories_of_workloads_that_are_gone_go_too() -> None:
    cluster = Cluster()
    for name in ("orders", "payments", "kept"):
        cluster.policy(name)
        cluster.deployment(name)
    await cluster.look()
    for name in ("orders", "payments"):
        cluster.informers.workloads["Deployment"]._remove(WorkloadReference("shop", "Deployment", name))
    await cluster.look()
    left = [path for path in cluster.api.objects if "/tracedworkloads/" in path]
    assert left == [TRACED_WORKLOADS.item("shop", "deployment-kept")]


async def test_a_deleted_policy_goes_before_anything_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = Cluster()
    cluster.policy("shop")
    cluster.policy("leaving", **LEAVING)
    monkeypatch.setattr(cluster.loop._reporter, "report", _raise)
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


@pytest.mark.parametrize("broken", ["_template_after", "workload_status"])
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


async def test_while_all_policies_are_paused_nothing_is_begun_and_what_is_to_go_goes() -> None:
    running = Cluster()
    reference = running.policy("orders")
    running.deployment("orders")
    await running.look()
    assert running.is_injected("orders")
    paused = Cluster(paused=True)
    paused.adopt(running)
    paused.policy("payments")
    paused.deployment("payments")
    await paused.look()
    assert (paused.is_injected("orders"), paused.is_injected("payments")) == (True, False)
    assert (paused.status("payments")["state"], paused.status("payments")["reason"]) == ("Waiting", "Paused")
    (progressing,) = (
        one
        for one in paused.api.objects[POLICIES.item("shop", "payments")]["status"]["conditions"]
        if one["type"] == "Progressing"
    )
    assert progressing["reason"] == "Paused"
    assert "operator.paused" in progressing["message"]
    paused.policy(reference.name, **LEAVING, resourceVersion="1000")
    for _ in range(3):
        await paused.look()
    assert not paused.is_injected("orders")


async def test_a_pass_without_news_writes_nothing() -> None:
    cluster = Cluster()
    cluster.policy("orders", annotations={names.PAUSE_ANNOTATION: "true"})
    cluster.deployment("orders")
    await cluster.look()
    assert cluster.status("orders")["state"] == "Waiting"
    cluster.api.writes.clear()
    for _ in range(3):
        await cluster.look()
    assert cluster.api.writes == []


@pytest.mark.parametrize(("seconds", "due"), [(-3600, True), (0, False), (0.9, False), (1, True)])
async def test_reports_come_once_a_second_and_wait_for_no_clock_that_was_put_back(seconds: float, *, due: bool) -> None:
    loop = Cluster().loop
    await loop._pass()
    assert loop._is_report_due(loop._reported_at + timedelta(seconds=seconds)) is due
