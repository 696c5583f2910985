"""Which decision a review asks for, and the patch that comes of it."""

import json
from typing import Any

import pytest

from tests.unit.admission.reviews import deployment, patched, review
from tests.unit.admission.shop import NEWEST, ORDERS, RELEASED, TEMPLATE, injected, knowledge, memory, replaced
from tests.unit.controller.shop import HERE, SHOP
from tracereach.admission.review import Review, allowed, read_review
from tracereach.admission.reviewing import Reviewed, review_pod, review_workload
from tracereach.api import names
from tracereach.api.reasons import State
from tracereach.controller.rendering import injection_of
from tracereach.inject import Merge, inject, merge

KNOWN = knowledge(memories=[memory(name="payments")])


def _read(content: dict[str, Any]) -> Review:
    return read_review(json.dumps(content).encode())


def _pod(**metadata: Any) -> dict[str, Any]:
    """A pod of `orders`, which sets the variable that its agent has to extend."""
    stamped = inject(
        replaced(TEMPLATE, env=[{"name": "NODE_OPTIONS", "value": "--max-old-space-size=64"}]),
        injection_of(ORDERS, SHOP, NEWEST, HERE),
        Merge.STAMP,
    ).template
    head = stamped["metadata"] | {"generateName": "orders-5d4f-", "namespace": "shop"} | metadata
    return {"apiVersion": "v1", "kind": "Pod", "metadata": head, "spec": stamped["spec"]}


def test_a_new_workload_gets_its_patch() -> None:
    sent = review(deployment(TEMPLATE))
    reviewed = review_workload(_read(sent), KNOWN)
    assert reviewed.outcome == "CanaryPassed"
    assert patched(sent, allowed("review-1", reviewed.patch)) == deployment(injected())


def test_a_dry_run_gets_the_same_patch() -> None:
    sent = review(deployment(TEMPLATE))
    assert review_workload(_read(review(deployment(TEMPLATE), dryRun=True)), KNOWN) == review_workload(
        _read(sent), KNOWN
    )


def test_a_replaced_workload_gets_its_injection_back() -> None:
    sent = review(deployment(RELEASED), deployment(injected()))
    reviewed = review_workload(_read(sent), KNOWN)
    assert reviewed.outcome == "BroughtBack"
    assert patched(sent, allowed("review-1", reviewed.patch)) == deployment(injected(RELEASED))


def test_who_replaces_an_object_need_not_send_its_uid() -> None:
    known = knowledge(memories=[memory(State.LATCHED, latched=NEWEST.name)])
    sent = review(deployment(RELEASED, uid=None), deployment(injected()))
    assert review_workload(_read(sent), known) == Reviewed("Latched")


def test_what_is_left_as_it_is_gets_no_patch() -> None:
    sent = review(deployment(TEMPLATE), deployment(injected()), options={"kind": "UpdateOptions"})
    assert review_workload(_read(sent), KNOWN) == Reviewed("UndoneByUser")


@pytest.mark.parametrize(
    "sent",
    [
        review(deployment(TEMPLATE) | {"kind": "ReplicaSet"}),
        review(deployment(TEMPLATE), operation="DELETE"),
    ],
    ids=["another kind", "another operation"],
)
def test_what_nobody_should_send_here_is_left_alone(sent: dict[str, Any]) -> None:
    assert review_workload(_read(sent), KNOWN) == Reviewed("NotAWorkload")


def test_a_stamped_pod_is_merged() -> None:
    sent = review(_pod())
    reviewed = review_pod(_read(sent))
    after = patched(sent, allowed("review-1", reviewed.patch))
    assert reviewed.outcome == "Merged"
    assert after == merge(_pod())
    (app,) = after["spec"]["containers"]
    options = next(entry["value"] for entry in app["env"] if entry["name"] == "NODE_OPTIONS")
    assert options.startswith("--max-old-space-size=64 --require /")


def test_a_pod_without_a_stamp_is_left_alone() -> None:
    assert review_pod(_read(review(_pod(labels={"app": "orders"})))) == Reviewed("NothingToMerge")


def test_a_pod_whose_stamp_is_damaged_is_only_marked() -> None:
    damaged = _pod(annotations={names.MERGE_ANNOTATION: "{"})
    reviewed = review_pod(_read(review(damaged)))
    assert reviewed.outcome == "MergeFailed"
    assert [(step["path"], step["value"]) for step in reviewed.patch] == [
        ("/metadata/labels/tracereach.dev~1merge", names.MERGE_FAILED)
    ]


def test_what_is_no_new_pod_is_left_alone() -> None:
    assert review_pod(_read(review(deployment(TEMPLATE)))) == Reviewed("NotAPod")
