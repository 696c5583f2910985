"""How many workloads may be in progress at once: of one policy, in one namespace, and in the whole cluster.

Slots are counted from the cluster in each pass, never kept: a restart cannot lose one, and a workload that stands still
holds none.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import State
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdict, Verdicts

_PUT_BACK = frozenset({State.RESTORING, State.SKIPPED, State.WAITING})
"""Where a workload may be whose pods are being replaced by those of its user's own template."""


@dataclass(frozen=True)
class Limits:
    """What the operator allows over all policies; by default as good as everything, as a plan has it."""

    in_cluster: int = 1_000_000
    in_namespace: int = 1_000_000


class Budget:
    """The free slots of one pass."""

    def __init__(
        self,
        subjects: Sequence[Subject],
        verdicts: Verdicts,
        limits: Limits,
        now: datetime,
    ) -> None:
        self._limits = limits
        self._by_policy: Counter[PolicyReference] = Counter()
        self._by_namespace: Counter[str] = Counter()
        self._allowed = _allowed(subjects)
        for subject in subjects:
            verdict = verdicts[subject.reference]
            if _holds_slot(subject, verdict, now):
                self._count(subject, _leaver(subject) if _leaves(verdict) else _joiner(subject))

    def take(self, subject: Subject) -> bool:
        """Take a slot to inject `subject`; whether there was one to be had."""
        return self._take(subject, _joiner(subject))

    def take_to_put_back(self, subject: Subject) -> bool:
        """The same to put it back. It needs none where no pods are replaced, or they are being replaced already."""
        at_once = subject.parting is not None and subject.parting.at_once
        if at_once or subject.standing or subject.workload.replicas.desired == 0 or subject.is_turning:
            return True
        return self._take(subject, _leaver(subject))

    def _take(self, subject: Subject, policy: PolicyReference | None) -> bool:
        namespace = subject.reference.namespace
        if policy is not None and self._by_policy[policy] >= self._allowed[policy]:
            return False
        if self._by_namespace[namespace] >= self._limits.in_namespace:
            return False
        if self._by_namespace.total() >= self._limits.in_cluster:
            return False
        self._count(subject, policy)
        return True

    def _count(self, subject: Subject, policy: PolicyReference | None) -> None:
        self._by_namespace[subject.reference.namespace] += 1
        if policy is not None:
            self._by_policy[policy] += 1


def _allowed(subjects: Sequence[Subject]) -> dict[PolicyReference, int]:
    """The slots of each policy. One that loses workloads has as many as it had with them."""
    having = Counter(policy for subject in subjects if (policy := _joiner(subject)))
    losing = Counter(subject.parting.policy for subject in subjects if subject.parting)
    partings = {subject.parting.policy: subject.parting for subject in subjects if subject.parting}
    allowed = {
        policy: parting.rollout.slots(max(parting.matched, losing[policy] + having[policy]))
        for policy, parting in partings.items()
    }
    rollouts = {subject.goal.policy: subject.goal.rollout for subject in subjects if subject.goal}
    return {policy: rollout.slots(having[policy]) for policy, rollout in rollouts.items()} | allowed


def _joiner(subject: Subject) -> PolicyReference | None:
    """The policy that pays for what is put in."""
    return subject.goal.policy if subject.goal else None


def _leaver(subject: Subject) -> PolicyReference | None:
    """The policy that pays for what is taken out."""
    return subject.parting.policy if subject.parting else _joiner(subject)


def _leaves(verdict: Verdict) -> bool:
    return verdict.action is Action.RESTORE or verdict.state is State.RESTORING


def _holds_slot(subject: Subject, verdict: Verdict, now: datetime) -> bool:
    """Whether a change of ours is under way there: one that has yet to prove itself, or that is being put back.

    Where the API server makes no pods for it, as for a quota, none are replaced until somebody makes room.
    """
    if verdict.action is Action.INJECT:
        return subject.is_changing
    if verdict.state is State.PROGRESSING and subject.workload.refusal:
        return False
    if verdict.state in {State.PROGRESSING, State.ROLLING_BACK} or subject.repairing:
        return True
    if _leaves(verdict) and subject.recorded:
        return subject.is_turning
    return verdict.state in _PUT_BACK and subject.was_put_back and subject.is_returning(now)
