"""Which pods are made anew because the webhook did not answer when they were made.

Only a new pod can tell whether it answers by now. So one pod of the whole cluster is tried, and after a try that has
failed the next waits as long as all of them have lasted so far, which doubles the wait. Once a try has worked out the
others follow, within the slots of their policies. All of this is read back from the cluster: the pods that missed, and
what each TracedWorkload says of its own last try. Times of pods are compared with each other where that is possible,
because the clock that stamps them is not ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracereach.api.pod import Pod
from tracereach.api.reasons import Reason, State
from tracereach.rollout.decision import warning
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Eviction, Verdict

_SHORTEST = timedelta(seconds=10)
_LONGEST = timedelta(minutes=10)
"""Of the waits between two tries. Those between the tries of one workload grow further as long as none works out: its
pods may be of a kind that no webhook ever sees, as in a namespace that it leaves out, and must not be lost for ever."""


@dataclass(frozen=True)
class Repairs:
    """Whose pods may be evicted, the first to go first, as far as the webhook is concerned."""

    subjects: tuple[Subject, ...]
    newest_miss: datetime
    """When the newest of all pods that missed was made."""
    single: bool
    """Whether only one of them may go, to see whether the webhook answers again."""

    def verdict(self, subject: Subject) -> Verdict:
        """The eviction of that pod of `subject` which has missed for longest."""
        pod = min(_left(subject), key=lambda pod: (pod.created, pod.name))
        message = f"Pod {pod.name} is made anew. {warning(subject.workload)}".rstrip()
        eviction = Eviction(pod, self.newest_miss)
        return Verdict(Action.EVICT, State.PROGRESSING, Reason.MERGE_MISSED, message, eviction)


def repairs(subjects: Sequence[Subject], now: datetime) -> Repairs | None:
    """Which of `subjects`, that is of all workloads there are, may lose a pod that missed; None while nobody may."""
    affected = [subject for subject in subjects if _left(subject)]
    if not affected:
        return None
    newest = max(_newest(subject) for subject in affected)
    allowed = [subject for subject in affected if _may_go(subject)]
    if any(_worked_out(subject, newest) for subject in subjects):
        due = [subject for subject in allowed if now - _newest(subject) >= min(_own_wait(subject), _LONGEST)]
        return Repairs(tuple(due), newest, single=False)
    trying = any(subject.repairing for subject in subjects)
    lasted = newest - min(map(_since, affected))
    if trying or now - newest < min(max(lasted, _SHORTEST), _LONGEST):
        return None
    due = [subject for subject in allowed if now - _newest(subject) >= _own_wait(subject)]
    return Repairs(tuple(sorted(due, key=_least_harm)), newest, single=True)


def _left(subject: Subject) -> list[Pod]:
    return [pod for pod in subject.missed if not pod.terminating]


def _newest(subject: Subject) -> datetime:
    return max(pod.created for pod in _left(subject))


def _since(subject: Subject) -> datetime:
    since = subject.memory.missed_since if subject.memory else None
    return datetime.fromisoformat(since) if since else min(pod.created for pod in _left(subject))


def _evicted_after(subject: Subject) -> datetime | None:
    evicted_after = subject.memory.evicted_after if subject.memory else None
    return datetime.fromisoformat(evicted_after) if evicted_after else None


def _worked_out(subject: Subject, newest: datetime) -> bool:
    """Whether a pod of it was evicted, is ready again, and no pod anywhere has missed since."""
    memory, evicted_after = subject.memory, _evicted_after(subject)
    ended = memory is not None and memory.state is not State.FAILED and not subject.repairing
    return ended and evicted_after is not None and evicted_after >= newest


def _may_go(subject: Subject) -> bool:
    goal, workload = subject.goal, subject.workload
    if goal is None or goal.dry_run or goal.held or goal.rollout.paused:
        return False
    return not (workload.paused or workload.on_delete or subject.repairing)


def _own_wait(subject: Subject) -> timedelta:
    """How long its own last try, if that has failed, makes it wait after its newest miss."""
    newest, evicted_after = _newest(subject), _evicted_after(subject)
    failed = evicted_after is not None and newest > evicted_after
    return max(newest - _since(subject), _SHORTEST) if failed else timedelta()


def _least_harm(subject: Subject) -> tuple[str, int, str]:
    """Who has not been tried for longest; of equal ones the largest, which feels the loss of a pod the least."""
    tried = subject.memory.evicted_after if subject.memory else None
    return tried or "", -subject.workload.replicas.desired, str(subject.reference)
