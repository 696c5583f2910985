"""An operator that ends in the middle of a pass: the next one goes on, and takes nobody's work for a user's."""

import pytest

from tests.unit.controller.passes import Cluster
from tracereach.api.acceptance import PolicyReference
from tracereach.cluster.resources import DEPLOYMENTS, POLICIES


class Dies(BaseException):
    """Nothing in the process outlives it."""


def edit(cluster: Cluster, reference: PolicyReference, *propagators: str) -> None:
    path = POLICIES.item("shop", reference.name)
    body = cluster.api.objects[path]
    changed = body | {"spec": body["spec"] | {"propagation": {"propagators": ["tracecontext", *propagators]}}}
    cluster.api.objects[path] = changed
    cluster.inbox.deliver(reference, changed)


def template(cluster: Cluster) -> object:
    return cluster.api.objects[DEPLOYMENTS.item("shop", "orders")]["spec"]["template"]


async def test_a_revision_that_was_written_just_before_is_no_undo_though_the_policy_is_another_by_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def dies(*_: object) -> None:
        raise Dies

    first = Cluster()
    reference = first.policy("orders")
    first.deployment("orders")
    for _ in range(2):
        await first.look()
    known = first.status("orders")["revision"]
    edit(first, reference, "baggage", "b3")
    await first.look()
    announced = first.status("orders")["announced"]
    assert announced
    before = template(first)
    monkeypatch.setattr(first.loop._actions, "remember", dies)
    with pytest.raises(Dies):
        await first.look()
    assert template(first) != before
    assert first.status("orders")["revision"] == known

    second = Cluster()
    second.adopt(first)
    edit(second, reference, "baggage", "b3multi")
    for _ in range(3):
        await second.look()
        assert second.status("orders")["state"] != "Latched"
    assert second.status("orders")["revision"] not in {known, announced}
