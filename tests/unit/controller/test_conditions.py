"""Conditions: what they say, and since when."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tracereach.api import conditions as table
from tracereach.api.causes import Blindness
from tracereach.api.conditions import CONDITIONS, ConditionReason
from tracereach.api.status import WORST, Count, Counts, CoverageStatus
from tracereach.controller.conditions import Finding, Hold, conditions, findings

NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
BEFORE = "2026-01-01T00:00:00Z"
READY = Finding("Ready", "True", "AllHealthy", "3 of 3 workloads healthy")


def coverage(reach: str | None, message: str = "") -> CoverageStatus:
    unknown = Count(count=0, total=0)
    return CoverageStatus(configured=unknown, rolled_out=unknown, observed=unknown, reach=reach, message=message)


def found(
    counts: Counts,
    problems: tuple[str, ...] = (),
    measured: CoverageStatus | None = None,
    *,
    paused: bool = False,
) -> dict[str, Finding]:
    every = findings(counts, problems, measured, "0.95", Hold(paused=paused))
    assert [one.type for one in every] == ["Accepted", "Ready", "Progressing", "Degraded", "CoverageMet"]
    return {one.type: one for one in every}


def as_known(finding: Finding) -> dict[str, Any]:
    """The finding as it stands in the status since `BEFORE`."""
    (known,) = conditions([finding], [], generation=1, now=NOW)
    return known.model_dump(by_alias=True) | {"lastTransitionTime": BEFORE}


@pytest.mark.parametrize(
    ("now", "since"),
    [
        (READY, BEFORE),
        (replace(READY, reason="StillHealthy", message="other words"), BEFORE),
        (replace(READY, status="False"), "2026-01-02T12:00:00Z"),
        (replace(READY, status="Unknown"), "2026-01-02T12:00:00Z"),
    ],
)
def test_a_condition_keeps_its_time_until_its_status_flips(now: Finding, since: str) -> None:
    (condition,) = conditions([now], [as_known(READY)], generation=7, now=NOW)
    assert (condition.status, condition.reason, condition.message) == (now.status, now.reason, now.message)
    assert (condition.last_transition_time, condition.observed_generation) == (since, 7)


def test_a_new_condition_holds_since_now() -> None:
    (condition,) = conditions([READY], [as_known(replace(READY, type="Degraded"))], generation=1, now=NOW)
    assert condition.last_transition_time == "2026-01-02T12:00:00Z"


def test_a_message_is_cut_to_what_a_condition_holds() -> None:
    (condition,) = conditions([replace(READY, message="x" * 5000)], [], generation=1, now=NOW)
    assert len(condition.message) == 1024


ALL_HEALTHY = Counts(matched=3, injected=3, healthy=3)


@pytest.mark.parametrize(
    ("counts", "status", "reason", "message"),
    [
        (Counts(), "False", "NothingMatched", "spec.selector matches no workload"),
        (ALL_HEALTHY, "True", "AllHealthy", "3 of 3 workloads healthy"),
        (
            Counts(matched=3, injected=2, healthy=2, skipped=1),
            "True",
            "AllHealthy",
            "2 of 3 workloads healthy (1 skipped)",
        ),
        (
            Counts(matched=9, injected=3, healthy=2, waiting=4, skipped=2, failed=1),
            "False",
            "NotAllHealthy",
            "2 of 9 workloads healthy (4 waiting, 2 skipped, 1 failed)",
        ),
        (Counts(matched=2, skipped=2), "False", "NotAllHealthy", "0 of 2 workloads healthy (2 skipped)"),
    ],
)
def test_ready(counts: Counts, status: str, reason: str, message: str) -> None:
    ready = found(counts)["Ready"]
    assert (ready.status, ready.reason, ready.message) == (status, reason, message)


@pytest.mark.parametrize(
    ("counts", "paused", "status", "reason"),
    [
        (ALL_HEALTHY, False, "False", "Complete"),
        (Counts(matched=3, injected=3, healthy=2), False, "True", "RollingOut"),
        (Counts(matched=3, injected=2, healthy=2, waiting=1), False, "True", "RollingOut"),
        (Counts(matched=3, injected=2, healthy=2, waiting=1), True, "False", "Paused"),
        (Counts(matched=3, injected=3, healthy=2, failed=1), False, "False", "Complete"),
    ],
)
def test_progressing(counts: Counts, status: str, reason: str, *, paused: bool) -> None:
    progressing = found(counts, paused=paused)["Progressing"]
    assert (progressing.status, progressing.reason) == (status, reason)


def test_a_policy_that_is_rolled_back_says_how_far_that_is_and_how_to_undo_it() -> None:
    for restoring, status, message in (
        (2, "True", "2 still to be put back; to bring it back: tracereach retry --policy"),
        (0, "False", "to bring it back: tracereach retry --policy"),
    ):
        hold = Hold(rolled_back=True, restoring=restoring, paused=True)
        every = {one.type: one for one in findings(Counts(matched=3, skipped=1), (), None, "0.95", hold)}
        assert every["Progressing"] == Finding("Progressing", status, "RolledBack", message)
        assert every["Degraded"].status == "False"


def test_degraded_while_something_has_failed() -> None:
    assert found(ALL_HEALTHY)["Degraded"].status == "False"
    degraded = found(Counts(matched=3, healthy=1, failed=1, rolled_back=1))["Degraded"]
    assert (degraded.status, degraded.reason) == ("True", "WorkloadsFailed")
    assert degraded.message == (
        "2 workloads failed, 1 of them put back; see status.failures; the others go on;"
        " mend the cause named there, then: tracereach retry WORKLOAD"
    )


def test_too_many_failures_are_said_to_stop_the_policy() -> None:
    every = findings(Counts(matched=9, rolled_back=3), (), None, "0.95", Hold(stopped=True))
    degraded = next(one for one in every if one.type == "Degraded")
    assert (degraded.status, degraded.reason) == ("True", "TooManyFailures")
    assert "no other is begun" in degraded.message


def test_a_revision_that_cannot_be_kept_stops_the_rollout_and_says_so() -> None:
    counts = Counts(matched=3, waiting=3)
    every = {one.type: one for one in findings(counts, (), None, "0.95", Hold(unkept="exceeded quota"))}
    for kind, status in (("Progressing", "False"), ("Degraded", "True")):
        assert (every[kind].status, every[kind].reason) == (status, "RevisionNotKept")
        assert "exceeded quota" in every[kind].message


def test_a_refused_specification_is_neither_accepted_nor_ready() -> None:
    refused = found(ALL_HEALTHY, ("spec.mode: no", "spec.agents: no"))
    assert refused["Accepted"] == Finding("Accepted", "False", "Invalid", "spec.mode: no; spec.agents: no")
    assert refused["Ready"] == Finding("Ready", "False", "NotAccepted", "spec.mode: no; spec.agents: no")


@pytest.mark.parametrize(
    ("measured", "status", "reason", "message"),
    [
        (None, "Unknown", "ReachUnknown", "not measured yet"),
        (coverage(None, "no spans"), "Unknown", "ReachUnknown", "no spans"),
        (coverage("0.95"), "True", "ObjectiveMet", "reach is 0.95, the objective 0.95"),
        (coverage("0.949"), "False", "BelowObjective", "reach is 0.949, the objective 0.95"),
        (coverage("0"), "False", "BelowObjective", "reach is 0, the objective 0.95"),
    ],
)
def test_coverage_is_met_missed_or_unknown(
    measured: CoverageStatus | None, status: str, reason: str, message: str
) -> None:
    met = found(ALL_HEALTHY, measured=measured)["CoverageMet"]
    assert (met.status, met.reason, met.message) == (status, reason, message)


def test_a_backend_that_takes_no_spans_degrades_a_policy_whose_workloads_are_all_well() -> None:
    measured = coverage("1").model_copy(update={"unexported": ("shop/Deployment/orders",)})
    degraded = found(Counts(matched=1, healthy=1), measured=measured)["Degraded"]
    assert (degraded.status, degraded.reason) == ("True", "BackendUnreachable")
    assert "shop/Deployment/orders" in degraded.message
    assert "spec.export.endpoint" in degraded.message


@pytest.mark.parametrize(("number", "rest"), [(5, ":"), (7, " and 2 more:"), (WORST, " and others:")])
def test_a_condition_names_the_first_few_and_that_there_are_more(number: int, rest: str) -> None:
    measured = coverage("1").model_copy(update={"unexported": tuple(f"shop/Deployment/{one}" for one in range(number))})
    message = found(Counts(matched=1, healthy=1), measured=measured)["Degraded"].message
    assert f"shop/Deployment/3, shop/Deployment/4{rest}" in message


def test_why_reach_is_unknown_is_the_reason() -> None:
    measured = coverage(None, "no answer").model_copy(update={"reason": Blindness.GATEWAY_UNREACHABLE})
    met = found(Counts(), measured=measured)["CoverageMet"]
    assert (met.status, met.reason, met.message) == ("Unknown", "GatewayUnreachable", "no answer")


def test_the_table_has_each_reason_of_a_condition_once() -> None:
    named = [one for one in vars(table).values() if isinstance(one, ConditionReason)]
    assert list(CONDITIONS) == named
    assert len({(one.type, one.reason) for one in named}) == len(named)
