"""A cluster in which workloads roll out in their own time, and people and pods do as they like."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from tests.unit.rollout.fleet import NOW, OLD, goal, workload
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Replicas
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.pace import decide
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdict

LONGEST = 4
"""Passes that a rollout, or an outage, takes at most."""


@dataclass
class SimulatedWorkload:
    """One Deployment as its own controller has it."""

    name: str
    size: int
    history: list[str] = field(default_factory=lambda: [""])
    """The revision in its template, the newest last; empty is the template of its user."""
    busy: int = 0
    """Passes until its pods are all replaced, or up again."""
    undone: set[str] = field(default_factory=set)
    writes: Counter[str] = field(default_factory=Counter)
    memory: TracedWorkloadStatus | None = None

    def subject(self, revision: str, max_concurrent: int) -> Subject:
        available = self.size if self.busy == 0 else self.size - 1
        replicas = Replicas(self.size, self.size, self.size, available, available)
        wanted = goal(revision, rollout={"maxConcurrent": max_concurrent, "maxFailures": 0})
        return Subject(workload(self.name, replicas), wanted, recorded=self.history[-1], memory=self.memory)


class SimulatedCluster:
    """Some workloads, one policy, and a source of misfortune."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self.slots = self._random.randint(1, 4)
        self.revision = OLD
        self.workloads = [
            SimulatedWorkload(f"w{number:02}", size=self._random.randint(1, 9))
            for number in range(self._random.randint(1, 25))
        ]
        self.verdicts: dict[str, Verdict] = {}
        self._passes = 0

    def pass_over(self) -> None:
        """One pass of the loop: decide, write, remember."""
        self._passes += 1
        now = NOW + timedelta(seconds=self._passes)
        subjects = {one.name: one.subject(self.revision, self.slots) for one in self.workloads}
        decided = decide(list(subjects.values()), now)
        for one in self.workloads:
            subject = subjects[one.name]
            verdict = self._carried_out(one, decided[subject.workload.reference])
            self.verdicts[one.name] = verdict
            one.memory = workload_status(Case(subject), verdict, now)

    def time_goes_by(self) -> None:
        for one in self.workloads:
            one.busy = max(0, one.busy - 1)

    def something_happens(self) -> None:
        """Somebody takes an injection out again, or pods go down."""
        one = self._random.choice(self.workloads)
        if one.history[-1] and self._random.random() < 0.3:
            one.undone.add(self.revision)
            one.history.pop()
            one.busy = self._random.randint(0, LONGEST)
        elif self._random.random() < 0.5:
            one.busy = self._random.randint(0, LONGEST)

    def begun(self) -> Iterator[str]:
        """Who was written to in the newest pass."""
        return (name for name, verdict in self.verdicts.items() if verdict.action is Action.INJECT)

    def in_progress(self) -> int:
        return sum(verdict.state is State.PROGRESSING for verdict in self.verdicts.values())

    def settled(self) -> bool:
        return all(verdict.state in {State.HEALTHY, State.LATCHED} for verdict in self.verdicts.values())

    def _carried_out(self, one: SimulatedWorkload, verdict: Verdict) -> Verdict:
        if verdict.action is Action.NONE:
            return verdict
        assert verdict.action is Action.INJECT, "nobody gave a reason to restore"
        if self._random.random() < 0.1:
            return Verdict(Action.NONE, State.WAITING, Reason.IN_QUEUE, "it changed meanwhile")
        one.writes[self.revision] += 1
        one.history.append(self.revision)
        one.busy = self._random.randint(0, LONGEST)
        return verdict
