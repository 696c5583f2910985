"""The one case in which a restored workload does not get its pods back by itself: a StatefulSet with a broken pod.

It replaces its pods in order and waits for each to become ready, also for one that is broken by the very template that
has just been put back (https://github.com/kubernetes/kubernetes/issues/67250). Somebody has to delete that pod.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from tracereach.api.pod import Pod
from tracereach.api.reasons import State
from tracereach.rollout.subject import Subject

_PUT_BACK = frozenset({State.RESTORING, State.ROLLING_BACK, State.SKIPPED})
_PATIENCE = timedelta(seconds=30)
"""How long a restored StatefulSet has to go on by itself: a pod may be unready for a moment."""
_LONGEST = timedelta(hours=1)
"""How long its pods are looked at; what is broken then is not so by our doing."""


def may_be_blocked(subject: Subject, now: datetime) -> bool:
    """Whether we have restored the StatefulSet a while ago, and it has not replaced all its pods since."""
    workload, memory = subject.workload, subject.memory
    if workload.reference.kind != "StatefulSet" or workload.on_delete or workload.rolled_out or subject.recorded:
        return False
    restored = memory is not None and memory.state in _PUT_BACK and not memory.revision
    elapsed = subject.elapsed(now)
    return restored and elapsed is not None and _PATIENCE < elapsed < _LONGEST


def blocking_pod(pods: Iterable[Pod]) -> Pod | None:
    """Which of all pods of a restored StatefulSet to delete: an injected one that is not ready.

    None while another pod is on its way, or down without our doing: then two would be missing at once.
    """
    every = list(pods)
    if any(pod.terminating or (not pod.ready and not pod.revision) for pod in every):
        return None
    return min((pod for pod in every if not pod.ready), key=_ordinal, default=None)


def _ordinal(pod: Pod) -> int:
    return int(pod.name.rpartition("-")[2])
