"""From a review to its outcome: which decision is asked, and the JSON Patch that comes of it. Pure."""

from dataclasses import dataclass

from tracereach.admission.decision import WorkloadWrite, admit
from tracereach.admission.knowledge import Knowledge
from tracereach.admission.review import Review
from tracereach.api import names
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.json_patch import json_patch
from tracereach.cluster.resources import WORKLOADS, Object
from tracereach.cluster.template_writes import template_patch
from tracereach.inject import merge

_OUTCOMES = {names.MERGE_DONE: "Merged", names.MERGE_FAILED: "MergeFailed"}
"""What became of a pod, by the mark that it gets."""


@dataclass(frozen=True)
class Reviewed:
    """What became of one review."""

    outcome: str
    """Why, in one word: the label of a metric."""
    patch: tuple[Object, ...] = ()
    message: str = ""


def review_workload(review: Review, knowledge: Knowledge) -> Reviewed:
    """A Deployment, StatefulSet or DaemonSet that is created or updated."""
    if review.kind not in WORKLOADS or review.operation not in {"CREATE", "UPDATE"}:
        return Reviewed("NotAWorkload")
    after, metadata = review.object["spec"]["template"], review.object["metadata"]
    write = WorkloadWrite(
        workload=WorkloadReference(review.namespace, review.kind, review.name),
        # Who replaces an object need not send its uid.
        uid=(review.old_object or review.object)["metadata"].get("uid") or "",
        labels=metadata.get("labels") or {},
        before=review.old_object["spec"]["template"] if review.old_object else None,
        after=after,
        field_manager=review.field_manager,
    )
    decision = admit(write, knowledge)
    patch = template_patch(after, decision.template) if decision.template else []
    return Reviewed(decision.why, tuple(patch), decision.message)


def review_pod(review: Review) -> Reviewed:
    """A Pod that is created with a stamp on it."""
    if review.kind != "Pod" or review.operation != "CREATE":
        return Reviewed("NotAPod")
    merged = merge(review.object)
    patch = json_patch(review.object, merged)
    return Reviewed(
        _OUTCOMES[merged["metadata"]["labels"][names.MERGE_LABEL]] if patch else "NothingToMerge", tuple(patch)
    )
