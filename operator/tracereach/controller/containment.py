"""What is decided for all workloads, though one of them is of a kind that nobody thought of.

A decision looks at everybody at once, for slots and failures are shared, so an error in it would stop everything. Then
each workload is decided upon alone, and where none fails so, each policy is. Whoever fails stays as it is and says so,
and all others are decided upon without them.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import Reason, State
from tracereach.api.workload import WorkloadReference
from tracereach.controller.subjects import Case
from tracereach.rollout.pace import PolicyRollout, next_event, rollouts
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdict, Verdicts

_log = logging.getLogger(__name__)

Decide = Callable[[Sequence[Subject]], Verdicts]


@dataclass(frozen=True)
class Decided:
    """What one pass makes of all workloads."""

    cases: Sequence[Case]
    """With the error in those on which the operator failed."""
    verdicts: Verdicts
    begun: Mapping[PolicyReference, PolicyRollout]
    """How far each policy has come; not of one on which the operator failed."""
    next_event: datetime | None


def decided(cases: Sequence[Case], decide: Decide, now: datetime) -> Decided:
    """What `decide` says of all `cases` but those on which it fails. Raises its error where it is nobody's."""
    try:
        return _decided(cases, decide, now)
    except Exception:
        errors = _errors(cases, decide, now)
        if not errors:
            raise
        _log.exception("left alone, because of an error of the operator: %s", ", ".join(map(str, sorted(errors))))
    others = decided([case for case in cases if case.reference not in errors], decide, now)
    verdicts = {
        reference: Verdict(Action.NONE, State.FAILED, Reason.OPERATOR_ERROR, error)
        for reference, error in errors.items()
    }
    failed = [
        replace(case, subject=replace(case.subject, error=errors[case.reference]))
        for case in cases
        if case.reference in errors
    ]
    return replace(others, cases=[*others.cases, *failed], verdicts={**others.verdicts, **verdicts})


def _decided(cases: Sequence[Case], decide: Decide, now: datetime) -> Decided:
    subjects = [case.subject for case in cases]
    verdicts = decide(subjects)
    begun = rollouts(subjects, verdicts, now)
    return Decided(cases, verdicts, begun, next_event(subjects, begun.values(), now))


def _errors(cases: Sequence[Case], decide: Decide, now: datetime) -> dict[WorkloadReference, str]:
    """On which workloads the operator fails, and by what: on those alone, or else on all those of a policy."""
    for groups in ([[case] for case in cases], _by_policy(cases)):
        errors: dict[WorkloadReference, str] = {}
        for group in groups:
            try:
                _decided(group, decide, now)
            except Exception as error:
                errors |= dict.fromkeys((case.reference for case in group), type(error).__name__)
        if errors:
            return errors
    return {}


def _by_policy(cases: Iterable[Case]) -> Iterable[list[Case]]:
    groups: defaultdict[PolicyReference | None, list[Case]] = defaultdict(list)
    for case in cases:
        goal, parting = case.subject.goal, case.subject.parting
        groups[goal.policy if goal else parting.policy if parting else None].append(case)
    return groups.values()
