import asyncio
from typing import Any

from tracereach.api.acceptance import PolicyReference
from tracereach.cluster.inbox import PolicyInbox

SHOP = PolicyReference("TracingPolicy", "shop", "shop")
ALL = PolicyReference("ClusterTracingPolicy", "", "all")


def _body(version: int, priority: int = 0) -> dict[str, Any]:
    return {
        "metadata": {
            "name": "shop",
            "uid": "u-1",
            "resourceVersion": str(version),
            "managedFields": [{"manager": "kubectl"}],
        },
        "spec": {"priority": priority},
    }


def _leaving(version: int, uid: str = "u-1") -> dict[str, Any]:
    metadata = {"uid": uid, "resourceVersion": str(version), "deletionTimestamp": "2026-01-01T00:00:00Z"}
    return {"metadata": metadata}


class Counted:
    def __init__(self) -> None:
        self.changes = 0

    def __call__(self) -> None:
        self.changes += 1


def test_bodies_are_plain_copies_without_managed_fields() -> None:
    changed = Counted()
    inbox = PolicyInbox(changed=changed)
    body = _body(1)
    inbox.deliver(SHOP, body)
    body["spec"]["priority"] = 9
    metadata = {"name": "shop", "uid": "u-1", "resourceVersion": "1"}
    assert inbox.bodies[SHOP] == {"metadata": metadata, "spec": {"priority": 0}}
    assert changed.changes == 1


def test_what_is_older_or_the_same_changes_nothing() -> None:
    changed = Counted()
    inbox = PolicyInbox(changed=changed)
    inbox.deliver(SHOP, _body(5, priority=5))
    inbox.deliver(SHOP, _body(4, priority=4))
    inbox.deliver(SHOP, _body(5, priority=5))
    assert inbox.bodies[SHOP]["spec"] == {"priority": 5}
    assert changed.changes == 1


def test_a_list_removes_what_is_gone_and_keeps_what_is_newer_and_what_is_of_the_other_kind() -> None:
    inbox = PolicyInbox(changed=Counted())
    newer = PolicyReference("TracingPolicy", "shop", "newer")
    gone = PolicyReference("TracingPolicy", "shop", "gone")
    inbox.deliver(ALL, _body(1))
    inbox.deliver(gone, _body(2))
    inbox.deliver(newer, _body(20))
    inbox.replace("TracingPolicy", {SHOP: _body(9)}, version="10")
    assert set(inbox.bodies) == {ALL, newer, SHOP}


async def test_a_policy_waits_until_it_is_released() -> None:
    inbox = PolicyInbox(changed=Counted())
    inbox.deliver(SHOP, _leaving(1))
    inbox.deliver(ALL, _leaving(1, uid="u-2"))
    waiting = asyncio.create_task(inbox.restored("u-1"))
    inbox.release(ALL, uid="u-2")
    await asyncio.sleep(0)
    assert not waiting.done()
    inbox.release(SHOP, uid="u-1")
    await asyncio.wait_for(waiting, 1)


async def _is_held(inbox: PolicyInbox, uid: str) -> bool:
    try:
        await asyncio.wait_for(inbox.restored(uid), 0.01)
    except TimeoutError:
        return True
    return False


async def test_the_release_of_a_policy_does_not_release_its_successor_of_the_same_name() -> None:
    inbox = PolicyInbox(changed=Counted())
    inbox.deliver(SHOP, _leaving(1))
    inbox.release(SHOP, uid="u-1")
    assert not await _is_held(inbox, "u-1")
    inbox.deliver(SHOP, None)
    inbox.release(SHOP, uid="u-1")  # a pass that began before the policy went
    inbox.deliver(SHOP, _leaving(2, uid="u-2"))
    inbox.release(SHOP, uid="u-1")
    assert await _is_held(inbox, "u-2")


async def test_a_policy_that_is_not_being_deleted_is_not_released() -> None:
    inbox = PolicyInbox(changed=Counted())
    inbox.deliver(SHOP, _body(1))
    inbox.release(SHOP, uid="u-1")
    inbox.deliver(SHOP, _leaving(2))
    assert await _is_held(inbox, "u-1")
