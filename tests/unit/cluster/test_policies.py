import asyncio
from itertools import islice

import kopf
import pytest

from tests.unit.cluster.recording_api import RecordingApi
from tracereach.api import names
from tracereach.api.acceptance import PolicyReference
from tracereach.cluster import policies
from tracereach.cluster.inbox import PolicyInbox

SHOP = PolicyReference("TracingPolicy", "shop", "shop")


async def test_kopf_handles_our_two_kinds_and_no_other() -> None:
    registry = kopf.OperatorRegistry()
    inbox = PolicyInbox(changed=lambda: None)
    policies.register(registry, RecordingApi(), inbox, asyncio.get_running_loop())
    ours = {(names.GROUP, names.VERSION, plural) for plural in (names.POLICY_PLURAL, names.CLUSTER_POLICY_PLURAL)}
    for handlers in (registry._watching, registry._changing):
        selectors = [handler.selector for handler in handlers.get_all_handlers() if handler.selector]
        assert {(selector.group, selector.version, selector.any_name) for selector in selectors} == ours
    assert not list(registry._spawning.get_all_handlers())
    assert not list(registry._indexing.get_all_handlers())


def test_nothing_in_the_cluster_bears_the_name_of_kopf() -> None:
    settings = policies.settings()
    assert settings.persistence.finalizer == "tracereach.dev/restore"
    assert not settings.posting.enabled
    assert settings.peering.standalone
    assert getattr(settings.persistence.progress_storage, "prefix", None) == names.GROUP


def test_kopf_never_gives_up_and_never_kills_the_process() -> None:
    settings = policies.settings()
    assert not isinstance(settings.networking.error_backoffs, float)
    assert len(list(islice(settings.networking.error_backoffs, 1000))) == 1000
    assert settings.process.ultimate_exiting_timeout is None


async def test_a_deletion_ends_once_the_loop_has_restored_everything() -> None:
    inbox = PolicyInbox(changed=lambda: None)
    restoring = asyncio.create_task(policies._restored(inbox, "u-1"))
    await asyncio.sleep(0)
    assert not restoring.done()
    metadata = {"uid": "u-1", "resourceVersion": "1", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    inbox.deliver(SHOP, {"metadata": metadata})
    inbox.release(SHOP, uid="u-1")
    await asyncio.wait_for(restoring, 1)


async def test_a_deletion_that_takes_longer_is_asked_about_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "_PATIENCE_SECONDS", 0.01)
    with pytest.raises(kopf.TemporaryError, match="still being restored"):
        await policies._restored(PolicyInbox(changed=lambda: None), "u-1")


async def test_a_list_of_both_kinds_makes_the_inbox_complete() -> None:
    item = {"metadata": {"name": "shop", "namespace": "shop", "resourceVersion": "3"}, "spec": {}}
    empty = {"metadata": {"resourceVersion": "4"}, "items": []}
    inbox = PolicyInbox(changed=lambda: None)
    await policies.list_policies(RecordingApi({"metadata": {"resourceVersion": "4"}, "items": [item]}, empty), inbox)
    assert inbox.synced.is_set()
    assert inbox.bodies[SHOP]["kind"] == "TracingPolicy"
