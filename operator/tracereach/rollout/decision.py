"""What should happen to one workload, as if it were alone: injected, restored, or left as it is, and why.

`pace` then says whose turn it is. Nothing is remembered between passes but what was reported about each workload, so a
restart at any point continues where it was.
"""

from datetime import datetime, timedelta

from tracereach.api.reasons import Reason, State
from tracereach.api.revision import have_same_settings
from tracereach.api.workload import Workload
from tracereach.rollout.diagnosis import diagnose, missing_own_image
from tracereach.rollout.rollback import fail, put_back, roll_back
from tracereach.rollout.subject import Goal, Subject
from tracereach.rollout.verdict import Action, Verdict

_SETTLING = timedelta(seconds=10)
"""How long the status of a workload may not show yet that one of its pods was evicted."""

_REFUSAL_PAUSE = timedelta(minutes=1)
"""How long a write that the API server refused is not tried again."""

_FORGET = Verdict(Action.NONE, None, Reason.NO_LONGER_SELECTED)


def judge(subject: Subject, now: datetime) -> Verdict:
    """What would happen to the workload if it were alone."""
    goal = subject.goal
    if standstill := _standstill(subject, now):
        return standstill
    if goal is None:
        return leave(subject, now, subject.leaving)
    if rolling_back := roll_back(subject, goal, now):
        return rolling_back
    if goal.withdrawn and (subject.recorded or not goal.obstacle):
        return _withdraw(subject, goal, now)
    if subject.recorded == goal.revision and not goal.renewing:
        return _watch(subject, goal, now)
    return _latched(subject, goal) or _admit(subject, goal, now)


def leave(subject: Subject, now: datetime, why: Reason) -> Verdict:
    """What happens to a workload that nobody wants injected, or not any more, and `why`.

    The intention is reported first and acted upon in the next pass. So a template found restored, whatever happened in
    between, was restored by us, and not by a user whose wish it would be.
    """
    memory = subject.memory
    announced = memory is None or memory.state is State.RESTORING
    if subject.recorded and announced:
        return Verdict(Action.RESTORE, State.RESTORING, why)
    if subject.recorded:
        return Verdict(Action.NONE, State.RESTORING, why, "it is about to be restored")
    if subject.was_put_back and subject.is_returning(now):
        told = memory.reason if memory and memory.state is State.RESTORING else why
        return Verdict(Action.NONE, State.RESTORING, told, "its pods are being replaced")
    return _FORGET


def _withdraw(subject: Subject, goal: Goal, now: datetime) -> Verdict:
    """What happens to a workload whose policy is rolled back as a whole. What is latched here alone stays so."""
    if not subject.recorded and (latched := _latched(subject, goal)):
        return latched
    leaving = leave(subject, now, Reason.POLICY_ROLLED_BACK)
    return leaving if leaving.state else Verdict(Action.NONE, State.LATCHED, Reason.POLICY_ROLLED_BACK)


def _standstill(subject: Subject, now: datetime) -> Verdict | None:
    """A failure that must not be acted upon again now, whatever is wanted of the workload."""
    if subject.error:
        return Verdict(Action.NONE, State.FAILED, Reason.OPERATOR_ERROR, subject.error)
    if subject.damage:
        return Verdict(Action.NONE, State.FAILED, Reason.DAMAGED_RECORD, subject.damage)
    memory, elapsed = subject.memory, subject.elapsed(now)
    if memory and memory.reason is Reason.WRITE_REFUSED and elapsed is not None and elapsed < _REFUSAL_PAUSE:
        return Verdict(Action.NONE, State.FAILED, Reason.WRITE_REFUSED, memory.message)
    return None


def _watch(subject: Subject, goal: Goal, now: datetime) -> Verdict:
    if failure := diagnose(subject, now):
        return fail(goal, failure)
    elapsed = subject.elapsed(now)
    settling = subject.repairing and elapsed is not None and elapsed < _SETTLING
    if subject.workload.rolled_out and not settling:
        return _complete(subject, goal, now)
    if waiting := _why_not_judged(subject):
        return Verdict(Action.NONE, State.WAITING, *waiting)
    if subject.repairing and subject.memory:
        return Verdict(Action.NONE, State.PROGRESSING, Reason.MERGE_MISSED, subject.memory.message)
    return Verdict(Action.NONE, State.PROGRESSING, Reason.ROLLING_OUT)


def _complete(subject: Subject, goal: Goal, now: datetime) -> Verdict:
    """What is said of a workload whose pods are all ready with what its template holds."""
    memory, elapsed, replicas = subject.memory, subject.elapsed(now), subject.workload.replicas
    if replicas.desired == 0:
        return Verdict(Action.NONE, State.WAITING, Reason.SCALED_TO_ZERO)
    if subject.unserved:
        message = "its template was rendered for the webhook, without which its new pods lack a part of it"
        return Verdict(Action.NONE, State.WAITING, Reason.NEEDS_WEBHOOK, message)
    kept = memory is not None and (memory.state, memory.reason) == (State.WAITING, Reason.MERGE_MISSED)
    if memory and kept and subject.missed and elapsed is not None and elapsed < _REFUSAL_PAUSE:
        return Verdict(Action.NONE, State.WAITING, Reason.MERGE_MISSED, memory.message)
    for pods, reason in ((subject.missed, Reason.MERGE_MISSED), (subject.failed_merges, Reason.MERGE_FAILED)):
        if number := sum(not pod.terminating for pod in pods):
            message = f"{number} of {max(number, replicas.current)} pods"
            return Verdict(Action.NONE, State.HEALTHY, reason, message)
    complete_for = subject.complete_for(now) or timedelta()
    if subject.moving and complete_for < goal.settling:
        return Verdict(Action.NONE, State.PROGRESSING, Reason.SETTLING)
    return Verdict(Action.NONE, State.HEALTHY, Reason.OUTDATED if goal.outdated else Reason.INJECTED)


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
    if memory is None or subject.retrying:
        return None
    if earlier := next((one for one in memory.earlier_failures if _stands_for(one.revision, goal)), None):
        message = f"revision {earlier.revision} has failed here before: {earlier.message}".removesuffix(": ")
        return Verdict(Action.NONE, State.LATCHED, earlier.reason, message)
    if _stands_for(memory.latched, goal) and memory.failure:
        return put_back(subject, memory.failure)
    if _stands_for(memory.latched, goal):
        return Verdict(Action.NONE, State.LATCHED, Reason.UNDONE_BY_USER, memory.message)
    if subject.undone and not (goal.obstacle and not subject.recorded):
        message = f"revision {memory.revision} was taken out of the template"
        return Verdict(Action.NONE, State.LATCHED, Reason.UNDONE_BY_USER, message)
    return None


def _stands_for(latched: str, goal: Goal) -> bool:
    """Whether it is the goal's revision, or one with the same settings that nobody has asked for newer images of."""
    return latched == goal.revision or (not goal.upgrading and have_same_settings(latched, goal.revision))


def _admit(subject: Subject, goal: Goal, now: datetime) -> Verdict:
    """Whether a template that is not as the policy wants it may be changed now."""
    if goal.obstacle and not goal.held:
        ours = bool(subject.recorded) and not subject.foreign and not goal.dry_run
        return Verdict(Action.RESTORE if ours else Action.NONE, State.SKIPPED, *goal.obstacle)
    if waiting := _why_not_now(subject, goal):
        return _unless_its_policy_goes(subject, Verdict(Action.NONE, State.WAITING, *waiting), now)
    return Verdict(Action.INJECT, State.PROGRESSING, Reason.ROLLING_OUT, warning(subject.workload))


def warning(workload: Workload) -> str:
    """What its owner should know before its pods are replaced, if anything."""
    return f"Expect moments without any pod: {workload.downtime}." if workload.downtime else ""


def _shortfall(workload: Workload) -> str:
    """What a workload lacks that is not rolled out."""
    replicas = workload.replicas
    if replicas.available < replicas.desired:
        return f"{replicas.available} of {replicas.desired} pods are available"
    return "a rollout of its own is under way"


def _unless_its_policy_goes(subject: Subject, waiting: Verdict, now: datetime) -> Verdict:
    """A policy that is being deleted cannot wait for what another one will do with its workloads some day."""
    return (
        leave(subject, now, subject.leaving)
        if subject.recorded and subject.leaving is Reason.POLICY_DELETED
        else waiting
    )


def _why_not_now(subject: Subject, goal: Goal) -> tuple[Reason, str] | None:
    """The first reason to wait, with a message. Pods that may be broken by an injection of ours are no reason."""
    workload = subject.workload
    ours = bool(subject.recorded) and not (subject.released and subject.proven)
    healthy = workload.rolled_out or workload.on_delete or ours
    missing = missing_own_image(subject)
    checks = (
        (goal.held, Reason.POLICY_REFUSED, ""),
        (goal.dry_run, Reason.DRY_RUN, warning(workload)),
        (goal.rollout.paused, Reason.PAUSED, "the policy is paused, or all are by the chart's operator.paused"),
        (workload.paused, Reason.PAUSED, "the workload is paused"),
        (not healthy, Reason.UNHEALTHY_BEFORE, _shortfall(workload)),
        (missing is not None, Reason.UNHEALTHY_BEFORE, str(missing)),
    )
    return next(((reason, message) for applies, reason, message in checks if applies), None)
