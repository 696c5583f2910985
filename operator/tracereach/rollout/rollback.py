"""Putting back what has failed: only our fields, once, and whatever the user has released meanwhile stays.

It is announced first and done in the next pass, as with everything that is restored: the latch and the evidence then
outlive whatever happens in between. A rollback that does not make the pods healthy is reported as just that.
"""

from datetime import datetime

from tracereach.api.reasons import Reason, State
from tracereach.api.status import FailureStatus, TracedWorkloadStatus
from tracereach.rollout.diagnosis import Failure
from tracereach.rollout.subject import Goal, Subject, concerns
from tracereach.rollout.verdict import Action, Verdict


def fail(goal: Goal, failure: Failure) -> Verdict:
    """What happens to a workload whose pods are in trouble: it is put back, unless that is its user's own doing."""
    if failure.reason is Reason.OWN_RELEASE_FAILS:
        return Verdict(Action.NONE, State.WAITING, failure.reason, str(failure))
    if goal.rollout.on_failure == "Pause" or goal.dry_run or goal.held:
        return Verdict(Action.NONE, State.FAILED, failure.reason, str(failure), failure=failure)
    return Verdict(Action.NONE, State.ROLLING_BACK, failure.reason, str(failure), failure=failure)


def roll_back(subject: Subject, goal: Goal, now: datetime) -> Verdict | None:
    """What happens to a workload that is being put back, or that somebody wants put back; None to all others."""
    memory = subject.memory
    if subject.rollback_asked and subject.recorded:
        failure = Failure(reason=Reason.ROLLBACK_REQUESTED)
        return Verdict(Action.NONE, State.ROLLING_BACK, failure.reason, failure=failure)
    if memory is None or not _is_announced(memory) or memory.failure is None or subject.retrying:
        return None
    if memory.latched != goal.revision:
        return None  # A newer revision is what mends it.
    failed = memory.failure
    if subject.recorded:
        evidence = failed.message if memory.reason is Reason.WRITE_REFUSED else memory.message
        return Verdict(Action.RESTORE, State.ROLLING_BACK, failed.reason, evidence)
    if subject.is_returning(now):
        return Verdict(Action.NONE, State.ROLLING_BACK, failed.reason, memory.message)
    return put_back(subject, failed)


def _is_announced(memory: TracedWorkloadStatus) -> bool:
    """Whether it was about to be put back: a write that was refused has not changed that."""
    return memory.state is State.ROLLING_BACK or memory.reason is Reason.WRITE_REFUSED


def put_back(subject: Subject, failed: FailureStatus) -> Verdict:
    """What is said of a workload that is as its user wrote it again, and keeps its latch."""
    memory, workload = subject.memory, subject.workload
    message = memory.message if memory else ""
    known = memory is not None and memory.state is State.ROLLED_BACK
    if not (known or workload.rolled_out or subject.standing):
        return Verdict(Action.NONE, State.FAILED, Reason.ROLLBACK_UNHEALTHY, message)
    innocent = memory is not None and memory.reason is Reason.ROLLBACK_UNHEALTHY
    return Verdict(Action.NONE, State.ROLLED_BACK, Reason.ROLLBACK_UNHEALTHY if innocent else failed.reason, message)


_AGENTLESS = frozenset({Reason.DAMAGED_RECORD, Reason.OPERATOR_ERROR, Reason.PODS_REFUSED, Reason.WRITE_REFUSED})
"""Failures in which no agent has run: nothing could be read or written, or no pod could be made."""


def is_blamed(said: Verdict | TracedWorkloadStatus) -> bool:
    """Whether a verdict, or what was reported of one, says that an injection has failed."""
    failed = said.state in {State.FAILED, State.ROLLING_BACK, State.ROLLED_BACK}
    return failed and said.reason not in {Reason.ROLLBACK_REQUESTED, Reason.ROLLBACK_UNHEALTHY}


def blames_agent(said: Verdict | TracedWorkloadStatus, memory: TracedWorkloadStatus | None) -> bool:
    """Whether that may be an agent's doing: not where the evidence is a container that nothing was put into."""
    evidence = said.failure or (memory.failure if memory else None)
    apart = evidence is not None and bool(evidence.container) and not concerns(memory, evidence.container)
    return is_blamed(said) and said.reason not in _AGENTLESS and not apart
