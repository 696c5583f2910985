"""Writes whose answer is lost: whether they were done or not, what was announced is remembered as our own doing."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.controller.passes import Cluster
from tracereach.api import names
from tracereach.cluster.client import MERGE_PATCH
from tracereach.cluster.errors import Unavailable
from tracereach.cluster.resources import DEPLOYMENTS, TRACED_WORKLOADS


def losing_answers(patch: Callable[..., Any], *, done: bool) -> Callable[..., Any]:
    """The API server goes away while it writes to a Deployment, and has `done` that or not."""

    async def lost(path: str, *rest: Any) -> Any:
        if DEPLOYMENTS.plural not in path:
            return await patch(path, *rest)
        if done:
            await patch(path, *rest)
        raise Unavailable(status=503, reason="", message="etcd is away", path=path)

    return lost


async def injected() -> Cluster:
    cluster = Cluster()
    cluster.policy("orders")
    cluster.deployment("orders")
    for _ in range(2):
        await cluster.look()
    assert cluster.is_injected("orders")
    return cluster


async def restored_without_an_answer(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, *, done: bool) -> None:
    await cluster.look()
    with monkeypatch.context() as patched:
        patched.setattr(cluster.api, "patch", losing_answers(cluster.api.patch, done=done))
        await cluster.look()
    cluster.informers.workloads["Deployment"].observe(cluster.api.objects[DEPLOYMENTS.item("shop", "orders")])
    for _ in range(3):
        await cluster.look()
    assert not cluster.is_injected("orders")


@pytest.mark.parametrize("done", [False, True])
async def test_a_rollback_that_somebody_asked_for_is_done(monkeypatch: pytest.MonkeyPatch, *, done: bool) -> None:
    cluster = await injected()
    asking = {"metadata": {"annotations": {names.ROLLBACK_ANNOTATION: "now"}}}
    asked = await cluster.api.patch(TRACED_WORKLOADS.item("shop", "deployment-orders"), asking, MERGE_PATCH)
    cluster.informers.traced_workloads.observe(asked)
    await restored_without_an_answer(cluster, monkeypatch, done=done)
    status = cluster.status("orders")
    assert (status["state"], status["reason"]) == ("RolledBack", "RollbackRequested")


@pytest.mark.parametrize("done", [False, True])
async def test_a_policy_that_is_rolled_back_can_be_tried_again(monkeypatch: pytest.MonkeyPatch, *, done: bool) -> None:
    cluster = await injected()
    cluster.policy("orders", annotations={names.ROLLED_BACK_ANNOTATION: "true"}, resourceVersion="1000")
    await restored_without_an_answer(cluster, monkeypatch, done=done)
    assert cluster.status("orders")["reason"] == "PolicyRolledBack"
    cluster.policy("orders", resourceVersion="2000")
    await cluster.look()
    assert cluster.is_injected("orders")
