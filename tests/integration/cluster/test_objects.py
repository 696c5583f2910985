from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.integration.cluster.deployments import deployment
from tracereach.api import names
from tracereach.api.acceptance import reference_of
from tracereach.api.catalogue import Catalogue
from tracereach.api.policy import PolicySpec
from tracereach.api.reasons import Reason, State
from tracereach.api.revision import revision_from, revision_of
from tracereach.api.status import Condition, Counts, PolicyStatus, TracedWorkloadSpec, TracedWorkloadStatus
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.client import ApiServer
from tracereach.cluster.events import Event, EventRecorder
from tracereach.cluster.objects import (
    delete_traced_workload,
    ensure_revision,
    revision_name,
    write_policy_status,
    write_traced_workload,
)
from tracereach.cluster.projections import TracedWorkloadRecord, traced_workload_record, workload_record
from tracereach.cluster.resources import CONTROLLER_REVISIONS, DEPLOYMENTS, EVENTS, POLICIES, TRACED_WORKLOADS

pytestmark = pytest.mark.usefixtures("our_kinds")

SPEC = {
    "selector": {"matchLabels": {"tracing": "enabled"}},
    "export": {"endpoint": "http://otel-collector.observability:4317"},
}


@pytest.fixture
async def policy(api: ApiServer, namespace: str) -> AsyncIterator[dict[str, Any]]:
    body = {
        "apiVersion": names.API_VERSION,
        "kind": names.POLICY_KIND,
        "metadata": {"name": "shop"},
        "spec": SPEC,
    }
    yield await api.create(POLICIES.collection(namespace), body)
    await api.delete(POLICIES.item(namespace, "shop"))


async def test_a_revision_can_be_read_back(api: ApiServer, namespace: str, policy: dict[str, Any]) -> None:
    catalogue = Catalogue(agents={"java": "java:1"}, collector="collector:1", gateway="gateway:4317")
    revision = revision_of(PolicySpec.model_validate(SPEC), catalogue)
    for _ in range(2):
        await ensure_revision(api, policy=policy, revision=revision, operator_namespace="default")
    name = revision_name(reference_of(policy), revision.name)
    kept = await api.get(CONTROLLER_REVISIONS.item(namespace, name))
    assert revision_from(kept["data"]).name == revision.name


async def test_a_traced_workload_is_written_only_when_something_is_new(api: ApiServer, namespace: str) -> None:
    created = await api.create(DEPLOYMENTS.collection(namespace), deployment("orders"))
    orders = WorkloadReference(namespace, "Deployment", "orders")
    spec = TracedWorkloadSpec(
        kind="Deployment", name="orders", uid=created["metadata"]["uid"], policy=f"TracingPolicy/{namespace}/shop"
    )
    waiting = TracedWorkloadStatus(state=State.WAITING, reason=Reason.IN_QUEUE, attempted_at="2026-01-01T00:00:00Z")
    healthy = TracedWorkloadStatus(state=State.HEALTHY, reason=Reason.INJECTED, revision="r1", agents=("java",))

    async def write(status: TracedWorkloadStatus, before: TracedWorkloadRecord | None) -> TracedWorkloadRecord | None:
        written = await write_traced_workload(api, workload=orders, spec=spec, status=status, before=before)
        return traced_workload_record(written) if written else None

    first = await write(waiting, None)
    assert first is not None
    assert (first.spec, first.status) == (spec, waiting)
    assert await write(waiting, first) is None
    second = await write(healthy, first)
    assert second is not None
    assert second.status == healthy
    again = await write(healthy, None)
    assert again == second
    await delete_traced_workload(api, orders)
    await delete_traced_workload(api, orders)
    assert (await api.get(TRACED_WORKLOADS.collection(namespace)))["items"] == []


async def test_a_policy_status_holds_exactly_what_was_said_last(api: ApiServer, policy: dict[str, Any]) -> None:
    condition = Condition(
        type="Accepted",
        status="True",
        reason="Accepted",
        message="",
        last_transition_time="2026-01-01T00:00:00Z",
        observed_generation=1,
    )
    first = PolicyStatus(
        observed_generation=1, conditions=(condition,), workloads=Counts(matched=3, by_reason={"InQueue": 3})
    )
    body = await write_policy_status(api, body=policy, status=first)
    assert body is not None
    assert await write_policy_status(api, body=body, status=first) is None
    second = PolicyStatus(observed_generation=1, workloads=Counts(matched=3, by_reason={"Injected": 3}))
    body = await write_policy_status(api, body=body, status=second)
    assert body is not None
    assert PolicyStatus.model_validate(body["status"]) == second


async def test_events_on_workloads_are_accepted(api: ApiServer, namespace: str) -> None:
    created = await api.create(DEPLOYMENTS.collection(namespace), deployment("orders"))
    orders = workload_record(created, "Deployment")
    await EventRecorder(api, instance="operator-0").post(Event(orders.reference, orders.uid, "Injected", "revision r1"))
    items = (await api.get(EVENTS.collection(namespace)))["items"]
    ours = [item["regarding"]["uid"] for item in items if item["reportingController"] == "tracereach.dev/operator"]
    assert ours == [orders.uid]
