"""A random cluster with a rollout in it: broken agents, bad releases, people, and an operator that may die.

Workloads leave the policy and come back, and the policy itself may be rolled back, tried again, or deleted.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from tests.unit.rollout.fleet import NEW, NOW, OLD, SHOP, goal, workload
from tests.unit.rollout.trials import CRASHED_TWICE
from tracereach.api.pod import Pod
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Replicas
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.announcement import unannounced
from tracereach.rollout.inheritance import inherited
from tracereach.rollout.pace import decide
from tracereach.rollout.subject import Goal, Parting, Subject
from tracereach.rollout.verdict import Action, Verdict

STEP = timedelta(seconds=15)
NEWEST = "3333-cafe"
AGENTS = (("java",), ("nodejs",), ("python",), ())
WAITS_FOR_PEOPLE = {
    Reason.AGENT_FAILED,
    Reason.CANARY_FAILED,
    Reason.NOT_READY,
    Reason.OWN_RELEASE_FAILS,
    Reason.PAUSED,
    Reason.SCALED_TO_ZERO,
    Reason.TOO_MANY_FAILURES,
    Reason.UNHEALTHY_BEFORE,
}
"""Why a workload may wait for ever: it is for its user to act."""


class Dies(Exception):
    """The operator ends in the middle of a pass."""


@dataclass
class Simulated:
    """One Deployment, as its user and its controller have it."""

    name: str
    agents: tuple[str, ...]
    breaks: frozenset[str]
    """Revisions with which its pods crash."""
    desired: int = 2
    release: int = 0
    release_is_bad: bool = False
    paused: bool = False
    selected: bool = True
    injected: str = ""
    returning: bool = False
    """Whether its pods are replaced because its policy lets it go."""
    ready_at: datetime = NOW
    """When its pods are all replaced."""
    replaced_at: datetime = NOW
    """The same, if nobody but the operator changed it."""
    uid: int = 0
    writes: Counter[str] = field(default_factory=Counter)
    """How often each revision was written into it, since it was last made anew."""
    memory: TracedWorkloadStatus | None = None

    def is_broken(self) -> bool:
        return self.release_is_bad or self.injected in self.breaks

    def is_up(self, now: datetime) -> bool:
        return not self.is_broken() and now >= self.ready_at

    def subject(self, now: datetime, wanted: Goal | None, parting: Parting) -> Subject:
        up = self.is_up(now)
        current = self.desired if up else self.desired + 1
        replicas = Replicas(self.desired, current, self.desired if up else 1, self.desired, self.desired)
        if self.desired == 0:
            replicas = Replicas(0, 0, 0, 0, 0)
        found = replace(workload(self.name, replicas, paused=self.paused), uid=str(self.uid))
        subject = Subject(
            found,
            replace(wanted, agents=self.agents) if wanted else None,
            parting=None if wanted else parting,
            recorded=self.injected,
            memory=self.memory,
            release=str(self.release),
        )
        troubled = self.is_broken() and self.desired and not self.paused and now >= self.ready_at
        return replace(subject, pods=(self._crashing(found.reference),)) if troubled else subject

    def _crashing(self, reference: object) -> Pod:
        return Pod(
            reference, f"{self.name}-1", "uid", self.ready_at, revision=self.injected, containers=(CRASHED_TWICE,)
        )  # type: ignore[arg-type]


class Scenario:
    """One seed's cluster."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.now = NOW
        self.revision = OLD
        self.newest = NEW if seed % 4 else NEWEST
        """What somebody edits the policy to in the end."""
        self.rollout = {
            "canary": self.random.choice([0, 1, 1, 2]),
            "waves": self.random.choice([["100%"], ["50%", "100%"], ["5%", "25%", "50%", "100%"]]),
            "maxConcurrent": self.random.randint(1, 3),
            "minHealthySeconds": self.random.choice([0, 30]),
            "bakeSeconds": self.random.choice([0, 45]),
            "maxFailures": self.random.choice([0, 2, 10]),
        }
        kinds = self.random.sample(AGENTS, self.random.randint(1, 3))
        rotten = self.random.choice([None, None, self.random.choice(kinds)])
        self.fleet = [self._made(number, kinds, rotten) for number in range(self.random.randint(1, 7))]
        self.deleted = False
        """Whether somebody has deleted the policy."""
        self.withdrawn = False
        """Whether somebody has rolled it back."""
        self.verdicts: dict[str, Verdict] = {}
        self.begun: list[str] = []
        self.at_once: set[str] = set()
        """Who was in progress when the newest one was begun."""

    def step(self, *, restless: bool) -> None:
        """One pass of the loop, and what happens until the next."""
        try:
            self._pass(dies_at=self.random.randint(0, 6) if restless and self.random.random() < 0.3 else None)
        except Dies:
            self.verdicts = {}
        self.now += STEP
        if restless:
            self._something_happens(self.random.choice(self.fleet))

    def in_progress(self) -> Iterator[str]:
        """Whose pods are being replaced by our doing, or have not been ready for long enough."""
        settling = timedelta(seconds=int(str(self.rollout["minHealthySeconds"])))
        for one in self.fleet:
            unproven = one.injected and one.memory is not None and one.memory.attempted_at is not None
            if not one.desired or one.paused or one.is_broken() or not (unproven or one.returning):
                continue
            replaced_at = min(one.replaced_at, one.ready_at)
            if self.now < replaced_at + (settling if unproven else timedelta()):
                yield one.name

    def unwanted(self) -> list[str]:
        """Who is injected although nobody wants that."""
        gone = self.deleted or self.withdrawn
        return [one.name for one in self.fleet if one.injected and (gone or not one.selected)]

    def unsettled(self) -> list[str]:
        """Who has not come to an end that it can stay in."""
        return [
            f"{name}: {verdict.state}, {verdict.reason} {verdict.message}"
            for name, verdict in self.verdicts.items()
            if verdict.state in {State.PROGRESSING, State.ROLLING_BACK, State.RESTORING}
            or (verdict.state is State.WAITING and verdict.reason not in WAITS_FOR_PEOPLE)
        ] or ([] if self.verdicts else ["no pass came to its end"])

    def _pass(self, *, dies_at: int | None) -> None:
        wanted = goal(self.revision, rollout=self.rollout, withdrawn=self.withdrawn)
        parting = Parting(SHOP, wanted.rollout, len(self.fleet))
        leaving = Reason.POLICY_DELETED if self.deleted else Reason.NO_LONGER_SELECTED
        subjects = {
            one.name: replace(
                one.subject(self.now, wanted if one.selected and not self.deleted else None, parting), leaving=leaving
            )
            for one in self.fleet
        }
        verdicts = decide(list(subjects.values()), self.now)
        verdicts |= unannounced(subjects.values(), verdicts)
        self.begun = []
        writes = 0
        for one in self.fleet:
            verdict = verdicts[subjects[one.name].workload.reference]
            self.verdicts[one.name] = verdict
            if verdict.action is not Action.NONE:
                if writes == dies_at:
                    raise Dies
                writes += 1
                self._write(one, verdict, subjects[one.name])
        for one in self.fleet:
            status = workload_status(Case(subjects[one.name]), self.verdicts[one.name], self.now)
            if status is not None:
                status = status.model_copy(update={"agents": one.agents})
            if status is None or (status.state is State.RESTORING and not one.injected):
                one.writes.clear()
            if status != one.memory:
                if writes == dies_at:
                    raise Dies
                writes += 1
                one.memory = status

    def _write(self, one: Simulated, verdict: Verdict, before: Subject) -> None:
        under_way = set(self.in_progress())
        one.returning = verdict.state is State.RESTORING and one.desired > 0 and not one.paused
        if verdict.action is Action.INJECT:
            one.injected = self.revision
            one.writes[self.revision] += 1
            begins = not before.moving
        else:
            one.injected = ""
            begins = one.returning and not before.is_turning
            if verdict.state is State.RESTORING:
                one.writes.clear()
        if begins:
            self.begun.append(one.name)
            self.at_once = {*self.begun, *under_way}
        one.ready_at = one.replaced_at = self.now + self.random.randint(0, 4) * STEP

    def _something_happens(self, one: Simulated) -> None:
        match self.random.randint(0, 17):
            case 0:
                one.release += 1
                one.release_is_bad = self.random.random() < 0.4
                one.ready_at = self.now + self.random.randint(0, 4) * STEP
            case 1:
                one.paused, one.returning = not one.paused, False
            case 2:
                one.desired, one.returning = self.random.choice([0, 2]), False
            case 3 if self.revision != self.newest:
                self.revision = NEW if self.revision == OLD else NEWEST
            case 4:
                self._made_anew(one)
            case 5:
                one.selected = not one.selected
            case 6 if self.random.random() < 0.5:
                self.deleted = True
            case 7:
                self.withdrawn = not self.withdrawn

    def _made_anew(self, one: Simulated) -> None:
        """Deleted, and made anew by a GitOps tool: without the injection, and under another uid."""
        one.uid += 1
        one.injected, one.returning = "", False
        one.ready_at = self.now + STEP
        one.memory = inherited(one.memory) if one.memory else None
        one.writes = Counter(
            {revision: count for revision, count in one.writes.items() if self._is_latched(one, revision)}
        )

    @staticmethod
    def _is_latched(one: Simulated, revision: str) -> bool:
        return one.memory is not None and one.memory.latched == revision

    def _made(self, number: int, kinds: list[tuple[str, ...]], rotten: tuple[str, ...] | None) -> Simulated:
        agents = self.random.choice(kinds)
        unlucky = agents == rotten or self.random.random() < 0.1
        breaks = frozenset({OLD, NEW} if unlucky and self.random.random() < 0.5 else {OLD} if unlucky else ())
        return Simulated(
            f"w{number}", agents, breaks, desired=self.random.choice([0, 1, 2, 2, 2]), paused=self.random.random() < 0.1
        )
