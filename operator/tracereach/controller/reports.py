"""From verdicts to what people read: the status of each TracedWorkload and of each policy. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.doubts import warnings
from tracereach.api.reasons import EXPLANATIONS, Reason, State
from tracereach.api.status import (
    EARLIER,
    WORST,
    Counts,
    CoverageStatus,
    FailureStatus,
    PolicyStatus,
    RolloutStatus,
    SkippedStatus,
    TracedWorkloadStatus,
)
from tracereach.api.times import rfc3339
from tracereach.cluster.events import EventType
from tracereach.controller.conditions import Hold, conditions, findings, operator_error
from tracereach.controller.news import last_reported
from tracereach.controller.snapshot import Body, Policies
from tracereach.controller.subjects import Case
from tracereach.rollout.estimate import seconds_left
from tracereach.rollout.pace import PolicyRollout
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdict, Verdicts

_NONE: Mapping[PolicyReference, PolicyRollout] = {}
PARTIAL = frozenset({Reason.MERGE_MISSED, Reason.MERGE_FAILED})
"""Reasons of a workload that is ready, with pods that lack what the webhook adds to each."""


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
    failure = _failure(subject, verdict, now)
    return TracedWorkloadStatus(
        state=verdict.state,
        reason=verdict.reason,
        message=verdict.message,
        revision=_revision(subject, verdict),
        announced=_announced(subject, verdict),
        latched=_latched(subject, verdict),
        failure=failure,
        earlier_failures=_earlier_failures(subject, failure),
        handled=dict(subject.requests),
        agents=said.agents if said else (),
        propagators=_propagators(subject, verdict),
        delivery=said.delivery if said else "",
        injected=said.injected if said else (),
        languages=_languages(case, verdict),
        containers=said.containers if said else (),
        attempted_at=_attempted_at(subject, verdict, now),
        complete_since=_complete_since(subject, verdict, now),
        healthy_since=_healthy_since(subject, verdict, now),
        lapses=_lapses(subject, verdict),
        release=_release(subject, verdict),
        missed_since=_missed_since(subject, verdict),
        evicted_after=_evicted_after(subject, verdict),
    )


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


def event_note(verdict: Verdict) -> str:
    """What an event about the verdict says: the reason in words, and what to do."""
    explanation = EXPLANATIONS[verdict.reason]
    return " ".join(part for part in (explanation.meaning, verdict.message, explanation.remedy) if part)


def event_type(verdict: Verdict) -> EventType:
    """Whether an event about the verdict is a warning."""
    alarming = verdict.state in {State.FAILED, State.ROLLING_BACK} or verdict.reason in PARTIAL
    downtime = verdict.action is Action.INJECT and verdict.message
    return "Warning" if alarming or downtime else "Normal"


def _revision(subject: Subject, verdict: Verdict) -> str:
    """The revision that the template holds by our doing. After an undo it is none, so that a newer one may be tried."""
    if verdict.state is State.FAILED:
        return subject.recorded
    put_back = {State.RESTORING, State.ROLLING_BACK, State.ROLLED_BACK}
    if verdict.state in put_back or verdict.action is Action.RESTORE:
        return ""
    if verdict.action is Action.INJECT and subject.goal:
        return subject.goal.revision
    return subject.recorded


def _announced(subject: Subject, verdict: Verdict) -> str:
    """The goal's revision, for as long as the template holds another one that it is to take the place of."""
    goal, held = subject.goal, _revision(subject, verdict)
    if goal is None or verdict.state is State.LATCHED or not held or held == goal.revision:
        return ""
    return goal.revision


def _attempted_at(subject: Subject, verdict: Verdict, now: datetime) -> str | None:
    """Now, for a write of this pass, one that was not remembered in time, or pods that go on after a rest."""
    before = subject.memory
    ready = (verdict.state, verdict.reason) == (State.WAITING, Reason.NEEDS_WEBHOOK)
    refused = before is not None and before.reason is Reason.WRITE_REFUSED
    announced = verdict.state is State.RESTORING and verdict.action is Action.NONE and bool(subject.recorded)
    if verdict.state is State.HEALTHY or ready or (announced and refused):
        return None
    found = subject.recorded == _goal_revision(subject) and (before is None or before.revision != subject.recorded)
    found |= subject.was_put_back and not subject.recorded and before is not None and before.attempted_at is None
    going_on = subject.was_waiting and verdict.state is not State.WAITING
    found |= going_on and before is not None and before.attempted_at is not None
    if verdict.action is not Action.NONE or found:
        return _stamp(now)
    return _no_later(before.attempted_at, now) if before else None


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
    if subject.goal is None:
        return ""
    if verdict.reason is Reason.POLICY_ROLLED_BACK:  # the policy says so for as long as it is true
        return subject.memory.latched if subject.memory and not subject.retrying else ""
    if verdict.state in {State.LATCHED, State.ROLLING_BACK, State.ROLLED_BACK}:
        return subject.goal.revision
    return subject.goal.revision if _keeps_failure(subject, verdict) else ""


def _failure(subject: Subject, verdict: Verdict, now: datetime) -> FailureStatus | None:
    """The evidence, for as long as the revision is not tried again."""
    before, found = subject.memory, verdict.failure
    known = before.failure if before else None
    if found and known and known.revision == _goal_revision(subject) and known.container == found.container:
        return known  # It was found before, and stays as it is until somebody acts.
    if found and subject.goal:
        return FailureStatus(
            reason=found.reason,
            revision=subject.goal.revision,
            at=_stamp(now),
            agents=before.agents if before else (),
            container=found.container,
            exit_code=found.exit_code,
            restarts=found.restarts,
            message=found.message,
            log=found.log,
        )
    kept = verdict.state in {State.ROLLING_BACK, State.ROLLED_BACK} or _keeps_failure(subject, verdict)
    return before.failure if before and kept else None


def _earlier_failures(subject: Subject, failure: FailureStatus | None) -> tuple[FailureStatus, ...]:
    """Those of older revisions, until somebody asks for the workload to be tried again."""
    before = subject.memory
    if before is None or subject.goal is None or subject.retrying:
        return ()
    gone = (
        before.failure if before.failure and (failure is None or failure.revision != before.failure.revision) else None
    )
    newest = (gone.model_copy(update={"log": ()}),) if gone else ()
    others = (one for one in before.earlier_failures if gone is None or one.revision != gone.revision)
    return (*newest, *others)[:EARLIER]


def _keeps_failure(subject: Subject, verdict: Verdict) -> bool:
    """Whether what went wrong before still stands in the way of the goal, though something else is said now."""
    before, goal = subject.memory, subject.goal
    if before is None or before.failure is None or goal is None or subject.retrying:
        return False
    return before.latched == goal.revision and verdict.action is not Action.INJECT


def _complete_since(subject: Subject, verdict: Verdict, now: datetime) -> str | None:
    """Since when all pods are ready with a write that is on trial; a write begins it anew."""
    if verdict.action is not Action.NONE or not subject.on_trial(now) or not subject.workload.rolled_out:
        return None
    before = subject.memory
    known = _no_later(before.complete_since, now) if before and before.revision == subject.recorded else None
    seen, elapsed = subject.seen_at or now, subject.elapsed(now)
    return known or _stamp(seen if elapsed is None else max(seen, now - elapsed))


def _healthy_since(subject: Subject, verdict: Verdict, now: datetime) -> str | None:
    before = subject.memory
    if verdict.action is not Action.NONE or not subject.recorded or (before and before.revision != subject.recorded):
        return None
    if before and before.healthy_since:
        return _no_later(before.healthy_since, now)
    return _stamp(now) if verdict.state is State.HEALTHY and subject.moving else None


def _lapses(subject: Subject, verdict: Verdict) -> int:
    """One more where pods that were all ready have lost that since."""
    before = subject.memory
    if before is None or verdict.action is not Action.NONE or not subject.recorded:
        return 0
    lost = any(map(subject.lost_readiness, subject.pods)) and not subject.workload.rolled_out
    return before.lapses + bool(before.complete_since and lost)


def _propagators(subject: Subject, verdict: Verdict) -> tuple[str, ...]:
    before, goal = subject.memory, subject.goal
    revision = _revision(subject, verdict)
    if before and before.revision == revision:
        return before.propagators
    return goal.propagators if goal and goal.revision == revision else ()


def _release(subject: Subject, verdict: Verdict) -> str:
    """The user's template as it was when ours was last written, but not over a release that has yet to show itself.

    What such a release breaks would be blamed on the newer revision otherwise.
    """
    known = subject.memory.release if subject.memory else ""
    unseen = subject.moving and subject.released and not subject.workload.rolled_out
    if verdict.action is Action.INJECT:
        return known if unseen else subject.release
    return (known or subject.release) if subject.recorded else ""


def _counts(share: Share, verdicts: Verdicts) -> Counts:
    states: Counter[State | None] = Counter()
    reasons: Counter[str] = Counter(str(entry.reason) for entry in share.passed_over)
    injected = 0
    for case in share.won:
        verdict = verdicts[case.reference]
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
    return before or (_stamp(now) if waves.is_complete else None)


def _approval(cases: Sequence[Case], verdicts: Verdicts) -> str:
    """What somebody has to approve, in the words of the first workload that waits for it."""
    found = (verdicts[case.reference] for case in cases)
    return next((verdict.message for verdict in found if verdict.reason is Reason.AWAITS_APPROVAL), "")


def _goal_revision(subject: Subject) -> str | None:
    return subject.goal.revision if subject.goal else None


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
        workload, to_go = subject.workload, subject.recorded != _goal_revision(subject)
        if to_go and verdicts[workload.reference].state in {State.WAITING, State.PROGRESSING}:
            yield f"{workload.reference} will have moments without any pod: {workload.downtime}"


def _bounded(entries: Iterable[SkippedStatus]) -> tuple[SkippedStatus, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.workload))[:WORST]


def _no_later(time: str | None, now: datetime) -> str | None:
    """A remembered time, or `now`: where a clock was put back, nobody waits until it has caught up."""
    return _stamp(now) if time and datetime.fromisoformat(time) > now else time


def _stamp(now: datetime) -> str:
    """In milliseconds: a second cut off would let a workload prove itself in that much less than it is asked to."""
    return rfc3339(now, "milliseconds")
