import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tracereach.api import names
from tracereach.api.acceptance import PolicyReference
from tracereach.cluster import policies
from tracereach.cluster.client import MERGE_PATCH, ApiServer
from tracereach.cluster.errors import NotFound
from tracereach.cluster.inbox import PolicyInbox
from tracereach.cluster.policies import run_kopf
from tracereach.cluster.resources import POLICIES

pytestmark = pytest.mark.usefixtures("our_kinds")


class RunningInbox(PolicyInbox):
    """An inbox whose changes can be awaited."""

    def __init__(self) -> None:
        self._change = asyncio.Event()
        super().__init__(changed=self._change.set)

    async def until(self, predicate: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not predicate():
                self._change.clear()
                await self._change.wait()


@pytest.fixture
async def inbox(api: ApiServer) -> AsyncIterator[RunningInbox]:
    inbox, stop = RunningInbox(), asyncio.Event()
    running = asyncio.create_task(run_kopf(api, inbox, stop))
    async with asyncio.timeout(30):
        await inbox.synced.wait()
    yield inbox
    stop.set()
    await asyncio.wait_for(running, 30)


@pytest.fixture
async def policy(api: ApiServer, namespace: str, inbox: RunningInbox) -> PolicyReference:
    """A policy that has arrived and bears the finalizer."""
    spec = {"selector": {"matchLabels": {"tracing": "enabled"}}, "export": {"endpoint": "http://collector:4317"}}
    body = {"apiVersion": names.API_VERSION, "kind": names.POLICY_KIND, "metadata": {"name": "shop"}, "spec": spec}
    await api.create(POLICIES.collection(namespace), body)
    reference = PolicyReference(names.POLICY_KIND, namespace, "shop")
    await inbox.until(lambda: names.FINALIZER in _metadata(inbox, reference).get("finalizers", []))
    return reference


async def test_a_policy_arrives_changes_and_goes_only_when_it_is_released(
    api: ApiServer, inbox: RunningInbox, policy: PolicyReference
) -> None:
    path = POLICIES.item(policy.namespace, policy.name)
    await api.patch(path, {"spec": {"priority": 7}}, MERGE_PATCH)
    await inbox.until(lambda: inbox.bodies[policy]["spec"]["priority"] == 7)
    assert "annotations" not in (await api.get(path))["metadata"]

    await api.delete(path)
    await inbox.until(lambda: "deletionTimestamp" in _metadata(inbox, policy))
    assert (await api.get(path))["metadata"]["finalizers"] == [names.FINALIZER]
    inbox.release(policy, uid=_metadata(inbox, policy)["uid"])
    await inbox.until(lambda: policy not in inbox.bodies)
    with pytest.raises(NotFound):
        await api.get(path)


async def test_a_restoration_that_takes_long_holds_the_policy_all_the_while(
    api: ApiServer, inbox: RunningInbox, policy: PolicyReference, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "_PATIENCE_SECONDS", 0.1)
    await api.delete(POLICIES.item(policy.namespace, policy.name))
    await inbox.until(lambda: '"retries":' in str(_metadata(inbox, policy).get("annotations")))
    assert _metadata(inbox, policy)["finalizers"] == [names.FINALIZER]
    inbox.release(policy, uid=_metadata(inbox, policy)["uid"])
    await inbox.until(lambda: policy not in inbox.bodies)


def _metadata(inbox: PolicyInbox, reference: PolicyReference) -> dict[str, Any]:
    metadata: dict[str, Any] = inbox.bodies.get(reference, {}).get("metadata", {})
    return metadata
