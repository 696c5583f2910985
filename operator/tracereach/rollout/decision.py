"""What should happen to one workload, as if it were alone: injected, restored, or left as it is, and why.

`pace` then says whose turn it is. Nothing is remembered between passes but what was reported about each workload, so a
restart at any point continues where it was.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum

from tracereach.api.acceptance import PolicyReference
from tracereach.api.policy import Rollout
from tracereach.api.reasons import Reason, State
from tracereach.api.revision import differ_in_catalogue_only
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Workload


@dataclass(frozen=True)
class Goal:
    """What the winning policy wants of a workload."""

    policy: PolicyReference
    revision: str
    rollout: Rollout = field(default_factory=Rollout)
    dry_run: bool = False
    upgrading: bool = False
    """Whether somebody has asked for this revision's images by name."""
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
    """Why there is no goal, if there is none; `PolicyDeleted` also where the recorded policy is going."""
    recorded: str = ""
    """The revision that the record in its template names; empty where the template is as its user wrote it."""
    memory: TracedWorkloadStatus | None = None
    """What was last reported about this very workload (the same uid)."""
    damage: str = ""
    """Why the record in the template cannot be read, if it cannot."""
    foreign: bool = False
    """Whether the record is not of our writing: of a policy that is not here, and nothing is remembered."""

    @property
    def undone(self) -> bool:
        """Whether the injection we wrote was taken out, or put back to an older one, by somebody else."""
        return self.memory is not None and bool(self.memory.revision) and self.memory.revision != self.recorded

    @property
    def proven(self) -> bool:
        """Whether all its pods were ready with what its template holds, once."""
        memory = self.memory
        return memory is not None and memory.revision == self.recorded and memory.attempted_at is None

    @property
    def moving(self) -> bool:
        """Whether a change of ours is still being rolled out, so that it holds a slot."""
        return bool(self.recorded) and not self.proven and not self.workload.rolled_out and not self._standing

    @property
    def _standing(self) -> bool:
        return self.workload.paused or self.workload.on_delete

    def is_late(self, now: datetime, deadline: timedelta) -> bool:
        """Whether the last attempt on it began longer ago than `deadline`, or its Deployment has given up."""
        attempted_at = self.memory.attempted_at if self.memory else None
        begun_too_long_ago = attempted_at is not None and now - datetime.fromisoformat(attempted_at) > deadline
        return self.workload.deadline_exceeded or begun_too_long_ago

    def failed(self, now: datetime) -> bool:
        """Whether its pods have not become ready with what we wrote."""
        seconds = (self.goal.rollout if self.goal else Rollout()).progress_deadline_seconds
        return self.moving and self.is_late(now, timedelta(seconds=seconds))


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

_RESTORING_DEADLINE = timedelta(seconds=Rollout().progress_deadline_seconds)
"""How long the pods of a restored workload are waited for; its template is restored whatever becomes of them."""

_FORGET = Verdict(Action.NONE, None, Reason.NO_LONGER_SELECTED)


def judge(subject: Subject, now: datetime) -> Verdict:
    """What would happen to the workload if it were alone."""
    goal = subject.goal
    if standstill := _standstill(subject, now):
        return standstill
    if goal is None:
        return leave(subject, now)
    if subject.recorded == goal.revision:
        return _watch(subject, goal, now)
    if latched := _latched(subject, goal):
        return latched
    return _admit(subject, goal, now)


def leave(subject: Subject, now: datetime) -> Verdict:
    """What happens to a workload that nobody wants injected, or not any more.

    The intention is reported first and acted upon in the next pass. So a template found restored, whatever happened in
    between, was restored by us, and not by a user whose wish it would be.
    """
    memory, workload = subject.memory, subject.workload
    announced = memory is None or memory.state is State.RESTORING
    if subject.recorded and announced:
        return Verdict(Action.RESTORE, State.RESTORING, subject.leaving)
    if subject.recorded:
        return Verdict(Action.NONE, State.RESTORING, subject.leaving, "it is about to be restored")
    replacing = memory is not None and memory.state is State.RESTORING and not workload.rolled_out
    standing = workload.paused or workload.on_delete
    if replacing and not standing and not subject.is_late(now, _RESTORING_DEADLINE):
        return Verdict(Action.NONE, State.RESTORING, subject.leaving, "its pods are being replaced")
    return _FORGET


def _standstill(subject: Subject, now: datetime) -> Verdict | None:
    """A failure that must not be acted upon again now, whatever is wanted of the workload."""
    if subject.damage:
        return Verdict(Action.NONE, State.FAILED, Reason.DAMAGED_RECORD, subject.damage)
    if subject.memory and _was_refused_lately(subject.memory, now):
        return Verdict(Action.NONE, State.FAILED, Reason.WRITE_REFUSED, subject.memory.message)
    return None


def _was_refused_lately(memory: TracedWorkloadStatus, now: datetime) -> bool:
    if memory.reason is not Reason.WRITE_REFUSED or memory.attempted_at is None:
        return False
    return now - datetime.fromisoformat(memory.attempted_at) < _REFUSAL_PAUSE


def _watch(subject: Subject, goal: Goal, now: datetime) -> Verdict:
    if subject.workload.rolled_out:
        return Verdict(Action.NONE, State.HEALTHY, Reason.OUTDATED if goal.outdated else Reason.INJECTED)
    if waiting := _why_not_judged(subject):
        return Verdict(Action.NONE, State.WAITING, *waiting)
    if subject.failed(now):
        return Verdict(Action.NONE, State.FAILED, Reason.DEADLINE_EXCEEDED)
    return Verdict(Action.NONE, State.PROGRESSING, Reason.ROLLING_OUT)


def _why_not_judged(subject: Subject) -> tuple[Reason, str] | None:
    """The first reason why pods that are not ready say nothing about the injection, with a message."""
    checks = (
        (subject.workload.paused, Reason.PAUSED, "the workload is paused, so its pods stay as they are"),
        (subject.workload.on_delete, Reason.ROLLING_OUT, "its pods are replaced when somebody deletes them"),
        (subject.proven, Reason.NOT_READY, ""),
    )
    return next(((reason, message) for applies, reason, message in checks if applies), None)


def _latched(subject: Subject, goal: Goal) -> Verdict | None:
    """Whether the goal must not be tried here, because somebody took it out. Newer images alone do not change that."""
    memory = subject.memory
    if memory is None:
        return None
    same = memory.latched == goal.revision
    same_settings = not goal.upgrading and differ_in_catalogue_only(memory.latched, goal.revision)
    if same or same_settings:
        return Verdict(Action.NONE, State.LATCHED, Reason.UNDONE_BY_USER, memory.message)
    if subject.undone and not (goal.obstacle and not subject.recorded):
        message = f"revision {memory.revision} was taken out of the template"
        return Verdict(Action.NONE, State.LATCHED, Reason.UNDONE_BY_USER, message)
    return None


def _admit(subject: Subject, goal: Goal, now: datetime) -> Verdict:
    """Whether a template that is not as the policy wants it may be changed now."""
    if goal.obstacle and not goal.held:
        ours = bool(subject.recorded) and not subject.foreign and not goal.dry_run
        return Verdict(Action.RESTORE if ours else Action.NONE, State.SKIPPED, *goal.obstacle)
    if waiting := _why_not_now(subject, goal):
        return _unless_its_policy_goes(subject, Verdict(Action.NONE, State.WAITING, *waiting), now)
    return Verdict(Action.INJECT, State.PROGRESSING, Reason.ROLLING_OUT)


def _unless_its_policy_goes(subject: Subject, waiting: Verdict, now: datetime) -> Verdict:
    """A policy that is being deleted cannot wait for what another one will do with its workloads some day."""
    return leave(subject, now) if subject.recorded and subject.leaving is Reason.POLICY_DELETED else waiting


def _why_not_now(subject: Subject, goal: Goal) -> tuple[Reason, str] | None:
    """The first reason to wait, with a message. Pods that are broken by an injection of ours are no reason."""
    workload = subject.workload
    healthy = workload.rolled_out or workload.on_delete or bool(subject.recorded)
    checks = (
        (goal.held, Reason.POLICY_REFUSED, ""),
        (goal.dry_run, Reason.DRY_RUN, ""),
        (goal.rollout.paused, Reason.PAUSED, "spec.rollout.paused is true"),
        (workload.paused, Reason.PAUSED, "the workload is paused"),
        (not healthy, Reason.UNHEALTHY_BEFORE, ""),
    )
    return next(((reason, message) for applies, reason, message in checks if applies), None)
