"""How many workloads may be in progress at once: of one policy, in one namespace, and in the whole cluster.

Slots are counted from the cluster in each pass, never kept: a restart cannot lose one, and a workload that stands still
holds none.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import State
from tracereach.api.workload import WorkloadReference
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdict


@dataclass(frozen=True)
class Limits:
    """What the operator allows over all policies."""

    in_cluster: int = 1_000_000
    in_namespace: int = 1_000_000


class Budget:
    """The free slots of one pass."""

    def __init__(
        self, subjects: Sequence[Subject], verdicts: Mapping[WorkloadReference, Verdict], limits: Limits
    ) -> None:
        self._limits = limits
        self._by_policy: Counter[PolicyReference] = Counter()
        self._by_namespace: Counter[str] = Counter()
        matched = Counter(subject.goal.policy for subject in subjects if subject.goal)
        rollouts = {subject.goal.policy: subject.goal.rollout for subject in subjects if subject.goal}
        self._allowed = {policy: rollout.slots(matched[policy]) for policy, rollout in rollouts.items()}
        self._count(subject for subject in subjects if _holds_slot(subject, verdicts[subject.workload.reference]))

    def take(self, subject: Subject) -> bool:
        """Take a slot for `subject`; whether there was one to be had."""
        namespace, policy = subject.workload.reference.namespace, subject.goal.policy if subject.goal else None
        if policy is not None and self._by_policy[policy] >= self._allowed[policy]:
            return False
        if self._by_namespace[namespace] >= self._limits.in_namespace:
            return False
        if self._by_namespace.total() >= self._limits.in_cluster:
            return False
        self._count((subject,))
        return True

    def _count(self, holders: Iterable[Subject]) -> None:
        for subject in holders:
            self._by_namespace[subject.workload.reference.namespace] += 1
            if subject.goal:
                self._by_policy[subject.goal.policy] += 1


def _holds_slot(subject: Subject, verdict: Verdict) -> bool:
    """Whether a change of ours is under way there: one that has yet to prove itself, or is being put back."""
    if verdict.action is Action.INJECT:
        return subject.moving
    return verdict.state in {State.PROGRESSING, State.ROLLING_BACK} or subject.repairing
