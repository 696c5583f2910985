"""Putting back what nobody wants any more, at the pace at which it was put in: a template that changes replaces pods,
whichever way it goes.

The policy that a workload leaves pays for it, and the limits of the operator hold as well. Callers go before callees
and entries first, so that no caller keeps sending context to somebody who has lost the sense for it. What has failed is
never kept waiting: a rollback is no removal.
"""

from collections.abc import Sequence
from dataclasses import replace

from tracereach.api.reasons import State
from tracereach.api.workload import WorkloadReference
from tracereach.rollout.budget import Budget
from tracereach.rollout.order import Order
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdict, Verdicts


def held_back(
    subjects: Sequence[Subject], verdicts: Verdicts, budget: Budget, order: Order
) -> dict[WorkloadReference, Verdict]:
    """The verdicts of those that have to wait with what they would lose; the others take their slots."""
    leaving = [subject for subject in subjects if _is_removal(verdicts[subject.reference])]
    return {
        subject.reference: _waiting(verdicts[subject.reference])
        for subject in sorted(leaving, key=lambda subject: _turn(subject, order))
        if not budget.take_to_put_back(subject)
    }


def _is_removal(verdict: Verdict) -> bool:
    return verdict.action is Action.RESTORE and verdict.state is not State.ROLLING_BACK


def _waiting(verdict: Verdict) -> Verdict:
    """The same, not yet: it stays announced, so that a template that is found clean is known to be our work."""
    message = "; ".join(filter(None, (verdict.message, "what was injected stays until a slot is free")))
    return replace(verdict, action=Action.NONE, message=message)


def _turn(subject: Subject, order: Order) -> tuple[int, int, WorkloadReference]:
    reference, desired = subject.reference, subject.workload.replicas.desired
    return -order.get(reference, 0), desired, reference
