"""From a look at the cluster to what is decided upon: each workload with its policy's goal and our memory of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tracereach.api import names
from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.reasons import Reason
from tracereach.api.revision import differ_in_catalogue_only
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Workload
from tracereach.controller.rendering import Outcome, Renderer, Signature
from tracereach.controller.snapshot import Snapshot
from tracereach.inject import DamagedRecord
from tracereach.rollout.decision import Goal, Subject
from tracereach.rollout.selection import Match, match


@dataclass(frozen=True)
class Case:
    """A subject, and what else the loop needs to act on it and to report."""

    subject: Subject
    recorded_policy: str = ""
    outcome: Outcome | None = None
    passed_over: tuple[tuple[PolicyReference, Reason, str], ...] = ()
    """Policies that select the workload and do not get it, with the reason for their status."""

    @property
    def taken_over(self) -> bool:
        """Whether its template is as another policy than the recorded one wants it."""
        goal = self.subject.goal
        return goal is not None and goal.revision == self.subject.recorded and str(goal.policy) != self.recorded_policy


def cases(snapshot: Snapshot, renderer: Renderer) -> list[Case]:
    """Every workload that a policy selects, that carries an injection, or that we remember."""
    found = (_case(workload, snapshot, renderer) for workload in snapshot.workloads.values())
    return [case for case in found if case is not None]


def _case(workload: Workload, snapshot: Snapshot, renderer: Renderer) -> Case | None:
    namespace = snapshot.namespaces.get(workload.reference.namespace)
    if namespace and namespace.terminating:
        return None
    record, damage = _record(workload, renderer)
    found = match(
        snapshot.policies.accepted.values(),
        namespace=workload.reference.namespace,
        labels=workload.labels,
        namespace_labels=snapshot.namespace_labels(workload.reference.namespace),
    )
    memory = _memory(workload, snapshot)
    recorded_policy = record.policy if record else ""
    goal, outcome = None if found.opted_out else _held(workload, record, snapshot), None
    if goal is None and found.winner:
        if damage:
            goal = _goal(found.winner, snapshot.policies.revisions[found.winner.reference].name, snapshot)
        elif record and _may_stay(record.revision, found.winner, snapshot):
            goal = _goal(found.winner, record.revision, snapshot)
        else:
            goal, outcome = _new_goal(workload, found.winner, snapshot, renderer)
    passed_over = tuple(_passed_over(found))
    if goal is None and record is None and not damage and memory is None and not passed_over:
        return None
    subject = Subject(
        workload,
        goal,
        leaving=_leaving(recorded_policy, found, snapshot),
        recorded=record.revision if record else "",
        memory=memory,
        damage=damage,
    )
    return Case(subject, recorded_policy, outcome, passed_over)


def _new_goal(workload: Workload, policy: Policy, snapshot: Snapshot, renderer: Renderer) -> tuple[Goal, Outcome]:
    revision = snapshot.policies.revisions[policy.reference]
    outcome = renderer.outcome(workload, policy, revision, snapshot.capabilities)
    return _goal(policy, revision.name, snapshot, outcome.obstacle), outcome


def _may_stay(recorded: str, policy: Policy, snapshot: Snapshot) -> bool:
    """Whether what is injected is what the policy asks for, or differs in images that nobody has asked for yet."""
    newest = snapshot.policies.revisions[policy.reference].name
    annotations = snapshot.policies.bodies[policy.reference]["metadata"].get("annotations") or {}
    upgrading = annotations.get(names.UPGRADE_ANNOTATION) == newest
    return recorded == newest or (differ_in_catalogue_only(recorded, newest) and not upgrading)


def _goal(policy: Policy, revision: str, snapshot: Snapshot, obstacle: tuple[Reason, str] | None = None) -> Goal:
    return Goal(
        policy.reference,
        revision,
        rollout=policy.spec.rollout,
        dry_run=policy.spec.mode == "DryRun",
        outdated=revision != snapshot.policies.revisions[policy.reference].name,
        obstacle=obstacle,
    )


def _held(workload: Workload, record: Signature | None, snapshot: Snapshot) -> Goal | None:
    """A goal that keeps the injection of a policy whose newest specification is refused.

    Where a policy took over from one with the same revision, only our memory names it: the record is as it was.
    """
    if record is None:
        return None
    remembered = snapshot.memories.get(workload.reference)
    owner = remembered.spec.policy if remembered and remembered.spec.uid == workload.uid else record.policy
    for reference in snapshot.policies.refused:
        if str(reference) == owner:
            return Goal(reference, record.revision, held=True)
    return None


def _passed_over(found: Match) -> Iterator[tuple[PolicyReference, Reason, str]]:
    for policy in found.others:
        if found.opted_out:
            message = f"the label is on its {found.opted_out.value}"
            yield policy.reference, Reason.OPTED_OUT, message
        else:
            yield policy.reference, Reason.OTHER_POLICY, f"it belongs to {found.winner and found.winner.reference}"


def _leaving(recorded_policy: str, found: Match, snapshot: Snapshot) -> Reason:
    if found.opted_out:
        return Reason.OPTED_OUT
    if any(str(reference) == recorded_policy for reference in snapshot.policies.leaving):
        return Reason.POLICY_DELETED
    return Reason.NO_LONGER_SELECTED


def _memory(workload: Workload, snapshot: Snapshot) -> TracedWorkloadStatus | None:
    """Our memory of this very workload; one of the same name that was deleted before is another."""
    remembered = snapshot.memories.get(workload.reference)
    return remembered.status if remembered and remembered.spec.uid == workload.uid else None


def _record(workload: Workload, renderer: Renderer) -> tuple[Signature | None, str]:
    """The record in the template, or why it cannot be read."""
    try:
        return renderer.signature(workload), ""
    except DamagedRecord as error:
        return None, str(error)
