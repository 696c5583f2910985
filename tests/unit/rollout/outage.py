"""Workloads whose pods were all made while the webhook was away, until all of them have their merge."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tests.unit.rollout.fleet import NEW, NOW, goal, memory, workload
from tracereach.api.pod import Pod
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Replicas, WorkloadReference
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.pace import decide
from tracereach.rollout.subject import Subject

PERIOD = 5
"""Seconds between two passes."""


def before(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def pod(name: str, age: float, *, of: str = "orders", **fields: Any) -> Pod:
    reference = WorkloadReference("shop", "Deployment", of)
    return Pod(reference, name, f"uid-{name}", before(age), **{"ready": True, **fields})


def missing(**fields: Any) -> TracedWorkloadStatus:
    """What is remembered of a workload with pods that missed."""
    return memory(State.HEALTHY, Reason.MERGE_MISSED, revision=NEW).model_copy(update=fields)


@dataclass(frozen=True)
class Outage:
    """What an outage of the webhook has cost."""

    evictions_during: int
    seconds_after: int
    """Until the last pod had its merge."""


def outage(seconds: int, *, workloads: int, size: int) -> Outage:
    """An outage of the webhook, and the time after it."""
    fleet = _Fleet(workloads, size)
    for second in range(0, seconds, PERIOD):
        fleet.pass_over(second, answers=False)
    during = fleet.evictions
    for second in range(seconds, 4 * seconds, PERIOD):
        if not any(fleet.pods.values()):
            return Outage(during, second - seconds)
        fleet.pass_over(second, answers=True)
    raise AssertionError("never repaired")


class _Fleet:
    """A pod that is evicted is replaced at once, and the replacement is ready by the next pass but one."""

    def __init__(self, workloads: int, size: int) -> None:
        self._size = size
        self.evictions = 0
        names = [f"w{index:02}" for index in range(workloads)]
        self.pods = {name: [pod(f"{name}-{number}", 0, of=name) for number in range(size)] for name in names}
        """Those that missed."""
        self._memories = dict.fromkeys(names, missing())
        self._down: set[str] = set()

    def pass_over(self, second: int, *, answers: bool) -> None:
        now = NOW + timedelta(seconds=second)
        subjects = [self._subject(name) for name in self.pods]
        self._down.clear()
        verdicts = decide(subjects, now, webhook=True)
        for subject in subjects:
            verdict, name = verdicts[subject.workload.reference], subject.workload.reference.name
            if verdict.eviction:
                self._evict(name, verdict.eviction.pod, now, answers=answers)
            status = workload_status(Case(subject), verdict, now)
            assert status is not None
            self._memories[name] = status

    def _evict(self, name: str, gone: Pod, now: datetime, *, answers: bool) -> None:
        self.evictions += 1
        self._down.add(name)
        self.pods[name].remove(gone)
        if not answers:
            self.pods[name].append(replace(gone, uid=f"{gone.uid}-{now}", created=now))

    def _subject(self, name: str) -> Subject:
        size, ready = self._size, self._size - (name in self._down)
        found = workload(name, Replicas(size, size, size, ready, ready))
        wanted = goal(rollout={"maxConcurrent": 5})
        return Subject(found, wanted, recorded=NEW, memory=self._memories[name], missed=tuple(self.pods[name]))
