"""Which conditions a policy has, of those in the table, and how they keep their times."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tracereach.api import conditions as table
from tracereach.api.causes import UNREACHABLE_BACKEND
from tracereach.api.conditions import ConditionReason, Status
from tracereach.api.listing import listed
from tracereach.api.reasons import Reason
from tracereach.api.status import WORST, Condition, Counts, CoverageStatus
from tracereach.api.times import rfc3339


@dataclass(frozen=True, kw_only=True)
class Hold:
    """What keeps the policy from beginning with more workloads."""

    paused: bool = False
    all_paused: bool = False
    """Whether all policies are, by the setting of the operator."""
    stopped: bool = False
    """Whether so many workloads have failed that no other is begun."""
    unkept: str = ""
    """Why its revision could not be kept, if it could not."""
    rolled_back: bool = False
    """Whether everything is to be put back."""
    restoring: int = 0
    """Of how many workloads that is still under way."""
    approval: str = ""
    """What somebody has to approve first, if anything."""


NO_HOLD = Hold()


@dataclass(frozen=True)
class Finding:
    """A condition before it is known since when it holds."""

    type: str
    status: Status
    reason: str
    message: str = ""


def findings(
    counts: Counts,
    problems: Iterable[str],
    coverage: CoverageStatus | None,
    objective: str,
    hold: Hold = NO_HOLD,
) -> tuple[Finding, ...]:
    """What the policy's conditions are, from its counts, the problems of its specification, and its coverage."""
    refused = "; ".join(problems)
    accepted = _found(table.INVALID, refused) if refused else _found(table.ACCEPTED)
    return (
        accepted,
        _ready(counts, accepted),
        _progressing(counts, hold),
        _degraded(counts, hold, coverage),
        _coverage_met(coverage, objective),
    )


def operator_error(error: str) -> Finding:
    """What is said of a policy on which the operator itself failed."""
    remedy = "its workloads stay as they are; report what the operator's log says"
    return _found(table.OPERATOR_ERROR, f"the operator failed by an error of its own ({error}): {remedy}")


def conditions(
    found: Iterable[Finding], before: Iterable[Mapping[str, Any]], *, generation: int, now: datetime
) -> tuple[Condition, ...]:
    """As written to the status: a condition keeps its time until its status changes."""
    known = {condition["type"]: condition for condition in before}
    stamp = rfc3339(now)
    return tuple(
        Condition(
            type=finding.type,
            status=finding.status,
            reason=finding.reason,
            message=finding.message,
            last_transition_time=_since(finding, known.get(finding.type), stamp),
            observed_generation=generation,
        )
        for finding in found
    )


def _found(why: ConditionReason, message: str = "", *, status: Status | None = None) -> Finding:
    """With the `status` that it has now, where the reason alone does not tell."""
    return Finding(why.type, status or why.statuses[0], why.reason, message)


def _since(finding: Finding, before: Mapping[str, Any] | None, now: str) -> str:
    if before and before.get("status") == finding.status:
        return str(before.get("lastTransitionTime") or now)
    return now


def _ready(counts: Counts, accepted: Finding) -> Finding:
    if accepted.status == "False":
        return _found(table.NOT_ACCEPTED, accepted.message)
    if counts.matched == 0:
        return _found(table.NOTHING_MATCHED, "spec.selector matches no workload")
    idle = _idle(counts)
    summary = f"{counts.healthy} of {counts.matched} workloads healthy"
    details = ", ".join(
        f"{number} {word}"
        for number, word in (
            (counts.waiting - idle, "waiting"),
            (idle, "without pods"),
            (counts.skipped, "skipped"),
            (counts.failed, "failed"),
            (counts.rolled_back, "put back"),
        )
        if number
    )
    message = f"{summary} ({details})" if details else summary
    if counts.healthy + idle and counts.healthy + idle + counts.skipped == counts.matched:
        return _found(table.ALL_HEALTHY, message)
    return _found(table.NOT_ALL_HEALTHY, message)


def _progressing(counts: Counts, hold: Hold) -> Finding:
    waiting = counts.waiting - _idle(counts)
    moving = counts.injected - counts.healthy - counts.failed - _idle(counts)
    if hold.unkept:
        return _found(table.HELD_BY_REVISION, f"nothing is injected until it is: {hold.unkept}")
    if hold.rolled_back:
        left = f"{hold.restoring} still to be put back; " if hold.restoring else ""
        message = f"{left}to bring it back: tracereach retry --policy"
        return _found(table.ROLLED_BACK, message, status="True" if hold.restoring else "False")
    if hold.paused:
        one, every = "tracereach resume, or spec.rollout.paused false", "set the chart's operator.paused to false"
        message = f"all policies are; to go on: {every}, by helm upgrade" if hold.all_paused else f"to go on: {one}"
        return _found(table.PAUSED, message)
    if hold.approval:
        return _found(table.AWAITS_APPROVAL, hold.approval, status="True" if moving > 0 else "False")
    if moving > 0 or waiting:
        return _found(table.ROLLING_OUT, f"{max(moving, 0)} in progress, {waiting} waiting")
    return _found(table.COMPLETE)


def _idle(counts: Counts) -> int:
    """Workloads without pods: there is nothing to wait for, and nothing that could be unhealthy."""
    return counts.by_reason.get(Reason.SCALED_TO_ZERO, 0)


def _degraded(counts: Counts, hold: Hold, coverage: CoverageStatus | None) -> Finding:
    number = counts.failed + counts.rolled_back
    if number:
        what = f"{number} workloads failed, {counts.rolled_back} of them put back; see status.failures"
        rest = "no other is begun" if hold.stopped else "the others go on"
        next_step = "mend the cause named there, then: tracereach retry WORKLOAD"
        why = table.TOO_MANY_FAILURES if hold.stopped else table.WORKLOADS_FAILED
        return _found(why, f"{what}; {rest}; {next_step}")
    if hold.unkept:
        return _found(table.REVISION_NOT_KEPT, f"the policy's ControllerRevision: {hold.unkept}")
    if coverage and coverage.unexported:
        names = listed(coverage.unexported, whole=len(coverage.unexported) < WORST)
        message = f"the backend does not take the spans of {names}: {UNREACHABLE_BACKEND.remedy}"
        return _found(table.BACKEND_UNREACHABLE, message)
    return _found(table.NO_FAILURES)


def _coverage_met(coverage: CoverageStatus | None, objective: str) -> Finding:
    if coverage is None or coverage.reach is None:
        unknown = _found(table.REACH_UNKNOWN, coverage.message if coverage else "not measured yet")
        return replace(unknown, reason=str(coverage.reason)) if coverage and coverage.reason else unknown
    met = float(coverage.reach) >= float(objective)
    message = f"reach is {coverage.reach}, the objective {objective}"
    return _found(table.OBJECTIVE_MET if met else table.BELOW_OBJECTIVE, message)
