"""From verdicts to what people read of a policy: its whole status. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.doubts import warnings
from tracereach.api.reasons import Reason, State
from tracereach.api.status import WORST, Counts, CoverageStatus, PolicyStatus, RolloutStatus, SkippedStatus
from tracereach.api.times import rfc3339
from tracereach.controller.conditions import Hold, conditions, findings, operator_error
from tracereach.controller.news import last_reported
from tracereach.controller.snapshot import Body, Policies
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import held_revision
from tracereach.rollout.estimate import seconds_left
from tracereach.rollout.pace import PolicyRollout
from tracereach.rollout.verdict import Verdicts

_NONE: Mapping[PolicyReference, PolicyRollout] = {}


@dataclass
class Share:
    """What one policy has something to say about."""

    won: list[Case] = field(default_factory=list)
    passed_over: list[SkippedStatus] = field(default_factory=list)
    """The workloads that it selects and does not get: opted out, or another policy's."""
    rollout: PolicyRollout | None = None
    """How far it has come with those that it gets."""


def by_policy(
    cases: Iterable[Case], rollouts: Mapping[PolicyReference, PolicyRollout] = _NONE
) -> dict[PolicyReference, Share]:
    """The share of each policy; one without any has an empty one."""
    shares: defaultdict[PolicyReference, Share] = defaultdict(Share)
    for case in cases:
        if case.subject.goal:
            shares[case.subject.goal.policy].won.append(case)
        workload = str(case.reference)
        for reference, reason, message in case.passed_over:
            shares[reference].passed_over.append(SkippedStatus(workload=workload, reason=reason, message=message))
    for reference, rollout in rollouts.items():
        shares[reference].rollout = rollout
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
        Hold(
            paused=policies.is_paused(reference),
            all_paused=policies.all_paused,
            stopped=bool(share.rollout and share.rollout.has_stopped),
            unkept=policies.unkept.get(reference, ""),
            approval=_approval(share.won, verdicts),
            rolled_back=policies.is_rolled_back(reference),
            restoring=sum(verdicts[case.reference].state is State.RESTORING for case in share.won),
        ),
    )
    before = (body.get("status") or {}).get("conditions") or ()
    known = last_reported(body)
    completed_at = known.rollout.completed_at if known and known.rollout else None
    return PolicyStatus(
        observed_generation=generation,
        revision=revision.name if revision else (body.get("status") or {}).get("revision", ""),
        conditions=conditions(found, before, generation=generation, now=now),
        workloads=counts,
        rollout=_rollout(share.rollout, share, verdicts, completed_at, now) if share.rollout else None,
        skipped=_bounded((*_listed(share.won, verdicts, {State.SKIPPED, State.LATCHED}), *share.passed_over)),
        failures=_bounded(_listed(share.won, verdicts, {State.FAILED, State.ROLLING_BACK, State.ROLLED_BACK})),
        coverage=coverage,
        warnings=(
            *_warnings(policy),
            *_bridges(policies.bridging.get(reference, ())),
            *_downtimes(share.won, verdicts),
        )[:WORST],
    )


def failed_status(body: Body, error: str, now: datetime) -> PolicyStatus:
    """What is said of a policy on which the operator itself failed with `error`: what it said last, and that."""
    known = last_reported(body) or PolicyStatus()
    before = (body.get("status") or {}).get("conditions") or ()
    generation = int(body["metadata"].get("generation", 0))
    failed = conditions((operator_error(error),), before, generation=generation, now=now)
    others = (condition for condition in known.conditions if condition.type != failed[0].type)
    return known.model_copy(update={"conditions": (*others, *failed)})


def _counts(share: Share, verdicts: Verdicts) -> Counts:
    states: Counter[State | None] = Counter()
    reasons: Counter[str] = Counter(str(entry.reason) for entry in share.passed_over)
    injected = 0
    for case in share.won:
        verdict = verdicts[case.reference]
        states[verdict.state] += 1
        reasons[str(verdict.reason)] += 1
        injected += held_revision(case.subject, verdict) == case.subject.goal_revision
    return Counts(
        matched=len(share.won) + len(share.passed_over),
        injected=injected,
        healthy=states[State.HEALTHY],
        waiting=states[State.WAITING],
        skipped=states[State.SKIPPED] + states[State.LATCHED] + len(share.passed_over),
        failed=states[State.FAILED],
        rolled_back=states[State.ROLLING_BACK] + states[State.ROLLED_BACK],
        by_reason=dict(sorted(reasons.items())),
    )


def _rollout(
    rollout: PolicyRollout, share: Share, verdicts: Verdicts, completed_at: str | None, now: datetime
) -> RolloutStatus:
    waves = rollout.waves
    states = Counter(verdicts[case.reference].state for case in share.won)
    waiting = Counter(
        str(verdict.reason) for case in share.won if (verdict := verdicts[case.reference]).state is State.WAITING
    )
    total, begun = (waves.sizes or (0,))[-1], len(waves.begun)
    withdrawn = any(case.subject.goal and case.subject.goal.withdrawn for case in share.won)
    held = rollout.has_stopped or waves.rollout.paused or withdrawn
    canary = waves.canaries_under_way or waiting[Reason.AWAITS_CANARY] > 0
    left = seconds_left(waves.rollout, total=total, begun=begun, slots=rollout.slots, canaries=canary)
    return RolloutStatus(
        wave=waves.current,
        waves=len(waves.sizes),
        canary=canary,
        begun=begun,
        total=total,
        in_progress=states[State.PROGRESSING] + states[State.ROLLING_BACK],
        waiting=dict(sorted(waiting.items())),
        failed=rollout.failures,
        stopped_agents=rollout.stopped_agents,
        estimated_seconds=None if held else left,
        completed_at=_completed_at(rollout, completed_at, now),
    )


def _completed_at(rollout: PolicyRollout, before: str | None, now: datetime) -> str | None:
    """Kept until another one is to go: what becomes of the workloads afterwards begins no rollout."""
    waves = rollout.waves
    if len(waves.begun) < (waves.sizes or (0,))[-1]:
        return None
    return before or (rfc3339(now, "milliseconds") if waves.is_complete else None)


def _approval(cases: Sequence[Case], verdicts: Verdicts) -> str:
    """What somebody has to approve, in the words of the first workload that waits for it."""
    found = (verdicts[case.reference] for case in cases)
    return next((verdict.message for verdict in found if verdict.reason is Reason.AWAITS_APPROVAL), "")


def _listed(cases: Iterable[Case], verdicts: Verdicts, states: set[State]) -> Iterator[SkippedStatus]:
    for case in cases:
        reference = case.reference
        verdict = verdicts[reference]
        if verdict.state in states:
            yield SkippedStatus(workload=str(reference), reason=verdict.reason, message=verdict.message)


def _warnings(policy: Policy | None) -> Iterator[str]:
    if policy:
        yield from map(str, warnings(policy.spec))


def _bridges(kept: Sequence[str]) -> Iterator[str]:
    if kept:
        yield (
            f"propagators change in two rollouts: {', '.join(kept)} stays until every workload has the new ones,"
            " so that no trace breaks in between"
        )


def _downtimes(cases: Iterable[Case], verdicts: Verdicts) -> Iterator[str]:
    """Who is still to be injected, and will have moments without any pod when it is."""
    subjects = [case.subject for case in cases if case.subject.workload.downtime]
    for subject in sorted(subjects, key=lambda subject: subject.reference):
        workload, to_go = subject.workload, subject.recorded != subject.goal_revision
        if to_go and verdicts[workload.reference].state in {State.WAITING, State.PROGRESSING}:
            yield f"{workload.reference} will have moments without any pod: {workload.downtime}"


def _bounded(entries: Iterable[SkippedStatus]) -> tuple[SkippedStatus, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.workload))[:WORST]
