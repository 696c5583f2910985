"""From a verdict to what people read of its workload: the status of the TracedWorkload, and an event. Pure."""

from datetime import datetime

from tracereach.api.reasons import EXPLANATIONS, Reason, State
from tracereach.api.status import EARLIER, FailureStatus, TracedWorkloadStatus
from tracereach.api.times import rfc3339
from tracereach.cluster.events import EventType
from tracereach.controller.subjects import Case
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdict

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
        revision=held_revision(subject, verdict),
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


def event_note(verdict: Verdict) -> str:
    """What an event about the verdict says: the reason in words, and what to do."""
    explanation = EXPLANATIONS[verdict.reason]
    return " ".join(part for part in (explanation.meaning, verdict.message, explanation.remedy) if part)


def event_type(verdict: Verdict) -> EventType:
    """Whether an event about the verdict is a warning."""
    alarming = verdict.state in {State.FAILED, State.ROLLING_BACK} or verdict.reason in PARTIAL
    downtime = verdict.action is Action.INJECT and verdict.message
    return "Warning" if alarming or downtime else "Normal"


def held_revision(subject: Subject, verdict: Verdict) -> str:
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
    goal, held = subject.goal, held_revision(subject, verdict)
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
    found = subject.recorded == subject.goal_revision and (before is None or before.revision != subject.recorded)
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
    if found and known and known.revision == subject.goal_revision and known.container == found.container:
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
    revision = held_revision(subject, verdict)
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


def _no_later(time: str | None, now: datetime) -> str | None:
    """A remembered time, or `now`: where a clock was put back, nobody waits until it has caught up."""
    return _stamp(now) if time and datetime.fromisoformat(time) > now else time


def _stamp(now: datetime) -> str:
    """In milliseconds: a second cut off would let a workload prove itself in that much less than it is asked to."""
    return rfc3339(now, "milliseconds")
