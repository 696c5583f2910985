"""From verdicts to what people read: the status of each TracedWorkload and of each policy. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from tracereach.api.acceptance import Policy, PolicyReference, warnings
from tracereach.api.reasons import EXPLANATIONS, State
from tracereach.api.status import WORST, Counts, CoverageStatus, PolicyStatus, SkippedStatus, TracedWorkloadStatus
from tracereach.api.workload import WorkloadReference
from tracereach.controller.conditions import conditions, findings
from tracereach.controller.snapshot import Policies
from tracereach.controller.subjects import Case
from tracereach.rollout.decision import Action, Subject, Verdict

Verdicts = Mapping[WorkloadReference, Verdict]


def workload_status(case: Case, verdict: Verdict, now: datetime) -> TracedWorkloadStatus | None:
    """What to remember and to show of a workload; None to forget it."""
    if verdict.state is None:
        return None
    subject = case.subject
    before = subject.memory
    outcome = case.outcome
    return TracedWorkloadStatus(
        state=verdict.state,
        reason=verdict.reason,
        message=verdict.message,
        revision=_revision(subject, verdict),
        latched=_latched(subject, verdict),
        agents=outcome.agents if outcome else (before.agents if before else ()),
        containers=outcome.containers if outcome else (before.containers if before else ()),
        attempted_at=_attempted_at(subject, verdict, now),
    )


def by_policy(cases: Iterable[Case]) -> dict[PolicyReference, list[Case]]:
    """The cases that each policy has something to say about: those it won, and those it selects and does not get."""
    groups: defaultdict[PolicyReference, list[Case]] = defaultdict(list)
    for case in cases:
        if case.subject.goal:
            groups[case.subject.goal.policy].append(case)
        for reference, _, _ in case.passed_over:
            groups[reference].append(case)
    return groups


def policy_status(
    reference: PolicyReference,
    policies: Policies,
    cases: Sequence[Case],
    verdicts: Verdicts,
    coverage: CoverageStatus | None,
    now: datetime,
) -> PolicyStatus:
    """The whole status of one policy."""
    body = policies.bodies[reference]
    policy = policies.accepted.get(reference)
    generation = int(body["metadata"].get("generation", 0))
    revision = policies.revisions.get(reference)
    own = [case for case in cases if case.subject.goal and case.subject.goal.policy == reference]
    passed_over = _passed_over(reference, cases)
    counts = _counts(own, verdicts, passed_over)
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
        skipped=_bounded((*_listed(own, verdicts, {State.SKIPPED, State.LATCHED}), *passed_over)),
        failures=_bounded(_listed(own, verdicts, {State.FAILED})),
        coverage=coverage,
        warnings=tuple(str(warning) for warning in warnings(policy.spec)) if policy else (),
    )


def event_note(verdict: Verdict) -> str:
    """What an event about the verdict says: the reason in words, and what to do."""
    explanation = EXPLANATIONS[verdict.reason]
    return " ".join(part for part in (explanation.meaning, verdict.message, explanation.remedy) if part)


def coverage_facts(cases: Iterable[Case], verdicts: Verdicts, policy: Policy) -> Iterable[tuple[Case, bool, bool]]:
    """Each workload of `policy`, whether its template has the injection, and whether all its pods run it."""
    for case in cases:
        goal = case.subject.goal
        if goal and goal.policy == policy.reference:
            injected = bool(case.subject.recorded)
            yield case, injected, injected and verdicts[case.subject.workload.reference].state is State.HEALTHY


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
    if verdict.state is State.HEALTHY:
        return None
    found = subject.recorded == _goal_revision(subject) and (before is None or before.revision != subject.recorded)
    if verdict.action is not Action.NONE or found:
        return _stamp(now)
    return before.attempted_at if before else None


def _latched(subject: Subject, verdict: Verdict) -> str:
    if verdict.state is State.LATCHED and subject.goal:
        return subject.goal.revision
    return ""


def _counts(cases: Sequence[Case], verdicts: Verdicts, passed_over: Sequence[SkippedStatus]) -> Counts:
    states: Counter[State | None] = Counter()
    reasons: Counter[str] = Counter(str(entry.reason) for entry in passed_over)
    injected = 0
    for case in cases:
        verdict = verdicts[case.subject.workload.reference]
        states[verdict.state] += 1
        reasons[str(verdict.reason)] += 1
        injected += _revision(case.subject, verdict) == _goal_revision(case.subject)
    return Counts(
        matched=len(cases) + len(passed_over),
        injected=injected,
        healthy=states[State.HEALTHY],
        waiting=states[State.WAITING],
        skipped=states[State.SKIPPED] + states[State.LATCHED] + len(passed_over),
        failed=states[State.FAILED],
        by_reason=dict(sorted(reasons.items())),
    )


def _goal_revision(subject: Subject) -> str | None:
    return subject.goal.revision if subject.goal else None


def _listed(cases: Sequence[Case], verdicts: Verdicts, states: set[State]) -> Iterator[SkippedStatus]:
    for case in cases:
        reference = case.subject.workload.reference
        verdict = verdicts[reference]
        if verdict.state in states:
            yield SkippedStatus(workload=str(reference), reason=verdict.reason, message=verdict.message)


def _passed_over(policy: PolicyReference, cases: Sequence[Case]) -> list[SkippedStatus]:
    """The workloads that `policy` selects and does not get: opted out, or another policy's."""
    return [
        SkippedStatus(workload=str(case.subject.workload.reference), reason=reason, message=message)
        for case in cases
        for selecting, reason, message in case.passed_over
        if selecting == policy
    ]


def _bounded(entries: Iterable[SkippedStatus]) -> tuple[SkippedStatus, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.workload))[:WORST]


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="seconds").replace("+00:00", "Z")
