"""Whose turn it is: one verdict for each workload of all policies, within what each policy allows at once."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import Reason, State
from tracereach.api.workload import WorkloadReference
from tracereach.rollout.decision import Action, Verdict, judge
from tracereach.rollout.repair import Repairs, repairs
from tracereach.rollout.subject import Goal, Subject

Verdicts = dict[WorkloadReference, Verdict]


def decide(subjects: Sequence[Subject], now: datetime, *, webhook: bool = False) -> Verdicts:
    """A verdict for each workload; `webhook` says whether there is one, so that pods that missed it can be made anew.

    These get the free slots first, for they belong to changes that are half done. Then those to be injected get them,
    smallest first. A workload on which a change is under way already holds its slot, so a newer change to it waits for
    nobody. Putting back waits for nobody either.
    """
    verdicts = {subject.workload.reference: judge(subject, now) for subject in subjects}
    budgets = _budgets(subjects, verdicts, now)
    if webhook and (found := repairs(subjects, now)):
        verdicts |= _evictions(found, verdicts, budgets)
    for subject in sorted(subjects, key=_size):
        reference = subject.workload.reference
        if subject.goal and verdicts[reference].action is Action.INJECT and not subject.moving:
            verdicts[reference] = budgets[subject.goal.policy].admit(verdicts[reference])
    return verdicts


@dataclass
class _Budget:
    """What one policy allows: its free slots, and how many of its workloads have failed."""

    slots: int
    failures: int
    max_failures: int

    def admit(self, verdict: Verdict) -> Verdict:
        """`verdict`, if there is a slot for it, which it then takes; else why it has to wait."""
        if self.take():
            return verdict
        if self.failures > self.max_failures:
            message = f"{self.failures} workloads failed, more than spec.rollout.maxFailures"
            return Verdict(Action.NONE, State.WAITING, Reason.TOO_MANY_FAILURES, message)
        return Verdict(Action.NONE, State.WAITING, Reason.IN_QUEUE, verdict.message)

    def take(self) -> bool:
        """Take a slot; whether there was one to be had."""
        free = self.slots > 0 and self.failures <= self.max_failures
        self.slots -= free
        return free


def _budgets(
    subjects: Sequence[Subject], verdicts: Mapping[WorkloadReference, Verdict], now: datetime
) -> dict[PolicyReference, _Budget]:
    matched = Counter(goal.policy for goal in _goals(subjects))
    rollouts = {goal.policy: goal.rollout for goal in _goals(subjects)}
    budgets = {
        policy: _Budget(rollout.slots(matched[policy]), 0, rollout.max_failures) for policy, rollout in rollouts.items()
    }
    for subject in subjects:
        if subject.goal:
            failed = verdicts[subject.workload.reference].state is State.FAILED or subject.failed(now)
            budgets[subject.goal.policy].failures += failed
            budgets[subject.goal.policy].slots -= (subject.moving or subject.repairing) and not failed
    return budgets


def _evictions(found: Repairs, verdicts: Verdicts, budgets: Mapping[PolicyReference, _Budget]) -> Verdicts:
    """The verdicts of those who lose a pod now."""
    evictions: Verdicts = {}
    for subject in found.subjects:
        reference = subject.workload.reference
        complete = (verdicts[reference].state, verdicts[reference].reason) == (State.HEALTHY, Reason.MERGE_MISSED)
        if subject.goal and complete and budgets[subject.goal.policy].take():
            evictions[reference] = found.verdict(subject)
            if found.single:
                break
    return evictions


def _goals(subjects: Iterable[Subject]) -> Iterable[Goal]:
    return (subject.goal for subject in subjects if subject.goal)


def _size(subject: Subject) -> tuple[bool, int, WorkloadReference]:
    """Those without pods go last: whatever the injection does to them, nobody could see it now."""
    desired = subject.workload.replicas.desired
    return desired == 0, desired, subject.workload.reference
