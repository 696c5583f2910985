"""What is done to the pods of a restored StatefulSet."""

from typing import Any

import pytest

from tests.unit.cluster.recording_api import RecordingApi
from tests.unit.rollout.fleet import NEW, NOW, ROLLING, ago, memory
from tracereach.api.reasons import Reason, State
from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.errors import Refused
from tracereach.controller.unblocking import unblock
from tracereach.rollout.subject import Subject

RESTORED = Subject(
    Workload(WorkloadReference("shop", "StatefulSet", "orders"), "u", "1", labels={}, template=b"{}", replicas=ROLLING),
    None,
    memory=memory(State.RESTORING, Reason.OPTED_OUT, attempted_at=ago(60)),
)


def pod(name: str, *, revision: str, ready: bool) -> dict[str, Any]:
    return {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"uid-{name}",
            "creationTimestamp": "2026-01-02T12:00:00Z",
            "labels": {"tracereach.dev/revision": revision} if revision else {},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "orders", "controller": True}],
        },
        "status": {"conditions": [{"type": "Ready", "status": str(ready)}]},
    }


async def test_the_broken_injected_pod_is_deleted() -> None:
    pods = [pod("orders-0", revision=NEW, ready=True), pod("orders-1", revision=NEW, ready=False)]
    api = RecordingApi({"metadata": {}, "items": pods})
    await unblock(api, [RESTORED], NOW)
    listed, deleted = api.requests
    assert (listed.method, deleted.method) == ("GET", "DELETE")
    assert deleted.path == "/api/v1/namespaces/shop/pods/orders-1"


async def test_pods_that_are_on_their_way_are_left_alone() -> None:
    api = RecordingApi({"metadata": {}, "items": [pod("orders-1", revision="", ready=False)]})
    await unblock(api, [RESTORED], NOW)
    assert [request.method for request in api.requests] == ["GET"]


async def test_where_nothing_was_restored_no_pod_is_read() -> None:
    api = RecordingApi()
    await unblock(api, [Subject(RESTORED.workload, None)], NOW)
    assert api.requests == []


async def test_a_refusal_is_said_in_the_log_and_costs_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    refusal = Refused(status=403, reason="Forbidden", message="no rights on pods", path="/pods")
    api = RecordingApi(refusal, {"metadata": {}, "items": []})
    await unblock(api, [RESTORED, RESTORED], NOW)
    assert len(api.requests) == 2
    assert "shop/StatefulSet/orders" in caplog.text
    assert "no rights on pods" in caplog.text


async def test_a_pod_whose_name_has_no_number_costs_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    odd = [pod("adopted", revision=NEW, ready=False)]
    broken = [pod("orders-0", revision=NEW, ready=False)]
    api = RecordingApi({"metadata": {}, "items": odd}, {"metadata": {}, "items": broken})
    await unblock(api, [RESTORED, RESTORED], NOW)
    assert [request.path for request in api.requests if request.method == "DELETE"] == [
        "/api/v1/namespaces/shop/pods/orders-0"
    ]
    assert "its pods are left alone" in caplog.text
