"""Which of a policy's workloads may be begun by now: canaries of each agent first, then wave by wave.

Nothing is counted but what the cluster shows: who has the revision, who is healthy with it and since when, and where it
is latched. So a restart, or workloads that come and go, cannot lose the place.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from tracereach.api.policy import Rollout
from tracereach.api.reasons import Reason, State
from tracereach.api.status import failed_revisions
from tracereach.api.workload import WorkloadReference
from tracereach.rollout.rollback import blames_agent
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdicts

ENVIRONMENT_ALONE = "sdk"
"""Stands for the agent of a workload that gets none."""

_STANDING_STILL = frozenset({State.FAILED, State.HEALTHY, State.LATCHED, State.ROLLED_BACK, State.WAITING})
"""Where a workload that was begun can stay, so that nobody waits for it."""


_TRYING = frozenset({State.HEALTHY, State.PROGRESSING, State.ROLLING_BACK})
"""Of a workload that was begun, where it shows something of its agent, or is about to; one without pods never will."""


@dataclass(frozen=True)
class Waves:
    """One policy's rollout of one revision, as far as it has come."""

    rollout: Rollout
    subjects: Sequence[Subject]
    verdicts: Verdicts
    now: datetime

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """How many may have been begun in each wave."""
        return self.rollout.wave_sizes(sum(self._takes_part(subject) for subject in self.subjects))

    @cached_property
    def begun(self) -> list[Subject]:
        """Those that have the revision, or had it and lost it again."""
        return [subject for subject in self.subjects if self._is_begun(subject)]

    @cached_property
    def current(self) -> int:
        """Which wave is being filled or watched, from 1; 0 where nobody takes part."""
        number = sum(size < len(self.begun) for size in self.sizes)
        full = number < len(self.sizes) - 1 and len(self.begun) == self.sizes[number]
        return min(number + 1 + (full and self._may_go_on), len(self.sizes))

    @property
    def allowed(self) -> int:
        """How many may have been begun by now."""
        return self.sizes[self.current - 1] if self.sizes else 0

    @cached_property
    def failed_agents(self) -> frozenset[str]:
        """Agents that failed before any workload was healthy with them."""
        return frozenset(trial.agent for trial in self._trials.values() if trial.failed)

    @property
    def is_complete(self) -> bool:
        """Whether all have been begun, nobody is under way, and all have baked."""
        return bool(self.sizes) and len(self.begun) >= self.sizes[-1] and self._may_go_on

    @cached_property
    def canaries_under_way(self) -> bool:
        """Whether an agent of somebody who has yet to go has not shown enough healthy workloads."""
        waiting = {agent for subject in self._candidates for agent in agents_of(subject)}
        return any(self._trials[agent].under_way for agent in waiting)

    def obstacle(self, subject: Subject, chosen: Sequence[Subject]) -> tuple[Reason, str] | None:
        """Why `subject` may not be begun yet, beside those `chosen` in this pass; None where it may."""
        if subject.goal and subject.recorded == subject.goal.revision:
            return None  # It is begun already, and only made anew.
        trials = [self._trials[agent] for agent in agents_of(subject)]
        if failed := next((trial for trial in trials if trial.failed), None):
            return Reason.CANARY_FAILED, f"agent {failed.agent} failed on {min(failed.failures)}"
        if self.canaries_under_way:
            beside = Counter(agent for other in chosen for agent in agents_of(other))
            wanted = any(trial.wants(beside[trial.agent]) for trial in trials)
            return None if wanted else (Reason.AWAITS_CANARY, "")
        if len(self.begun) + len(chosen) >= self.allowed:
            return Reason.AWAITS_WAVE, f"wave {self.current} of {len(self.sizes)}"
        return None

    @property
    def next_event(self) -> datetime | None:
        """When the baking of all that were healthy ends, if that is what the next ones wait for."""
        return self._baked_at if self._baked_at and self._baked_at > self.now else None

    @cached_property
    def _candidates(self) -> list[Subject]:
        return [
            subject
            for subject in self.subjects
            if self.verdicts[subject.reference].action is Action.INJECT and not subject.is_changing
        ]

    def _takes_part(self, subject: Subject) -> bool:
        return self.verdicts[subject.reference].state not in {None, State.SKIPPED}

    def _is_begun(self, subject: Subject) -> bool:
        goal, memory = subject.goal, subject.memory
        latched = (
            goal is not None and memory is not None and goal.revision in {memory.latched, *failed_revisions(memory)}
        )
        return goal is not None and (subject.recorded == goal.revision or (latched and not subject.retrying))

    @cached_property
    def _trials(self) -> "_Trials":
        """What has become of each agent."""
        trials = _Trials(self.rollout.canary)
        for subject in self.begun:
            verdict = self.verdicts[subject.reference]
            for agent in agents_of(subject):
                trial = trials[agent]
                trial.tried += verdict.state in _TRYING
                trial.healthy += verdict.state is State.HEALTHY
                trial.baked += self._has_baked(subject)
                if blames_agent(verdict, subject.memory):
                    trial.failures.append(subject.reference)
        return trials

    def _is_healthy(self, subject: Subject) -> bool:
        return self.verdicts[subject.reference].state is State.HEALTHY

    def _has_baked(self, subject: Subject) -> bool:
        return self._is_healthy(subject) and not subject.moving and not subject.is_baking(self.now)

    @cached_property
    def _may_go_on(self) -> bool:
        """Whether nobody is under way any more, and all have baked."""
        states = {self.verdicts[subject.reference].state for subject in self.begun}
        settled = states <= _STANDING_STILL and not any(
            subject.moving and self._is_healthy(subject) for subject in self.begun
        )
        return settled and self.next_event is None

    @cached_property
    def _baked_at(self) -> datetime | None:
        bake = timedelta(seconds=self.rollout.bake_seconds)
        times = [
            datetime.fromisoformat(subject.memory.healthy_since) + bake
            for subject in self.begun
            if subject.memory and subject.memory.healthy_since and subject.proven
        ]
        return max(times, default=None)


@dataclass
class _Trial:
    """What has become of one agent, where it was begun."""

    agent: str
    wanted: int
    tried: int = 0
    healthy: int = 0
    baked: int = 0
    failures: list[WorkloadReference] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether it has failed before any workload was healthy with it."""
        return self.wanted > 0 and bool(self.failures) and not self.healthy

    @property
    def under_way(self) -> bool:
        """Whether fewer workloads than asked for have baked with it."""
        return not self.failed and self.baked < self.wanted

    def wants(self, beside: int) -> bool:
        """Whether one more workload has to try it first, with so many `beside`."""
        return self.under_way and self.tried + beside < self.wanted


class _Trials(defaultdict[str, _Trial]):
    """A trial for each agent, also for one that nobody has begun with."""

    def __init__(self, wanted: int) -> None:
        super().__init__()
        self._wanted = wanted

    def __missing__(self, agent: str) -> _Trial:
        trial = self[agent] = _Trial(agent, self._wanted)
        return trial


def agents_of(subject: Subject) -> tuple[str, ...]:
    """The agents by which `subject` is a canary."""
    return (subject.goal.agents if subject.goal else ()) or (ENVIRONMENT_ALONE,)
