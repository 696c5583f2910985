"""What admission makes of one write of a workload: a pure function over the request and what is known.

It never jumps the queue. A known workload keeps the revision it has, rendered anew over what its user releases, so
that the release is the only rollout. A new one starts with the newest revision once that has proven itself elsewhere.
All else is left to the controller, at the policy's pace.
"""

from dataclasses import dataclass
from enum import StrEnum

from tracereach.admission.knowledge import Knowledge
from tracereach.admission.settling import settled
from tracereach.api import names
from tracereach.api.acceptance import Policy
from tracereach.api.reasons import State
from tracereach.api.revision import have_same_settings
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.projections import TracedWorkloadRecord
from tracereach.controller.rendering import injection_of
from tracereach.inject import DamagedRecord, Merge, PodTemplate, Record, Result, inject, read_record
from tracereach.rollout.selection import Labels


class Why(StrEnum):
    """Why a workload is changed or left as it is. The values are those of a metric's label."""

    OWN_WRITE = "OwnWrite"
    TEMPLATE_UNCHANGED = "TemplateUnchanged"
    NOT_SELECTED = "NotSelected"
    DAMAGED_RECORD = "DamagedRecord"
    AWAITS_ITS_TURN = "AwaitsItsTurn"
    """Nothing is in it. The controller injects it when a slot is free, or knows why not."""
    INJECTED_ALREADY = "InjectedAlready"
    """Offline, or by its user who goes back to a template that had it."""
    CANARY_PASSED = "CanaryPassed"
    """It is new, and starts with a revision that a workload with the same agents is healthy with."""
    UNDONE_BY_USER = "UndoneByUser"
    """By `kubectl rollout undo`, the one command that names no field manager; or by a tool that names none either,
    which cannot be told from it. An undo that is not obeyed would be worse than an injection that is missing."""
    LATCHED = "Latched"
    OTHER_REVISION = "OtherRevision"
    POLICY_NOT_IN_FORCE = "PolicyNotInForce"
    """The policy of its injection is not there, refused, going, or only plans."""
    REVISION_NOT_KNOWN = "RevisionNotKnown"
    RENEWED = "Renewed"
    """Its user releases: the same revision, over the new template."""
    BROUGHT_BACK = "BroughtBack"
    """A tool, which its field manager names, replaced the template and did not know of the injection."""
    TAKEN_OUT = "TakenOut"
    """The same revision would add nothing to the new template, so nothing of it may stay."""


@dataclass(frozen=True, kw_only=True)
class WorkloadWrite:
    """One write of a Deployment, StatefulSet or DaemonSet, as the API server is about to store it."""

    workload: WorkloadReference
    uid: str
    labels: Labels
    before: PodTemplate | None
    """The pod template as it is stored; none at CREATE."""
    after: PodTemplate
    field_manager: str = ""
    """As the sender names it, which need not be what `metadata.managedFields` then says; empty where it names none."""


@dataclass(frozen=True)
class Decision:
    """What becomes of the write. Without a template it is stored as it is."""

    why: Why
    template: PodTemplate | None = None
    message: str = ""


def admit(write: WorkloadWrite, knowledge: Knowledge) -> Decision:
    """Whether the template is stored otherwise than it was sent, and why."""
    if write.before == write.after:
        return Decision(Why.TEMPLATE_UNCHANGED)
    if write.field_manager == names.FIELD_MANAGER:
        return Decision(Why.OWN_WRITE)
    winner = knowledge.winner(write.workload, write.labels, write.after)
    if winner is None:
        return Decision(Why.NOT_SELECTED)
    try:
        after = _own_record(write.after, write.workload)
        if write.before is None:
            return _created(write, after, winner, knowledge)
        return _updated(write, _own_record(write.before, write.workload), after, knowledge)
    except DamagedRecord as error:
        return Decision(Why.DAMAGED_RECORD, message=str(error))


def _own_record(template: PodTemplate, workload: WorkloadReference) -> Record | None:
    """The record in `template`; none where it was copied there from another workload."""
    record = read_record(template)
    return record if record and record.belongs_to(workload) else None


def _created(write: WorkloadWrite, record: Record | None, winner: Policy, knowledge: Knowledge) -> Decision:
    if record is not None:
        return Decision(Why.INJECTED_ALREADY)
    policies = knowledge.policies
    held = policies.is_paused(winner.reference) or policies.is_rolled_back(winner.reference)
    if not write.workload.name or winner.spec.mode == "DryRun" or held:
        return Decision(Why.AWAITS_ITS_TURN)
    if knowledge.failures(winner.reference) > winner.spec.rollout.tolerated_failures:
        return Decision(Why.AWAITS_ITS_TURN)
    revision = knowledge.policies.revisions[winner.reference]
    if any(have_same_settings(revision.name, latched) for latched in knowledge.latched(write.workload)):
        return Decision(Why.LATCHED)
    surroundings = knowledge.surroundings(write.workload, None)
    injection = injection_of(write.workload, winner.reference, revision, surroundings)
    result = inject(write.after, injection, Merge.STAMP)
    passed = knowledge.has_passed(winner.reference, revision.name, result.agents)
    if not result.injected or not passed or knowledge.has_stopped(result.agents):
        return Decision(Why.AWAITS_ITS_TURN)
    return Decision(Why.CANARY_PASSED, result.template)


def _updated(write: WorkloadWrite, before: Record | None, after: Record | None, knowledge: Knowledge) -> Decision:
    if before is None:
        return Decision(Why.INJECTED_ALREADY if after else Why.AWAITS_ITS_TURN)
    memory = knowledge.memory(write.workload, write.uid)
    if after is None:
        meant = _why_gone(write, before, memory)
        return Decision(meant) if meant else _kept(write, before, memory, knowledge, why=Why.BROUGHT_BACK)
    if (after.policy, after.revision) != (before.policy, before.revision):
        return Decision(Why.OTHER_REVISION)
    return _kept(write, before, memory, knowledge, why=Why.RENEWED)


def _why_gone(write: WorkloadWrite, record: Record, memory: TracedWorkloadRecord | None) -> Why | None:
    """Why the injection is gone from the template, where that was meant."""
    if not write.field_manager:
        return Why.UNDONE_BY_USER
    status = memory.status if memory else None
    if status is None:
        return None
    latched = have_same_settings(status.latched, record.revision)
    return Why.LATCHED if latched or status.state is State.RESTORING else None


def _kept(
    write: WorkloadWrite, record: Record, memory: TracedWorkloadRecord | None, knowledge: Knowledge, *, why: Why
) -> Decision:
    """The revision of `record`, over the template that is written."""
    owners = knowledge.owners(record.policy, memory)
    if not owners:
        return Decision(Why.POLICY_NOT_IN_FORCE)
    kept = ((policy.reference, knowledge.revision(policy.reference, record.revision)) for policy in owners)
    found = next(((policy, revision) for policy, revision in kept if revision), None)
    if found is None:
        return Decision(Why.REVISION_NOT_KNOWN, message=f"{owners[0].reference} keeps no revision {record.revision}")
    surroundings = knowledge.surroundings(write.workload, memory)
    injection = injection_of(write.workload, *found, surroundings)
    result = inject(_recording(write.after, record), injection, Merge.STAMP)
    template = settled(write.after, result.template)
    changed = template if template != write.after else None
    return Decision(why, changed) if result.injected else Decision(Why.TAKEN_OUT, changed, _obstacle(result))


def _recording(template: PodTemplate, record: Record) -> PodTemplate:
    """`template` with `record` in it, where it has none: who drops the annotation may have kept what it describes."""
    metadata = template.get("metadata") or {}
    annotations = metadata.get("annotations") or {}
    if names.RECORD_ANNOTATION in annotations:
        return template
    return template | {"metadata": metadata | {"annotations": annotations | {names.RECORD_ANNOTATION: record.dump()}}}


def _obstacle(result: Result) -> str:
    return "; ".join(f"{skipped.reason}: {skipped.message}" for skipped in result.skipped)
