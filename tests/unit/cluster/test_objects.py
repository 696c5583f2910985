from typing import Any

import pytest

from tests.unit.cluster.recording_api import RecordingApi
from tracereach.api.acceptance import PolicyReference
from tracereach.api.catalogue import Catalogue
from tracereach.api.policy import PolicySpec
from tracereach.api.reasons import Reason, State
from tracereach.api.revision import revision_of
from tracereach.api.status import Count, Counts, CoverageStatus, PolicyStatus, TracedWorkloadSpec, TracedWorkloadStatus
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.errors import AlreadyExists, NotFound
from tracereach.cluster.objects import (
    delete_traced_workload,
    ensure_revision,
    revision_name,
    traced_workload_name,
    write_policy_status,
    write_traced_workload,
)
from tracereach.cluster.projections import TracedWorkloadRecord

ORDERS = WorkloadReference("shop", "Deployment", "orders")
SPEC = TracedWorkloadSpec(kind="Deployment", name="orders", uid="u-1", policy="TracingPolicy/shop/shop")
STATUS = TracedWorkloadStatus(state=State.HEALTHY, reason=Reason.INJECTED, revision="r1")
COLLECTION = "/apis/tracereach.dev/v1alpha1/namespaces/shop/tracedworkloads"
ITEM = f"{COLLECTION}/deployment-orders"
REVISION = revision_of(
    PolicySpec.model_validate(
        {"selector": {"matchLabels": {"a": "b"}}, "export": {"endpoint": "http://collector:4317"}}
    ),
    Catalogue(agents={"java": "java:1"}, collector="collector:1", gateway="gateway:4317"),
)
EXISTS = AlreadyExists(status=409, reason="AlreadyExists", message="already exists", path=COLLECTION)


def _policy(kind: str = "TracingPolicy", **rest: Any) -> dict[str, Any]:
    metadata = {"name": "shop", "uid": "p-1"} | ({"namespace": "shop"} if kind == "TracingPolicy" else {})
    return {"apiVersion": "tracereach.dev/v1alpha1", "kind": kind, "metadata": metadata, **rest}


def _record(status: TracedWorkloadStatus | None, spec: TracedWorkloadSpec = SPEC) -> TracedWorkloadRecord:
    return TracedWorkloadRecord("shop", "deployment-orders", spec, status, "7")


@pytest.mark.parametrize(
    ("kind", "namespace"), [("TracingPolicy", "shop"), ("ClusterTracingPolicy", "tracereach-system")]
)
async def test_a_revision_goes_with_its_policy(kind: str, namespace: str) -> None:
    api = RecordingApi()
    await ensure_revision(api, policy=_policy(kind), revision=REVISION, operator_namespace="tracereach-system")
    (request,) = api.requests
    assert request.path == f"/apis/apps/v1/namespaces/{namespace}/controllerrevisions"
    assert request.body["metadata"] == {
        "name": f"shop-{REVISION.name}",
        "namespace": namespace,
        "labels": {"tracereach.dev/policy": "p-1"},
        "ownerReferences": [
            {"apiVersion": "tracereach.dev/v1alpha1", "kind": kind, "name": "shop", "uid": "p-1"},
        ],
    }
    assert request.body["data"] == REVISION.data()


async def test_a_revision_that_is_kept_already_is_fine() -> None:
    ours = {"items": [{"metadata": {"name": f"shop-{REVISION.name}"}}]}
    await ensure_revision(RecordingApi(EXISTS, ours), policy=_policy(), revision=REVISION, operator_namespace="system")


async def test_a_revision_of_a_policy_that_had_the_name_before_goes_with_that_one_and_does_not_count() -> None:
    others = RecordingApi(EXISTS, {"items": []})
    with pytest.raises(AlreadyExists):
        await ensure_revision(others, policy=_policy(), revision=REVISION, operator_namespace="system")


def test_names_that_would_be_too_long_end_in_their_hash() -> None:
    assert traced_workload_name(ORDERS) == "deployment-orders"
    long = [WorkloadReference("shop", "StatefulSet", "x" * 252 + end) for end in "ab"]
    names = {traced_workload_name(workload) for workload in long}
    assert len(names) == 2
    assert {len(name) for name in names} == {253}
    assert len(revision_name(PolicyReference("TracingPolicy", "shop", "x" * 253), "r1")) == 253


async def test_a_new_traced_workload_is_created_and_then_reported() -> None:
    api = RecordingApi()
    await write_traced_workload(api, workload=ORDERS, spec=SPEC, status=STATUS, before=None)
    created, reported = api.requests
    assert (created.method, created.path) == ("POST", COLLECTION)
    assert "ownerReferences" not in created.body["metadata"], "what is latched outlives its workload"
    assert created.body["spec"]["uid"] == "u-1"
    assert (reported.path, reported.content_type) == (f"{ITEM}/status", "application/merge-patch+json")
    assert reported.body["status"]["state"] == "Healthy"


async def test_a_traced_workload_that_the_copy_does_not_show_yet_is_patched() -> None:
    api = RecordingApi(EXISTS)
    await write_traced_workload(api, workload=ORDERS, spec=SPEC, status=STATUS, before=None)
    assert [(request.method, request.path) for request in api.requests] == [
        ("POST", COLLECTION),
        ("PATCH", ITEM),
        ("PATCH", f"{ITEM}/status"),
    ]


async def test_what_is_as_it_should_be_is_not_written() -> None:
    api = RecordingApi()
    assert await write_traced_workload(api, workload=ORDERS, spec=SPEC, status=STATUS, before=_record(STATUS)) is None
    assert api.requests == []


async def test_what_vanished_from_a_status_becomes_null() -> None:
    before = STATUS.model_copy(update={"attempted_at": "2026-01-01T00:00:00Z"})
    api = RecordingApi({"metadata": {}})
    await write_traced_workload(api, workload=ORDERS, spec=SPEC, status=STATUS, before=_record(before))
    (request,) = api.requests
    assert request.body["status"]["attemptedAt"] is None
    assert request.body["status"]["revision"] == "r1"


async def test_a_workload_made_anew_under_its_old_name_is_told_from_the_old_one() -> None:
    api = RecordingApi()
    old = SPEC.model_copy(update={"uid": "u-0"})
    await write_traced_workload(api, workload=ORDERS, spec=SPEC, status=STATUS, before=_record(STATUS, old))
    (request,) = api.requests
    assert request.path == ITEM
    assert request.body["spec"]["uid"] == "u-1"


async def test_forgetting_what_is_forgotten_is_fine() -> None:
    api = RecordingApi(NotFound(status=404, reason="NotFound", message="not found", path=ITEM))
    await delete_traced_workload(api, ORDERS)
    assert [(request.method, request.path) for request in api.requests] == [("DELETE", ITEM)]


async def test_a_policy_status_is_written_once_and_with_nulls_at_every_depth() -> None:
    count = Count(count=1, total=2, ratio="0.5")
    coverage = CoverageStatus(configured=count, rolled_out=count, observed=Count(count=0, total=0))
    first = PolicyStatus(observed_generation=1, workloads=Counts(by_reason={"InQueue": 3}), coverage=coverage)
    api = RecordingApi()
    await write_policy_status(api, body=_policy(), status=first)
    stored = api.requests[0].body["status"]
    assert "ratio" not in stored["coverage"]["observed"]
    assert await write_policy_status(api, body=_policy(status=stored), status=first) is None
    second = PolicyStatus(observed_generation=1, workloads=Counts(by_reason={"Injected": 3}))
    await write_policy_status(api, body=_policy(status=stored), status=second)
    patch = api.requests[1].body["status"]
    assert patch["workloads"]["byReason"] == {"InQueue": None, "Injected": 3}
    assert patch["coverage"] is None
    assert api.requests[1].path.endswith("/namespaces/shop/tracingpolicies/shop/status")
    assert len(api.requests) == 2
