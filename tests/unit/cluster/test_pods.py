"""Pods: whose they are, and how they are removed."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.cluster.recording_api import RecordingApi
from tracereach.api.pod import Pod
from tracereach.api.workload import Replicas, Workload, WorkloadReference
from tracereach.cluster.pods import UNMERGED_POD_RECORDS, delete_pod, evict, pod_of, pods_of

ORDERS = WorkloadReference("shop", "Deployment", "orders-api")


def owner(kind: str, name: str, api_version: str = "apps/v1") -> dict[str, Any]:
    return {"apiVersion": api_version, "kind": kind, "name": name, "controller": True}


def body(*owners: dict[str, Any], labels: dict[str, str] | None = None, **status: Any) -> dict[str, Any]:
    metadata = {
        "name": "orders-1",
        "namespace": "shop",
        "uid": "u-1",
        "resourceVersion": "7",
        "creationTimestamp": "2026-01-02T12:00:00Z",
        "labels": {"pod-template-hash": "abc12"} if labels is None else labels,
        "ownerReferences": list(owners),
    }
    return {"metadata": metadata, "status": status}


REPLICA_SET = owner("ReplicaSet", "orders-api-abc12")


@pytest.mark.parametrize(
    ("owned", "workload"),
    [
        (body(REPLICA_SET), ORDERS),
        (body(owner("StatefulSet", "orders-db"), labels={}), WorkloadReference("shop", "StatefulSet", "orders-db")),
        (body(owner("DaemonSet", "logs"), labels={}), WorkloadReference("shop", "DaemonSet", "logs")),
        (body({"kind": "Quota", "name": "x", "apiVersion": "v1"}, REPLICA_SET), ORDERS),
    ],
)
def test_the_workload_of_a_pod(owned: dict[str, Any], workload: WorkloadReference) -> None:
    found = pod_of(owned)
    assert found is not None
    assert found.workload == workload


@pytest.mark.parametrize(
    "stray",
    [
        pytest.param(body(), id="nobody would make it anew"),
        pytest.param(body({**REPLICA_SET, "controller": False}), id="an owner that is no controller"),
        pytest.param(body(REPLICA_SET, labels={}), id="a ReplicaSet without a Deployment"),
        pytest.param(body(owner("ReplicaSet", "orders-api-zzz99")), id="another hash"),
        pytest.param(body(owner("Job", "report", "batch/v1")), id="a Job"),
        pytest.param(body(owner("StatefulSet", "x", "kruise.io/v1"), labels={}), id="another project's StatefulSet"),
        pytest.param(body(REPLICA_SET, phase="Failed"), id="over"),
    ],
)
def test_other_pods_are_none_of_our_business(stray: dict[str, Any]) -> None:
    assert pod_of(stray) is None


def test_what_is_kept_of_a_pod() -> None:
    going = body(
        REPLICA_SET,
        labels={"pod-template-hash": "abc12", "tracereach.dev/revision": "r1"},
        conditions=[{"type": "Ready", "status": "True"}],
    )
    going["metadata"]["deletionTimestamp"] = "2026-01-02T12:01:00Z"
    created = datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert pod_of(going) == Pod(ORDERS, "orders-1", "u-1", created, ready=True, terminating=True, revision="r1")


def test_only_pods_without_their_merge_are_watched() -> None:
    assert UNMERGED_POD_RECORDS.labels == "tracereach.dev/merge in (wanted,failed)"


@pytest.mark.parametrize(("mark", "failed"), [("wanted", False), ("failed", True), ("done", False)])
def test_a_pod_that_could_not_be_merged_is_told_from_one_that_was_missed(mark: str, *, failed: bool) -> None:
    found = pod_of(body(REPLICA_SET, labels={"pod-template-hash": "abc12", "tracereach.dev/merge": mark}))
    assert found is not None
    assert found.merge_failed is failed


POD = Pod(ORDERS, "orders-1", "u-1", datetime(2026, 1, 2, tzinfo=UTC))


async def test_a_pod_is_evicted_and_no_other_of_its_name() -> None:
    api = RecordingApi()
    await evict(api, POD)
    (request,) = api.requests
    assert (request.method, request.path) == ("POST", "/api/v1/namespaces/shop/pods/orders-1/eviction")
    assert (request.body["apiVersion"], request.body["kind"]) == ("policy/v1", "Eviction")
    assert request.body["deleteOptions"] == {"preconditions": {"uid": "u-1"}}


async def test_a_broken_pod_is_deleted_and_no_other_of_its_name() -> None:
    api = RecordingApi()
    await delete_pod(api, POD)
    (request,) = api.requests
    assert (request.method, request.path) == ("DELETE", "/api/v1/namespaces/shop/pods/orders-1")
    assert request.body["preconditions"] == {"uid": "u-1"}


async def test_the_pods_of_a_workload_are_its_own() -> None:
    stranger = body(owner("StatefulSet", "orders-db"), labels={})
    api = RecordingApi({"metadata": {}, "items": [body(REPLICA_SET), stranger]})
    workload = Workload(ORDERS, "u", "1", {}, b"{}", Replicas(1, 1, 1, 1, 1), pod_labels={"app": "orders"})
    assert [pod.uid for pod in await pods_of(api, workload)] == ["u-1"]
