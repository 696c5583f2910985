"""What happens to each workload next: injected, restored, or left alone, and why.

One pass decides for all workloads of all policies together, from what the cluster shows now. Nothing is remembered
between passes, so a restart at any point continues where it was.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from tracereach.api.acceptance import PolicyReference
from tracereach.api.policy import Rollout
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Workload, WorkloadReference


@dataclass(frozen=True)
class Goal:
    """What the winning policy wants of a workload."""

    policy: PolicyReference
    revision: str
    rollout: Rollout = field(default_factory=Rollout)
    dry_run: bool = False
    outdated: bool = False
    """Whether the operator knows newer images for the same settings, and nobody has asked for them yet."""
    held: bool = False
    """Whether the policy's newest specification was refused: what is injected stays, and nothing new is."""
    obstacle: tuple[Reason, str] | None = None
    """Why rendering the revision for this workload added nothing; None where it does, or needs no rendering."""


@dataclass(frozen=True)
class Subject:
    """A workload, and everything known about it."""

    workload: Workload
    goal: Goal | None
    leaving: Reason = Reason.NO_LONGER_SELECTED
    """Why there is no goal, if there is none."""
    recorded: str = ""
    """The revision that the record in its template names; empty where the template is as its user wrote it."""
    memory: TracedWorkloadStatus | None = None
    """What was last reported about this very workload (the same uid)."""
    damage: str = ""
    """Why the record in the template cannot be read, if it cannot."""

    @property
    def undone(self) -> bool:
        """Whether the injection we wrote was taken out, or put back to an older one, by somebody else."""
        return self.memory is not None and bool(self.memory.revision) and self.memory.revision != self.recorded


class Action(Enum):
    """What to do with a template."""

    NONE = "none"
    INJECT = "inject"
    RESTORE = "restore"


@dataclass(frozen=True)
class Verdict:
    """The outcome of one pass for one workload. Without a state it is forgotten."""

    action: Action
    state: State | None
    reason: Reason
    message: str = ""


_REFUSAL_PAUSE = timedelta(minutes=1)
"""How long a write that the API server refused is not tried again."""

_FORGET = Verdict(Action.NONE, None, Reason.NO_LONGER_SELECTED)


def decide(subjects: Sequence[Subject], now: datetime) -> dict[WorkloadReference, Verdict]:
    """A verdict for each workload. Those that wait for a slot come last, and get it by size: smallest first."""
    verdicts: dict[WorkloadReference, Verdict] = {}
    queue: list[tuple[Subject, Verdict]] = []
    for subject in subjects:
        verdict = _verdict(subject, now)
        if verdict.action is Action.NONE:
            verdicts[subject.workload.reference] = verdict
        else:
            queue.append((subject, verdict))
    return verdicts | _pace(queue, subjects, verdicts)


def _verdict(subject: Subject, now: datetime) -> Verdict:
    """What would happen to the workload if it were alone."""
    goal = subject.goal
    if standstill := _standstill(subject, now):
        return standstill
    if goal is None:
        return _leave(subject)
    if subject.memory and subject.memory.latched == goal.revision and subject.recorded != goal.revision:
        return Verdict(Action.NONE, State.LATCHED, Reason.UNDONE_BY_USER, subject.memory.message)
    if subject.recorded == goal.revision:
        return _watch(subject, goal, now)
    if subject.undone:
        message = f"revision {subject.memory.revision if subject.memory else ''} was taken out of the template"
        return Verdict(Action.NONE, State.LATCHED, Reason.UNDONE_BY_USER, message)
    return _admit(subject, goal)


def _standstill(subject: Subject, now: datetime) -> Verdict | None:
    """A failure that must not be acted upon again now, whatever is wanted of the workload."""
    if subject.damage:
        return Verdict(Action.NONE, State.FAILED, Reason.DAMAGED_RECORD, subject.damage)
    if subject.memory and _was_refused_lately(subject.memory, now):
        return Verdict(Action.NONE, State.FAILED, Reason.WRITE_REFUSED, subject.memory.message)
    return None


def _leave(subject: Subject) -> Verdict:
    if subject.recorded:
        return Verdict(Action.RESTORE, State.RESTORING, subject.leaving)
    if subject.memory and subject.memory.state is State.RESTORING and not subject.workload.rolled_out:
        return Verdict(Action.NONE, State.RESTORING, subject.leaving, "its pods are being replaced")
    return _FORGET


def _watch(subject: Subject, goal: Goal, now: datetime) -> Verdict:
    workload = subject.workload
    if workload.rolled_out:
        return Verdict(Action.NONE, State.HEALTHY, Reason.OUTDATED if goal.outdated else Reason.INJECTED)
    if waiting := _why_not_judged(subject):
        return Verdict(Action.NONE, State.WAITING, *waiting)
    if workload.deadline_exceeded or _is_late(subject, goal, now):
        return Verdict(Action.NONE, State.FAILED, Reason.DEADLINE_EXCEEDED)
    return Verdict(Action.NONE, State.PROGRESSING, Reason.ROLLING_OUT)


def _why_not_judged(subject: Subject) -> tuple[Reason, str] | None:
    """The first reason why pods that are not ready say nothing about the injection, with a message."""
    workload, memory = subject.workload, subject.memory
    proven = memory is not None and memory.revision == subject.recorded and memory.attempted_at is None
    checks = (
        (workload.paused, Reason.PAUSED, "the workload is paused, so its pods stay as they are"),
        (workload.on_delete, Reason.ROLLING_OUT, "its pods are replaced when somebody deletes them"),
        (proven, Reason.NOT_READY, ""),
    )
    return next(((reason, message) for applies, reason, message in checks if applies), None)


def _admit(subject: Subject, goal: Goal) -> Verdict:
    """Whether a template that is not as the policy wants it may be changed now."""
    if goal.obstacle and not goal.held:
        action = Action.RESTORE if subject.recorded and not goal.dry_run else Action.NONE
        return Verdict(action, State.SKIPPED, *goal.obstacle)
    if waiting := _why_not_now(subject.workload, goal):
        return Verdict(Action.NONE, State.WAITING, *waiting)
    return Verdict(Action.INJECT, State.PROGRESSING, Reason.ROLLING_OUT)


def _why_not_now(workload: Workload, goal: Goal) -> tuple[Reason, str] | None:
    """The first reason to wait, with a message."""
    healthy = workload.rolled_out or workload.on_delete
    checks = (
        (goal.held, Reason.POLICY_REFUSED, ""),
        (goal.dry_run, Reason.DRY_RUN, ""),
        (goal.rollout.paused, Reason.PAUSED, "spec.rollout.paused is true"),
        (workload.paused, Reason.PAUSED, "the workload is paused"),
        (not healthy, Reason.UNHEALTHY_BEFORE, ""),
    )
    return next(((reason, message) for applies, reason, message in checks if applies), None)


def _was_refused_lately(memory: TracedWorkloadStatus, now: datetime) -> bool:
    if memory.reason is not Reason.WRITE_REFUSED or memory.attempted_at is None:
        return False
    return now - datetime.fromisoformat(memory.attempted_at) < _REFUSAL_PAUSE


def _pace(
    queue: list[tuple[Subject, Verdict]], subjects: Sequence[Subject], settled: dict[WorkloadReference, Verdict]
) -> dict[WorkloadReference, Verdict]:
    """Let as many go as the policies' slots allow; restoring never waits for an injection that failed."""
    matched = Counter(goal.policy for goal in _goals(subjects))
    rollouts = {goal.policy: goal.rollout for goal in _goals(subjects)}
    slots = {policy: rollout.slots(matched[policy]) for policy, rollout in rollouts.items()}
    failures = {policy: _failures(subjects, settled, policy) for policy in slots}
    for subject in subjects:
        verdict = settled.get(subject.workload.reference)
        if subject.goal and verdict and verdict.state is State.PROGRESSING:
            slots[subject.goal.policy] -= 1
    verdicts = {}
    for subject, verdict in sorted(queue, key=lambda pair: _size(pair[0])):
        verdicts[subject.workload.reference] = _go_or_wait(subject, verdict, slots, failures)
    return verdicts


def _go_or_wait(
    subject: Subject, verdict: Verdict, slots: dict[PolicyReference, int], failures: dict[PolicyReference, int]
) -> Verdict:
    goal = subject.goal
    if goal is None or verdict.action is Action.RESTORE:
        return verdict
    if failures[goal.policy] > goal.rollout.max_failures:
        message = f"{failures[goal.policy]} workloads failed, more than spec.rollout.maxFailures"
        return Verdict(Action.NONE, State.WAITING, Reason.TOO_MANY_FAILURES, message)
    if slots[goal.policy] <= 0:
        return Verdict(Action.NONE, State.WAITING, Reason.IN_QUEUE)
    slots[goal.policy] -= 1
    return verdict


def _goals(subjects: Iterable[Subject]) -> Iterable[Goal]:
    return (subject.goal for subject in subjects if subject.goal)


def _failures(subjects: Sequence[Subject], verdicts: dict[WorkloadReference, Verdict], policy: PolicyReference) -> int:
    return sum(
        subject.goal is not None
        and subject.goal.policy == policy
        and (verdict := verdicts.get(subject.workload.reference)) is not None
        and verdict.state is State.FAILED
        for subject in subjects
    )


def _size(subject: Subject) -> tuple[int, WorkloadReference]:
    return subject.workload.replicas.desired, subject.workload.reference


def _is_late(subject: Subject, goal: Goal, now: datetime) -> bool:
    if subject.memory is None or subject.memory.attempted_at is None:
        return False
    deadline = timedelta(seconds=goal.rollout.progress_deadline_seconds)
    return now - datetime.fromisoformat(subject.memory.attempted_at) > deadline
