"""A rollout played through before it begins, as if everything went well: who goes with the canaries, and in which wave.

It asks `decide` again and again, each time with those that went before healthy and baked, so it cannot say anything
else than what the operator will do.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Replicas, Workload, WorkloadReference
from tracereach.rollout.estimate import seconds_left
from tracereach.rollout.order import Order
from tracereach.rollout.pace import PolicyRollout, decide, rollouts, turn
from tracereach.rollout.subject import Goal, Subject
from tracereach.rollout.verdict import Action, Verdicts

CANARIES = 0
"""Stands for the wave of those that go before all waves."""


@dataclass(frozen=True)
class Stage:
    """Those that go together, in as many turns as the slots ask for."""

    wave: int
    """From 1, or `CANARIES`."""
    workloads: tuple[WorkloadReference, ...]
    """In the order of their turns."""


@dataclass(frozen=True)
class Forecast:
    """The rollout of one policy."""

    stages: tuple[Stage, ...]
    waves: int
    begun: int
    """How many have gone already."""
    slots: int
    waiting: Verdicts
    """Those that will not go, with what keeps them."""
    approval: int | None
    """The number of workloads that somebody has to approve first, if any."""
    seconds: int | None
    """About how long it takes; None where nobody goes."""


def forecast(subjects: Sequence[Subject], now: datetime, order: Order | None = None) -> Forecast:
    """What becomes of `subjects`, of which there is at least one, all with the goal of one policy.

    A pause, a dry run and a missing approval hold nobody up here: what would happen without them is the question.
    """
    fleet = [_unhurried(subject, len(subjects)) for subject in subjects]
    started, verdicts = _played(fleet, now, order)
    stages: list[Stage] = []
    rollout = started
    while going := [one for one in fleet if verdicts[one.reference].action is Action.INJECT]:
        wave = CANARIES if rollout.waves.canaries_under_way else rollout.waves.current
        going.sort(key=lambda one: turn(one, {} if wave == CANARIES else order or {}))
        stages.append(Stage(wave, tuple(one.reference for one in going)))
        fleet = [_proven(one) if one in going else one for one in fleet]
        rollout, verdicts = _played(fleet, now, order)
    begun, goers = len(started.waves.begun), {one for stage in stages for one in stage.workloads}
    pace = next(one.goal.rollout for one in subjects if one.goal)
    slots, canaries = pace.slots(len(subjects)), bool(stages) and stages[0].wave == CANARIES
    return Forecast(
        stages=_joined(stages),
        waves=len(started.waves.sizes),
        begun=begun,
        slots=slots,
        waiting={
            reference: verdict
            for reference, verdict in verdicts.items()
            if verdict.state is State.WAITING and verdict.reason is not Reason.SCALED_TO_ZERO
        },
        approval=_approval([one for one in subjects if one.reference in goers]),
        seconds=seconds_left(pace, total=begun + len(goers), begun=begun, slots=slots, canaries=canaries),
    )


def _played(fleet: Sequence[Subject], now: datetime, order: Order | None) -> tuple[PolicyRollout, Verdicts]:
    """How far the rollout has come, and what is decided next."""
    verdicts = decide(fleet, now, order=order)
    (rollout,) = rollouts(fleet, verdicts, now).values()
    return rollout, verdicts


def _unhurried(subject: Subject, number: int) -> Subject:
    """The same, with slots for all and nobody to ask; where it has the revision already, that has proven itself."""
    goal = subject.goal
    if goal is None:
        return subject
    pace = goal.rollout.model_copy(update={"max_concurrent": max(1, number), "paused": False})
    free = replace(subject, goal=replace(goal, rollout=pace, dry_run=False, approved=number))
    return _proven(free) if subject.recorded == goal.revision else free


def _proven(subject: Subject) -> Subject:
    goal, workload = subject.goal, subject.workload
    if goal is None:
        return subject
    known = TracedWorkloadStatus(
        state=State.HEALTHY, reason=Reason.INJECTED, revision=goal.revision, agents=goal.agents
    )
    return replace(subject, workload=_complete(workload), recorded=goal.revision, memory=known)


def _complete(workload: Workload) -> Workload:
    desired = workload.replicas.desired
    done = Replicas(desired, desired, desired, desired, desired)
    return replace(workload, replicas=done, observed_generation=workload.generation)


def _joined(stages: Iterable[Stage]) -> tuple[Stage, ...]:
    """With one stage of canaries, where those of several agents or without pods go one after the other."""
    joined: list[Stage] = []
    for stage in stages:
        if joined and joined[-1].wave == stage.wave:
            joined[-1] = replace(stage, workloads=joined[-1].workloads + stage.workloads)
        else:
            joined.append(stage)
    return tuple(joined)


def _approval(goers: Sequence[Subject]) -> int | None:
    new = sum(not subject.recorded for subject in goers)
    allowed = max((_allowed(subject.goal) for subject in goers if subject.goal), default=0)
    return new if new > allowed else None


def _allowed(goal: Goal) -> int:
    return max(goal.rollout.max_new_targets, goal.approved)
