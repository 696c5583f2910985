"""From a look at the cluster to what is decided upon: each workload with its policy's goal and our memory of it."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tracereach.api import names
from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.reasons import Reason
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Workload, WorkloadReference
from tracereach.controller.goals import wanted
from tracereach.controller.rendering import Outcome, Renderer, Signature
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
        return Case(Subject(workload, None, memory=snapshot.memory(workload), error=type(error).__name__))


def _case(workload: Workload, snapshot: Snapshot, renderer: Renderer, candidates: list[Policy]) -> Case | None:
    record, damage = _record(workload, renderer)
    found = match(
        candidates,
        namespace=workload.reference.namespace,
        labels=workload.labels,
        namespace_labels=snapshot.namespace_labels(workload.reference.namespace),
        pods_opt_out=workload.pods_opt_out,
    )
    memory = snapshot.memory(workload)
    goal, outcome = wanted(workload, found, record, damage, snapshot, renderer)
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
    owners = snapshot.policies.owners(record.policy if record else "", snapshot.remembered(workload))
    if not owners:
        return None
    owner, policies = owners[-1], snapshot.policies
    at_once = policies.annotation(owner, names.AT_ONCE_ANNOTATION) == "true"
    return Parting(owner, policies.pace(owner), policies.matched(owner), at_once=at_once)


def _record(workload: Workload, renderer: Renderer) -> tuple[Signature | None, str]:
    """The record in the template, or why it cannot be read."""
    try:
        return renderer.signature(workload), ""
    except DamagedRecord as error:
        return None, str(error)
