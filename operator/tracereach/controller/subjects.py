"""From a look at the cluster to what is decided upon: each workload with its policy's goal and our memory of it."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tracereach.api import names
from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.reasons import Reason, State
from tracereach.api.revision import differ_in_catalogue_only
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.projections import TracedWorkloadRecord
from tracereach.controller.rendering import Outcome, Renderer, Signature, Surroundings, surroundings_of
from tracereach.controller.snapshot import Snapshot
from tracereach.inject import DamagedRecord
from tracereach.rollout.selection import Match, match
from tracereach.rollout.subject import Goal, Parting, Subject

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Case:
    """A subject, and what else the loop needs to act on it and to report."""

    subject: Subject
    recorded_policy: str = ""
    outcome: Outcome | None = None
    passed_over: tuple[tuple[PolicyReference, Reason, str], ...] = ()
    """Policies that select the workload and do not get it, with the reason for their status."""
    languages: frozenset[str] = frozenset()
    """Those that its spans have just named."""

    @property
    def reference(self) -> WorkloadReference:
        """Which workload it is."""
        return self.subject.reference

    @property
    def changes_hands(self) -> bool:
        """Whether its template is another policy's than the one that has it now."""
        goal = self.subject.goal
        return goal is not None and self.recorded_policy not in {"", str(goal.policy)}

    @property
    def taken_over(self) -> bool:
        """Whether its template is as another policy than the recorded one wants it."""
        goal = self.subject.goal
        return self.changes_hands and goal is not None and goal.revision == self.subject.recorded


UNTOUCHED = frozenset({"kube-system", "kube-node-lease"})
"""Namespaces in which nothing is ever injected: without them there is no cluster."""


def cases(snapshot: Snapshot, renderer: Renderer, *, own_namespace: str) -> list[Case]:
    """Every workload that a policy selects, that carries an injection, or that we remember."""
    candidates = _candidates(snapshot, UNTOUCHED | {own_namespace})
    found = (_case_or_failure(workload, snapshot, renderer, candidates) for workload in snapshot.workloads.values())
    return [case for case in found if case is not None]


def _candidates(snapshot: Snapshot, untouched: frozenset[str]) -> dict[str, list[Policy]]:
    """The policies that may reach into each namespace. One that is going is not among them, nor one not known yet."""
    policies = snapshot.policies.accepted.values()
    cluster_wide = [policy for policy in policies if policy.namespace_selector is not None]
    candidates = {
        name: list(cluster_wide)
        for name, namespace in snapshot.namespaces.items()
        if not namespace.terminating and name not in untouched
    }
    for policy in policies:
        if policy.namespace_selector is None and policy.reference.namespace in candidates:
            candidates[policy.reference.namespace].append(policy)
    return candidates


def _case_or_failure(
    workload: Workload, snapshot: Snapshot, renderer: Renderer, candidates: dict[str, list[Policy]]
) -> Case | None:
    """One workload that nobody thought of must not stop the work on all others."""
    if workload.reference.namespace not in candidates:
        return None
    try:
        return _case(workload, snapshot, renderer, candidates[workload.reference.namespace])
    except Exception as error:
        _log.exception("%s: left alone, because of an error of the operator", workload.reference)
        return Case(Subject(workload, None, memory=_memory(workload, snapshot), error=type(error).__name__))


def _case(workload: Workload, snapshot: Snapshot, renderer: Renderer, candidates: list[Policy]) -> Case | None:
    record, damage = _record(workload, renderer)
    found = match(
        candidates,
        namespace=workload.reference.namespace,
        labels=workload.labels,
        namespace_labels=snapshot.namespace_labels(workload.reference.namespace),
        pods_opt_out=workload.pods_opt_out,
    )
    memory = _memory(workload, snapshot)
    goal, outcome = _wanted(workload, found, record, damage, snapshot, renderer)
    foreign = memory is None and record is not None and not _is_known(record.policy, snapshot)
    passed_over = tuple(_passed_over(found))
    if goal is None and (record is None or foreign) and not damage and memory is None and not passed_over:
        return None
    unmerged = snapshot.unmerged.get(workload.reference, ()) if record else ()
    leaving = _leaving(record.policy if record else "", found, snapshot)
    subject = Subject(
        workload,
        goal,
        leaving=leaving,
        parting=_parting(workload, record, goal, leaving, snapshot),
        recorded=_recorded(workload, record, goal),
        memory=memory,
        damage=damage,
        foreign=foreign,
        release=_release(workload, record, memory, outcome, renderer),
        requests=_requests(workload, snapshot),
        missed=tuple(pod for pod in unmerged if not pod.merge_failed),
        seen_at=snapshot.seen_at.get(workload.reference),
        failed_merges=tuple(pod for pod in unmerged if pod.merge_failed),
        unserved=record is not None and _is_stamped(workload) and not renderer.stamps,
    )
    languages = snapshot.languages.get(str(workload.reference), frozenset())
    return Case(subject, record.policy if record else "", outcome, passed_over, languages)


def _wanted(
    workload: Workload, found: Match, record: Signature | None, damage: str, snapshot: Snapshot, renderer: Renderer
) -> tuple[Goal | None, Outcome | None]:
    """What is wanted of the workload; with the outcome of rendering it, where that had to be tried."""
    if not found.opted_out and (held := _held(workload, record, snapshot)):
        return held, None
    winner = found.winner
    if winner is None:
        return None if found.opted_out else _still_latched(workload, snapshot), None
    if damage:
        return _goal(winner, snapshot.policies.revisions[winner.reference].name, snapshot), None
    if record and record.own and _may_stay(record.revision, winner, snapshot):
        renewal = _renewal(workload, record, winner, snapshot, renderer) if record.overridden else None
        return renewal or _staying(workload, record, winner, snapshot, renderer)
    return _new_goal(workload, winner, snapshot, renderer)


def _staying(
    workload: Workload, record: Signature, policy: Policy, snapshot: Snapshot, renderer: Renderer
) -> tuple[Goal, Outcome | None]:
    """What is injected already. Rendering tells its agents where nothing is remembered of it yet."""
    memory = _memory(workload, snapshot)
    outcome = None if memory else _new_goal(workload, policy, snapshot, renderer)[1]
    agents = memory.agents if memory else outcome.agents if outcome else ()
    return _goal(policy, record.revision, snapshot, agents=agents), outcome


def _renewal(
    workload: Workload, record: Signature, policy: Policy, snapshot: Snapshot, renderer: Renderer
) -> tuple[Goal, Outcome] | None:
    """The same revision once more, where the user has since set a variable that makes other parts of it useless."""
    goal, outcome = _new_goal(workload, policy, snapshot, renderer)
    if goal.revision != record.revision or not outcome.leftovers:
        return None
    return replace(goal, renewing=True), outcome


def _release(
    workload: Workload,
    record: Signature | None,
    memory: TracedWorkloadStatus | None,
    outcome: Outcome | None,
    renderer: Renderer,
) -> str:
    """The user's own template as a hash, where it may be written to or was: it costs a look at the whole template."""
    if record is not None:
        return record.release
    return renderer.release(workload) if outcome and not outcome.obstacle and not (memory and memory.latched) else ""


def _requests(workload: Workload, snapshot: Snapshot) -> Mapping[str, str]:
    remembered = snapshot.memories.get(workload.reference)
    return remembered.requests if remembered else {}


def _recorded(workload: Workload, record: Signature | None, goal: Goal | None) -> str:
    """The revision in the template. In a copy of another workload it counts only for being taken out."""
    if record is None or (goal is not None and not goal.held and not record.own):
        return ""
    return record.revision


def _is_stamped(workload: Workload) -> bool:
    return workload.pod_labels.get(names.MERGE_LABEL) == names.MERGE_WANTED


def _is_known(policy: str, snapshot: Snapshot) -> bool:
    return any(str(reference) == policy for reference in snapshot.policies.bodies)


def _new_goal(workload: Workload, policy: Policy, snapshot: Snapshot, renderer: Renderer) -> tuple[Goal, Outcome]:
    revision = snapshot.policies.revisions[policy.reference]
    outcome = renderer.outcome(workload, policy, revision, surroundings(workload, snapshot))
    return _goal(policy, revision.name, snapshot, outcome.obstacle, outcome.agents), outcome


def surroundings(workload: Workload, snapshot: Snapshot) -> Surroundings:
    """What in the cluster around `workload` decides what it gets."""
    namespace = snapshot.namespaces[workload.reference.namespace]
    return surroundings_of(snapshot.capabilities, namespace, _memory(workload, snapshot))


def _may_stay(recorded: str, policy: Policy, snapshot: Snapshot) -> bool:
    """Whether what is injected is what the policy asks for, or differs in images that nobody has asked for yet."""
    newest = snapshot.policies.revisions[policy.reference].name
    return recorded == newest or (
        differ_in_catalogue_only(recorded, newest) and not _is_upgrading(policy, newest, snapshot)
    )


def _is_upgrading(policy: Policy, revision: str, snapshot: Snapshot) -> bool:
    return snapshot.policies.annotation(policy.reference, names.UPGRADE_ANNOTATION) == revision


def _goal(
    policy: Policy,
    revision: str,
    snapshot: Snapshot,
    obstacle: tuple[Reason, str] | None = None,
    agents: tuple[str, ...] = (),
) -> Goal:
    approved = snapshot.policies.annotation(policy.reference, names.APPROVAL_ANNOTATION)
    paused = snapshot.policies.is_paused(policy.reference)
    return Goal(
        policy.reference,
        revision,
        rollout=policy.spec.rollout.model_copy(update={"paused": paused}),
        agents=agents,
        propagators=policy.spec.propagation.propagators,
        approved=int(approved) if approved.isdecimal() else 0,
        dry_run=policy.spec.mode == "DryRun",
        upgrading=_is_upgrading(policy, revision, snapshot),
        withdrawn=snapshot.policies.is_rolled_back(policy.reference),
        outdated=revision != snapshot.policies.revisions[policy.reference].name,
        obstacle=obstacle,
    )


def _held(workload: Workload, record: Signature | None, snapshot: Snapshot) -> Goal | None:
    """A goal that keeps the injection of a policy whose newest specification is refused."""
    if record is None:
        return None
    owners = snapshot.policies.owners(record.policy, _remembered(workload, snapshot))
    if not owners or owners[0] not in snapshot.policies.refused:
        return None
    return Goal(owners[0], record.revision, withdrawn=snapshot.policies.is_rolled_back(owners[0]), held=True)


def _still_latched(workload: Workload, snapshot: Snapshot) -> Goal | None:
    """The same for what must not be tried again there: it would be forgotten with a policy that selects nobody now."""
    remembered = _remembered(workload, snapshot)
    latched = remembered.status.latched if remembered and remembered.status else ""
    owners = snapshot.policies.owners("", remembered)
    if not latched or not owners or owners[0] not in snapshot.policies.refused:
        return None
    return Goal(owners[0], latched, withdrawn=snapshot.policies.is_rolled_back(owners[0]), held=True)


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


def _parting(
    workload: Workload, record: Signature | None, goal: Goal | None, leaving: Reason, snapshot: Snapshot
) -> Parting | None:
    """Whom the workload leaves: the one in its record, or who had it when its template was put back."""
    if goal is not None and leaving is not Reason.POLICY_DELETED:
        return None
    owners = snapshot.policies.owners(record.policy if record else "", _remembered(workload, snapshot))
    if not owners:
        return None
    owner, policies = owners[-1], snapshot.policies
    at_once = policies.annotation(owner, names.AT_ONCE_ANNOTATION) == "true"
    return Parting(owner, policies.pace(owner), policies.matched(owner), at_once=at_once)


def _memory(workload: Workload, snapshot: Snapshot) -> TracedWorkloadStatus | None:
    """What was last reported about this very workload; of one that it replaces, what went wrong there."""
    if remembered := _remembered(workload, snapshot):
        return remembered.status
    before = snapshot.memories.get(workload.reference)
    return inherited(before.status) if before and before.status else None


def _remembered(workload: Workload, snapshot: Snapshot) -> TracedWorkloadRecord | None:
    """Our memory of this very workload; one of the same name that was deleted before is another."""
    remembered = snapshot.memories.get(workload.reference)
    return remembered if remembered and remembered.spec.uid == workload.uid else None


def inherited(before: TracedWorkloadStatus) -> TracedWorkloadStatus | None:
    """What a workload that was deleted and made anew under its name keeps: what has failed there."""
    if before.failure is None and not before.earlier_failures:
        return None
    if before.failure is None:
        return TracedWorkloadStatus(
            state=State.WAITING,
            reason=Reason.IN_QUEUE,
            earlier_failures=before.earlier_failures,
            handled=before.handled,
        )
    innocent = before.reason is Reason.ROLLBACK_UNHEALTHY
    return TracedWorkloadStatus(
        state=State.ROLLED_BACK,
        reason=before.reason if innocent else before.failure.reason,
        message=before.message,
        latched=before.latched,
        failure=before.failure,
        earlier_failures=before.earlier_failures,
        handled=before.handled,
    )


def _record(workload: Workload, renderer: Renderer) -> tuple[Signature | None, str]:
    """The record in the template, or why it cannot be read."""
    try:
        return renderer.signature(workload), ""
    except DamagedRecord as error:
        return None, str(error)
