"""Whose turn it is: one verdict for each workload of all policies, within what they and the operator allow at once."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from tracereach.api import names
from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import Reason, State
from tracereach.api.workload import WorkloadReference
from tracereach.rollout.budget import Budget, Limits
from tracereach.rollout.decision import judge, leave
from tracereach.rollout.order import Order
from tracereach.rollout.removal import held_back
from tracereach.rollout.repair import Repairs, repairs
from tracereach.rollout.rollback import blames_agent, is_blamed
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdict, Verdicts
from tracereach.rollout.waves import Waves, agents_of

AGENT_FAILURES = 2
"""With as many workloads on which it failed, an agent is begun nowhere else."""


def decide(
    subjects: Sequence[Subject],
    now: datetime,
    *,
    webhook: bool = False,
    limits: Limits | None = None,
    order: Order | None = None,
) -> dict[WorkloadReference, Verdict]:
    """A verdict for each workload; `webhook` says whether there is one, so that pods that missed it can be made anew.

    These get the free slots first, for they belong to changes that are half done. Then those that are to lose what was
    injected. Then those to be injected get them: canaries the smallest first, and after them by their rank in `order`,
    and the smallest of a rank first. A workload on which a change is under way already holds its slot, so a newer
    change to it waits for nobody. Putting back what has failed waits for nobody either.
    """
    verdicts = {subject.reference: judge(subject, now) for subject in subjects}
    budget = Budget(subjects, verdicts, limits or Limits(), now)
    policies = rollouts(subjects, verdicts, now)
    if webhook and (found := repairs(subjects, now)):
        verdicts |= _evictions(found, verdicts, budget, policies)
    for rollout in policies.values():
        verdicts |= rollout.left_behind(now)
    verdicts |= held_back(subjects, verdicts, budget, order or {})
    for rollout in policies.values():
        verdicts |= rollout.turns(budget, order or {})
    return verdicts


@dataclass
class PolicyRollout:
    """The workloads of one policy, and how far their rollout has come."""

    waves: Waves
    failures: int
    pending: list[Subject] = field(default_factory=list)
    """Those that would be injected if they were alone, and hold no slot yet."""
    retried: frozenset[WorkloadReference] = frozenset()
    """Those of the failed ones whose refused write is to be tried again: they stop others, and not each other."""
    agent_failures: Mapping[str, int] = field(default_factory=dict)
    """On how many workloads each agent has failed, whatever their policies."""

    @property
    def has_stopped(self) -> bool:
        """Whether so many workloads have failed that no other is begun."""
        return self.failures > self.waves.rollout.tolerated_failures

    @property
    def slots(self) -> int:
        """How many workloads the policy lets be in progress at once."""
        return self.waves.rollout.slots(len(self.waves.subjects))

    @property
    def stopped_agents(self) -> dict[str, Reason]:
        """The agents of its workloads that no other is begun with, and why."""
        ours = sorted({agent for subject in self.waves.subjects for agent in agents_of(subject)})
        why = {agent: self._why_stopped(agent) for agent in ours}
        return {agent: reason for agent, reason in why.items() if reason}

    def left_behind(self, now: datetime) -> Verdicts:
        """Those of a policy that is being deleted: it cannot wait until people mend what has stopped this one."""
        left = (one for one in self.pending if one.recorded and one.leaving is Reason.POLICY_DELETED)
        return {one.reference: leave(one, now, one.leaving) for one in left if self._is_stopped(one)}

    def turns(self, budget: Budget, order: Order) -> Verdicts:
        """A verdict for each pending one: to go, or why it has to wait."""
        verdicts: dict[WorkloadReference, Verdict] = {}
        going: list[Subject] = []
        order = {} if self.waves.canaries_under_way else order
        for subject in sorted(self.pending, key=lambda subject: turn(subject, order)):
            reference = subject.reference
            verdict = self.waves.verdicts[reference]
            if verdict.action is not Action.INJECT:
                continue
            if waiting := self._obstacle(subject) or self.waves.obstacle(subject, going):
                verdicts[reference] = Verdict(Action.NONE, State.WAITING, *waiting)
            elif budget.take(subject):
                verdicts[reference] = verdict
                going.append(subject)
            else:
                verdicts[reference] = Verdict(Action.NONE, State.WAITING, Reason.IN_QUEUE, verdict.message)
        return verdicts

    def _is_stopped(self, subject: Subject) -> bool:
        return self.has_stopped or any(self._why_stopped(agent) for agent in agents_of(subject))

    def _why_stopped(self, agent: str) -> Reason | None:
        if self.agent_failures.get(agent, 0) >= AGENT_FAILURES:
            return Reason.AGENT_FAILED
        return Reason.CANARY_FAILED if agent in self.waves.failed_agents else None

    def _obstacle(self, subject: Subject) -> tuple[Reason, str] | None:
        """What stops the whole policy, or the agent everywhere."""
        again = len(self.retried) if subject.reference in self.retried else 0
        if self.failures - again > self.waves.rollout.tolerated_failures:
            return Reason.TOO_MANY_FAILURES, f"{self.failures} workloads failed, more than spec.rollout.maxFailures"
        for agent in agents_of(subject):
            if self._why_stopped(agent) is Reason.AGENT_FAILED:
                return Reason.AGENT_FAILED, f"agent {agent} failed on {self.agent_failures[agent]} workloads"
        return self._unapproved(subject)

    def _unapproved(self, subject: Subject) -> tuple[Reason, str] | None:
        approved = max(self.waves.rollout.max_new_targets, subject.goal.approved if subject.goal else 0)
        if subject.recorded or self._new <= approved:
            return None
        what = f"{self._new} workloads would be injected for the first time"
        return Reason.AWAITS_APPROVAL, f"{what}; annotate the policy: {names.APPROVAL_ANNOTATION}={self._new}"

    @cached_property
    def _new(self) -> int:
        return sum(not subject.recorded for subject in self.pending)


def next_event(subjects: Iterable[Subject], policies: Iterable[PolicyRollout], now: datetime) -> datetime | None:
    """When time alone will bring something about: a workload has been ready for long enough, or a wave has baked."""
    settling = (
        datetime.fromisoformat(subject.memory.complete_since) + subject.goal.settling
        for subject in subjects
        if subject.goal and subject.memory and subject.memory.complete_since and subject.moving
    )
    baking = (rollout.waves.next_event for rollout in policies)
    return min((at for at in (*settling, *baking) if at and at > now), default=None)


def rollouts(subjects: Sequence[Subject], verdicts: Verdicts, now: datetime) -> dict[PolicyReference, PolicyRollout]:
    """How far each policy has come."""
    by_policy: defaultdict[PolicyReference, list[Subject]] = defaultdict(list)
    for subject in subjects:
        if subject.goal:
            by_policy[subject.goal.policy].append(subject)
    failures = _agent_failures(subjects, verdicts)
    return {policy: _rollout(share, verdicts, failures, now) for policy, share in by_policy.items()}


def _rollout(
    share: Sequence[Subject],
    verdicts: Verdicts,
    agent_failures: Mapping[str, int],
    now: datetime,
) -> PolicyRollout:
    goal = share[0].goal
    assert goal is not None  # noqa: S101 - `rollouts` takes only those with a goal
    pending = [subject for subject in share if _is_pending(subject, verdicts[subject.reference])]
    retried = frozenset(subject.reference for subject in pending if _was_refused(subject))
    failed = {one.reference for one in share if _has_failed(one, verdicts[one.reference], now)}
    waves = Waves(goal.rollout, share, verdicts, now)
    return PolicyRollout(waves, len(failed | retried), pending, retried, agent_failures)


def _has_failed(subject: Subject, verdict: Verdict, now: datetime) -> bool:
    """Whether it counts as failed: also where a newer revision is about to mend what an older one has broken."""
    return is_blamed(verdict) or (subject.failed(now) and verdict.reason is not Reason.OWN_RELEASE_FAILS)


def _was_refused(subject: Subject) -> bool:
    """Whether its last write was refused. Until one is not, it counts as failed: a brake must not open now and then."""
    return subject.memory is not None and subject.memory.reason is Reason.WRITE_REFUSED


def _is_pending(subject: Subject, verdict: Verdict) -> bool:
    return verdict.action is Action.INJECT and not subject.is_changing


def _agent_failures(subjects: Iterable[Subject], verdicts: Verdicts) -> Counter[str]:
    failed = (one.memory for one in subjects if one.memory and blames_agent(verdicts[one.reference], one.memory))
    return Counter(agent for memory in failed for agent in memory.agents)


def _evictions(
    found: Repairs, verdicts: Verdicts, budget: Budget, policies: Mapping[PolicyReference, PolicyRollout]
) -> Verdicts:
    """The verdicts of those who lose a pod now."""
    evictions: dict[WorkloadReference, Verdict] = {}
    for subject in found.subjects:
        reference = subject.reference
        complete = (verdicts[reference].state, verdicts[reference].reason) == (State.HEALTHY, Reason.MERGE_MISSED)
        if not subject.goal or policies[subject.goal.policy].has_stopped:
            continue
        if complete and budget.take(subject):
            evictions[reference] = found.verdict(subject)
            if found.single:
                break
    return evictions


def turn(subject: Subject, order: Order) -> tuple[bool, int, int, WorkloadReference]:
    """What those to be injected are sorted by.

    Those without pods go last: whatever the injection does to them, nobody could see it now.
    """
    reference, desired = subject.reference, subject.workload.replicas.desired
    return desired == 0, order.get(reference, 0), desired, reference
