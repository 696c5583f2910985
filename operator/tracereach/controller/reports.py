"""From verdicts to what people read: the status of each TracedWorkload and of each policy. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tracereach.api.acceptance import Policy, PolicyReference, warnings
from tracereach.api.reasons import EXPLANATIONS, Reason, State
from tracereach.api.status import WORST, Counts, CoverageStatus, PolicyStatus, SkippedStatus, TracedWorkloadStatus
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.events import EventType
from tracereach.controller.conditions import conditions, findings
from tracereach.controller.snapshot import Policies
from tracereach.controller.subjects import Case
from tracereach.coverage.summary import MatchedWorkload
from tracereach.rollout.decision import Action, Verdict
from tracereach.rollout.subject import Subject

Verdicts = Mapping[WorkloadReference, Verdict]

_PARTIAL = frozenset({Reason.MERGE_MISSED, Reason.MERGE_FAILED})
"""Of a workload that is ready, with pods that lack what the webhook adds to each."""


def workload_status(case: Case, verdict: Verdict, now: datetime) -> TracedWorkloadStatus | None:
    """What to remember and to show of a workload; None to forget it."""
    if verdict.state is None:
        return None
    subject = case.subject
    before = subject.memory
    said = case.outcome or before
    if before and subject.error:  # nothing is known of the template, so nothing else that is remembered may change
        update = {"state": verdict.state, "reason": verdict.reason, "message": verdict.message}
        return before.model_copy(update=update)
    return TracedWorkloadStatus(
        state=verdict.state,
        reason=verdict.reason,
        message=verdict.message,
        revision=_revision(subject, verdict),
        latched=_latched(subject, verdict),
        agents=said.agents if said else (),
        delivery=said.delivery if said else "",
        injected=said.injected if said else (),
        languages=_languages(case, verdict),
        containers=said.containers if said else (),
        attempted_at=_attempted_at(subject, verdict, now),
        missed_since=_missed_since(subject, verdict),
        evicted_after=_evicted_after(subject, verdict),
    )


@dataclass
class Share:
    """What one policy has something to say about."""

    won: list[Case] = field(default_factory=list)
    passed_over: list[SkippedStatus] = field(default_factory=list)
    """The workloads that it selects and does not get: opted out, or another policy's."""


def by_policy(cases: Iterable[Case]) -> dict[PolicyReference, Share]:
    """The share of each policy; one without any has an empty one."""
    shares: defaultdict[PolicyReference, Share] = defaultdict(Share)
    for case in cases:
        if case.subject.goal:
            shares[case.subject.goal.policy].won.append(case)
        workload = str(case.subject.workload.reference)
        for reference, reason, message in case.passed_over:
            shares[reference].passed_over.append(SkippedStatus(workload=workload, reason=reason, message=message))
    return shares


def policy_status(
    reference: PolicyReference,
    policies: Policies,
    share: Share,
    verdicts: Verdicts,
    coverage: CoverageStatus | None,
    now: datetime,
) -> PolicyStatus:
    """The whole status of one policy."""
    body = policies.bodies[reference]
    policy = policies.accepted.get(reference)
    generation = int(body["metadata"].get("generation", 0))
    revision = policies.revisions.get(reference)
    counts = _counts(share, verdicts)
    found = findings(
        counts,
        [str(problem) for problem in policies.refused.get(reference, ())],
        coverage,
        policy.spec.coverage.objective if policy else "1",
        paused=bool(policy and policy.spec.rollout.paused),
        unkept=policies.unkept.get(reference, ""),
    )
    before = (body.get("status") or {}).get("conditions") or ()
    return PolicyStatus(
        observed_generation=generation,
        revision=revision.name if revision else (body.get("status") or {}).get("revision", ""),
        conditions=conditions(found, before, generation=generation, now=now),
        workloads=counts,
        skipped=_bounded((*_listed(share.won, verdicts, {State.SKIPPED, State.LATCHED}), *share.passed_over)),
        failures=_bounded(_listed(share.won, verdicts, {State.FAILED})),
        coverage=coverage,
        warnings=(*_warnings(policy), *_downtimes(share.won, verdicts))[:WORST],
    )


def event_note(verdict: Verdict) -> str:
    """What an event about the verdict says: the reason in words, and what to do."""
    explanation = EXPLANATIONS[verdict.reason]
    return " ".join(part for part in (explanation.meaning, verdict.message, explanation.remedy) if part)


def event_type(verdict: Verdict) -> EventType:
    """Whether an event about the verdict is a warning."""
    alarming = verdict.state is State.FAILED or verdict.reason in _PARTIAL
    downtime = verdict.action is Action.INJECT and verdict.message
    return "Warning" if alarming or downtime else "Normal"


def coverage_facts(share: Share, verdicts: Verdicts) -> Iterator[MatchedWorkload]:
    """Each workload of a policy, whether its template has the injection, and whether all its pods run the whole of it.

    Of one without pods, and of one with a pod that lacks its merge, that cannot be said.
    """
    for case in share.won:
        reference, injected = case.subject.workload.reference, bool(case.subject.recorded)
        verdict = verdicts[reference]
        whole = verdict.state is State.HEALTHY and verdict.reason not in _PARTIAL
        yield MatchedWorkload(reference, configured=injected, rolled_out=injected and whole)


def _revision(subject: Subject, verdict: Verdict) -> str:
    """The revision that the template holds by our doing. After an undo it is none, so that a newer one may be tried."""
    if verdict.state is State.FAILED:
        return subject.recorded
    if verdict.state is State.RESTORING or verdict.action is Action.RESTORE:
        return ""
    if verdict.action is Action.INJECT and subject.goal:
        return subject.goal.revision
    return subject.recorded


def _attempted_at(subject: Subject, verdict: Verdict, now: datetime) -> str | None:
    """Now, for a write of this pass, or for one that is found in the template and was not remembered in time."""
    before = subject.memory
    ready = (verdict.state, verdict.reason) == (State.WAITING, Reason.NEEDS_WEBHOOK)
    if verdict.state is State.HEALTHY or ready:
        return None
    found = subject.recorded == _goal_revision(subject) and (before is None or before.revision != subject.recorded)
    waking = before is not None and before.reason is Reason.SCALED_TO_ZERO and before.attempted_at is not None
    if verdict.action is not Action.NONE or found or (waking and verdict.reason is not Reason.SCALED_TO_ZERO):
        return _stamp(now)
    return before.attempted_at if before else None


def _languages(case: Case, verdict: Verdict) -> tuple[str, ...]:
    """Of the pods as they are now: those that were just replaced may have spoken another one."""
    subject = case.subject
    if subject.recorded and not subject.workload.rolled_out:
        return ()
    known = subject.memory.languages if subject.memory else ()
    return tuple(sorted({*case.languages, *known})) if verdict.state is State.HEALTHY else known


def _missed_since(subject: Subject, verdict: Verdict) -> str | None:
    """Since when pods have missed their merge: until all of them are made anew and ready, or gone."""
    whole = verdict.state is State.HEALTHY and verdict.reason is not Reason.MERGE_MISSED
    if whole or verdict.reason is Reason.SCALED_TO_ZERO or not subject.recorded:
        return None
    if subject.memory and subject.memory.missed_since:
        return subject.memory.missed_since
    return _stamp(min(pod.created for pod in subject.missed)) if subject.missed else None


def _evicted_after(subject: Subject, verdict: Verdict) -> str | None:
    if verdict.eviction and verdict.state is State.PROGRESSING:
        return _stamp(verdict.eviction.newest_miss)
    return subject.memory.evicted_after if subject.memory else None


def _latched(subject: Subject, verdict: Verdict) -> str:
    if verdict.state is State.LATCHED and subject.goal:
        return subject.goal.revision
    return ""


def _counts(share: Share, verdicts: Verdicts) -> Counts:
    states: Counter[State | None] = Counter()
    reasons: Counter[str] = Counter(str(entry.reason) for entry in share.passed_over)
    injected = 0
    for case in share.won:
        verdict = verdicts[case.subject.workload.reference]
        states[verdict.state] += 1
        reasons[str(verdict.reason)] += 1
        injected += _revision(case.subject, verdict) == _goal_revision(case.subject)
    return Counts(
        matched=len(share.won) + len(share.passed_over),
        injected=injected,
        healthy=states[State.HEALTHY],
        waiting=states[State.WAITING],
        skipped=states[State.SKIPPED] + states[State.LATCHED] + len(share.passed_over),
        failed=states[State.FAILED],
        by_reason=dict(sorted(reasons.items())),
    )


def _goal_revision(subject: Subject) -> str | None:
    return subject.goal.revision if subject.goal else None


def _listed(cases: Iterable[Case], verdicts: Verdicts, states: set[State]) -> Iterator[SkippedStatus]:
    for case in cases:
        reference = case.subject.workload.reference
        verdict = verdicts[reference]
        if verdict.state in states:
            yield SkippedStatus(workload=str(reference), reason=verdict.reason, message=verdict.message)


def _warnings(policy: Policy | None) -> Iterator[str]:
    if policy:
        yield from map(str, warnings(policy.spec))


def _downtimes(cases: Iterable[Case], verdicts: Verdicts) -> Iterator[str]:
    """Who is still to be injected, and will have moments without any pod when it is."""
    subjects = [case.subject for case in cases if case.subject.workload.downtime]
    for subject in sorted(subjects, key=lambda subject: subject.workload.reference):
        workload, to_go = subject.workload, subject.recorded != _goal_revision(subject)
        if to_go and verdicts[workload.reference].state in {State.WAITING, State.PROGRESSING}:
            yield f"{workload.reference} will have moments without any pod: {workload.downtime}"


def _bounded(entries: Iterable[SkippedStatus]) -> tuple[SkippedStatus, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.workload))[:WORST]


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="seconds").replace("+00:00", "Z")
