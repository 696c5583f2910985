"""Passes over workloads with pods that the webhook did not see."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.controller.passes import Cluster
from tracereach.cluster.resources import DEPLOYMENTS, PODS
from tracereach.controller import actions

READY = {"replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}


class ClusterWithWebhook(Cluster):
    """A Deployment, and pods of it that missed their merge."""

    def __init__(self, *refused: str, webhook: bool = True, env: Sequence[dict[str, str]] = ()) -> None:
        super().__init__(*refused, webhook=webhook)
        self.policy("orders")
        self.deployment("orders", env=env)

    def runs(self) -> None:
        """The Deployment has all of its pods."""
        found = self.api.objects[DEPLOYMENTS.item("shop", "orders")]
        found["metadata"]["resourceVersion"] = "500"
        found["spec"]["replicas"] = 2
        found["status"] = READY
        self.informers.workloads["Deployment"].observe(found)

    def missed(self, name: str, *, seconds: float, mark: str = "wanted") -> None:
        """A pod that was made so long ago while the webhook was away; with the mark `failed`, while it was not."""
        created = datetime.now(UTC) - timedelta(seconds=seconds)
        owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "orders-abc", "controller": True}
        metadata: dict[str, Any] = {
            "name": name,
            "namespace": "shop",
            "uid": f"uid-{name}",
            "resourceVersion": "600",
            "creationTimestamp": created.isoformat(timespec="seconds"),
            "labels": {"pod-template-hash": "abc", "tracereach.dev/merge": mark},
            "ownerReferences": [owner],
        }
        self.informers._unmerged_pods.observe({"metadata": metadata})

    def made_anew(self, name: str) -> None:
        """The pod is gone, and its replacement has its merge."""
        self.informers._unmerged_pods._remove(("shop", name))

    def evicted(self) -> list[str]:
        """The names of the pods that were evicted."""
        prefix = PODS.collection("shop")
        paths = [path for path in self.api.writes if path.startswith(prefix)]
        return [path.removeprefix(f"{prefix}/").split("/")[0] for path in paths]


async def injected(*refused: str, webhook: bool = True) -> ClusterWithWebhook:
    cluster = ClusterWithWebhook(*refused, webhook=webhook)
    await cluster.look()
    cluster.runs()
    await cluster.look()
    assert cluster.status("orders")["reason"] == "Injected"
    return cluster


async def test_a_pod_that_missed_is_reported_first() -> None:
    cluster = await injected()
    cluster.missed("orders-1", seconds=3)
    await cluster.look()
    status = cluster.status("orders")
    assert (status["state"], status["reason"], status["message"]) == ("Healthy", "MergeMissed", "1 of 2 pods")
    assert datetime.fromisoformat(status["missedSince"]) <= datetime.now(UTC) - timedelta(seconds=3)
    assert cluster.evicted() == []


async def test_it_is_evicted_once_and_no_other_with_it() -> None:
    cluster = await injected()
    cluster.missed("orders-0", seconds=60)
    cluster.missed("orders-1", seconds=30)
    for _ in range(3):
        await cluster.look()
    status = cluster.status("orders")
    assert (status["state"], status["reason"]) == ("Progressing", "MergeMissed")
    assert status["message"] == "Pod orders-0 is made anew."
    assert datetime.fromisoformat(status["evictedAfter"]) > datetime.fromisoformat(status["missedSince"])
    assert cluster.evicted() == ["orders-0"]


async def test_a_budget_that_does_not_let_it_go_is_named() -> None:
    cluster = await injected("pods/orders-0/eviction")
    cluster.missed("orders-0", seconds=60)
    for _ in range(2):
        await cluster.look()
    status = cluster.status("orders")
    assert (status["state"], status["reason"]) == ("Waiting", "MergeMissed")
    assert status["message"] == "Pod orders-0 stays: exceeded quota"
    assert "evictedAfter" not in status


async def test_an_eviction_that_fails_unforeseen_costs_its_workload_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    async def evict(*_: object) -> None:
        raise KeyError("metadata")

    cluster = await injected()
    monkeypatch.setattr(actions, "evict", evict)
    cluster.missed("orders-0", seconds=60)
    for _ in range(2):
        await cluster.look()
    status = cluster.status("orders")
    assert (status["state"], status["reason"], status["message"]) == ("Failed", "OperatorError", "KeyError")


async def test_without_a_webhook_it_is_only_reported() -> None:
    cluster = await injected(webhook=False)
    cluster.missed("orders-0", seconds=60)
    await cluster.look()
    assert cluster.status("orders")["reason"] == "MergeMissed"
    assert cluster.evicted() == []


async def test_once_all_pods_have_it_nothing_is_said_of_it_any_more() -> None:
    cluster = await injected()
    cluster.missed("orders-0", seconds=3)
    await cluster.look()
    cluster.made_anew("orders-0")
    await cluster.look()
    status = cluster.status("orders")
    assert status["reason"] == "Injected"
    assert "missedSince" not in status


async def test_with_a_webhook_a_container_whose_variable_is_taken_is_left_to_it() -> None:
    cluster = ClusterWithWebhook(env=[{"name": "NODE_OPTIONS", "value": "--max-old-space-size=64"}])
    await cluster.look()
    template = cluster.api.objects[DEPLOYMENTS.item("shop", "orders")]["spec"]["template"]
    assert template["metadata"]["labels"]["tracereach.dev/merge"] == "wanted"


async def test_a_pod_that_no_longer_fits_is_reported_and_never_evicted() -> None:
    cluster = await injected()
    cluster.missed("orders-0", seconds=60, mark="failed")
    for _ in range(3):
        await cluster.look()
    status = cluster.status("orders")
    assert (status["state"], status["reason"], status["message"]) == ("Healthy", "MergeFailed", "1 of 2 pods")
    assert cluster.evicted() == []


async def test_beside_one_that_does_not_fit_one_that_missed_is_made_anew() -> None:
    cluster = await injected()
    cluster.missed("orders-0", seconds=60, mark="failed")
    cluster.missed("orders-1", seconds=60)
    for _ in range(2):
        await cluster.look()
    assert cluster.evicted() == ["orders-1"]
    cluster.made_anew("orders-1")
    cluster.missed("orders-2", seconds=0, mark="failed")
    await cluster.look()
    assert cluster.evicted() == ["orders-1"]
