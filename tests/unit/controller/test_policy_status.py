"""The status of a policy: its counts, its lists and its revision."""

from typing import Any

import pytest

from tests.unit.controller.shop import SHOP, policies, policy_body
from tests.unit.rollout.fleet import AT_ONCE, NOW, goal, memory, workload
from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import Reason, State
from tracereach.api.status import WORST, PolicyStatus, RolloutStatus
from tracereach.controller.policy_status import by_policy, policy_status
from tracereach.controller.snapshot import Policies
from tracereach.controller.subjects import Case
from tracereach.rollout.pace import decide, rollouts
from tracereach.rollout.subject import Goal, Subject
from tracereach.rollout.verdict import Action, Verdict

ACCEPTED = policies(policy_body())
REVISION = ACCEPTED.revisions[SHOP].name
OTHER = PolicyReference("TracingPolicy", "shop", "other")
Row = tuple[Case, Verdict]


def row(
    name: str,
    action: Action,
    state: State | None,
    reason: Reason,
    *,
    recorded: str = "",
    wanted: Goal | None = None,
    message: str = "",
) -> Row:
    subject = Subject(workload(name), wanted or goal(REVISION), recorded=recorded)
    return Case(subject), Verdict(action, state, reason, message)


def passed_over(name: str, reason: Reason) -> Row:
    case = Case(Subject(workload(name), None), passed_over=((SHOP, reason, "why"),))
    return case, Verdict(Action.NONE, None, Reason.NO_LONGER_SELECTED)


def status(*rows: Row, seen: Policies = ACCEPTED, reference: PolicyReference = SHOP) -> PolicyStatus:
    verdicts = {case.subject.workload.reference: verdict for case, verdict in rows}
    return policy_status(reference, seen, by_policy(case for case, _ in rows)[reference], verdicts, None, NOW)


ROWS = (
    row("healthy", Action.NONE, State.HEALTHY, Reason.INJECTED, recorded=REVISION),
    row("rolling", Action.NONE, State.PROGRESSING, Reason.ROLLING_OUT, recorded=REVISION),
    row("begun", Action.INJECT, State.PROGRESSING, Reason.ROLLING_OUT),
    row("outdated", Action.NONE, State.WAITING, Reason.IN_QUEUE, recorded="older"),
    row("queued", Action.NONE, State.WAITING, Reason.IN_QUEUE),
    row("skipped", Action.NONE, State.SKIPPED, Reason.OTHER_AGENT, message="Datadog"),
    row("undone", Action.NONE, State.LATCHED, Reason.UNDONE_BY_USER),
    row("failed", Action.NONE, State.FAILED, Reason.DEADLINE_EXCEEDED, recorded=REVISION),
    passed_over("opted-out", Reason.OPTED_OUT),
    passed_over("lost", Reason.OTHER_POLICY),
    row("foreign", Action.NONE, State.HEALTHY, Reason.INJECTED, recorded="x", wanted=Goal(OTHER, "x")),
)
IDLE = row("idle", Action.NONE, State.WAITING, Reason.SCALED_TO_ZERO, recorded=REVISION)
MISSED = row("missed", Action.NONE, State.HEALTHY, Reason.MERGE_MISSED, recorded=REVISION)


def test_everybody_the_policy_selects_is_counted_once() -> None:
    counts = status(*ROWS).workloads
    assert counts.model_dump() == {
        "matched": 10,
        "injected": 4,
        "healthy": 1,
        "waiting": 2,
        "skipped": 4,
        "failed": 1,
        "rolled_back": 0,
        "by_reason": {
            "DeadlineExceeded": 1,
            "InQueue": 2,
            "Injected": 1,
            "OptedOut": 1,
            "OtherAgent": 1,
            "OtherPolicy": 1,
            "RollingOut": 2,
            "UndoneByUser": 1,
        },
    }
    assert sum(counts.by_reason.values()) == counts.matched


def test_who_is_left_alone_or_failed_is_listed_by_name_with_the_reason() -> None:
    found = status(*ROWS)
    assert [(one.workload.rsplit("/", 1)[1], str(one.reason), one.message) for one in found.skipped] == [
        ("lost", "OtherPolicy", "why"),
        ("opted-out", "OptedOut", "why"),
        ("skipped", "OtherAgent", "Datadog"),
        ("undone", "UndoneByUser", ""),
    ]
    assert [(one.workload, str(one.reason)) for one in found.failures] == [
        ("shop/Deployment/failed", "DeadlineExceeded")
    ]


def test_lists_are_bounded_and_counts_are_not() -> None:
    found = status(*(row(f"w{n:03}", Action.NONE, State.SKIPPED, Reason.OTHER_AGENT) for n in range(WORST + 5)))
    assert [one.workload for one in found.skipped] == [f"shop/Deployment/w{n:03}" for n in range(WORST)]
    assert found.workloads.skipped == WORST + 5


def test_a_policy_that_loses_everywhere_says_so() -> None:
    found = status(passed_over("a", Reason.OTHER_POLICY), passed_over("b", Reason.OPTED_OUT))
    assert (found.workloads.matched, found.workloads.skipped, found.workloads.healthy) == (2, 2, 0)
    ready = next(condition for condition in found.conditions if condition.type == "Ready")
    assert ready.message == "0 of 2 workloads healthy (2 skipped)"


def test_revision_and_generation_are_those_that_were_looked_at() -> None:
    found = status(*ROWS)
    assert (found.revision, found.observed_generation) == (REVISION, 3)
    assert {condition.observed_generation for condition in found.conditions} == {3}


def test_a_refused_policy_keeps_its_revision_and_names_every_problem() -> None:
    refused: dict[str, Any] = policy_body(mode="Maybe", agents=["ruby"]) | {"status": {"revision": "the-last-good"}}
    seen = policies(refused)
    assert seen.refused.keys() == {SHOP}
    found = status(seen=seen)
    assert found.revision == "the-last-good"
    accepted = next(condition for condition in found.conditions if condition.type == "Accepted")
    assert (accepted.status, accepted.reason) == ("False", "Invalid")
    assert "spec.mode: " in accepted.message
    assert "spec.agents[0]: " in accepted.message


def test_warnings_are_shown() -> None:
    seen = policies(policy_body(export={"endpoint": "http://otel:4318"}))
    assert status(seen=seen).warnings == (
        "spec.export.endpoint: port 4318 does not usually speak grpc; that is port 4317",
    )


def test_a_policy_that_is_being_deleted_is_neither_accepted_nor_refused() -> None:
    seen = policies(policy_body(metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"}), policy_body("other"))
    assert (seen.leaving, set(seen.accepted), set(seen.refused)) == (frozenset({SHOP}), {OTHER}, set())


def test_workloads_without_pods_keep_a_policy_neither_unready_nor_in_progress() -> None:
    found = status(ROWS[0], IDLE)
    assert (found.workloads.injected, found.workloads.healthy, found.workloads.waiting) == (2, 1, 1)
    conditions = {condition.type: condition for condition in found.conditions}
    assert (conditions["Ready"].status, conditions["Ready"].message) == (
        "True",
        "1 of 2 workloads healthy (1 without pods)",
    )
    assert conditions["Progressing"].reason == "Complete"


def test_pods_that_missed_their_merge_are_counted() -> None:
    assert status(ROWS[0], MISSED).workloads.by_reason == {"Injected": 1, "MergeMissed": 1}


@pytest.mark.parametrize(
    ("verdict", "recorded", "warned"),
    [
        (Verdict(Action.NONE, State.WAITING, Reason.IN_QUEUE), "", True),
        (Verdict(Action.NONE, State.WAITING, Reason.DRY_RUN), "", True),
        (Verdict(Action.INJECT, State.PROGRESSING, Reason.ROLLING_OUT), "older", True),
        (Verdict(Action.NONE, State.SKIPPED, Reason.OTHER_AGENT), "", False),
        (Verdict(Action.NONE, State.HEALTHY, Reason.INJECTED), REVISION, False),
    ],
)
def test_a_downtime_that_is_to_come_is_a_warning(verdict: Verdict, recorded: str, *, warned: bool) -> None:
    one = workload("till", downtime="it has one replica")
    found = status((Case(Subject(one, goal(REVISION), recorded=recorded)), verdict))
    text = "shop/Deployment/till will have moments without any pod: it has one replica"
    assert found.warnings == ((text,) if warned else ())


def decided(*subjects: Subject, reported: dict[str, Any] | None = None) -> RolloutStatus:
    """What is reported of the rollout of `subjects`, after `reported`."""
    verdicts = decide(subjects, NOW)
    shares = by_policy(map(Case, subjects), rollouts(subjects, verdicts, NOW))
    seen = policies(policy_body() | ({"status": {"rollout": reported}} if reported else {}))
    found = policy_status(SHOP, seen, shares[SHOP], verdicts, None, NOW).rollout
    assert found is not None
    return found


def gone(name: str) -> Subject:
    known = memory(State.HEALTHY, Reason.INJECTED, revision=REVISION)
    return Subject(workload(name), goal(REVISION, rollout=AT_ONCE), recorded=REVISION, memory=known)


def test_canaries_are_under_way_for_as_long_as_somebody_waits_for_them() -> None:
    canary, other = (Subject(workload(name), goal(REVISION, rollout={"canary": 1})) for name in ("a", "b"))
    begun = memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=REVISION, attempted_at=NOW.isoformat())
    under_way = Subject(canary.workload, canary.goal, recorded=REVISION, memory=begun)
    for fleet in ((canary, other), (under_way, other)):
        found = decided(*fleet)
        assert (found.canary, found.waiting) == (True, {"AwaitsCanary": 1})


def test_a_rollout_that_is_complete_stays_so_until_another_workload_is_to_go() -> None:
    before = {"wave": 1, "waves": 1, "begun": 1, "total": 1, "inProgress": 0, "completedAt": "2026-01-01T00:00:00Z"}
    assert decided(gone("a")).completed_at == "2026-01-02T12:00:00.000Z"
    assert decided(gone("a"), reported=before).completed_at == "2026-01-01T00:00:00Z"
    assert decided(gone("a"), Subject(workload("b"), goal(REVISION)), reported=before).completed_at is None


def test_what_awaits_approval_is_a_condition_that_says_how_to_give_it() -> None:
    subjects = [Subject(workload(name), goal(REVISION, rollout={"maxNewTargets": 1})) for name in "ab"]
    verdicts = decide(subjects, NOW)
    share = by_policy(map(Case, subjects))[SHOP]
    conditions = {one.type: one for one in policy_status(SHOP, ACCEPTED, share, verdicts, None, NOW).conditions}
    progressing = conditions["Progressing"]
    assert (progressing.status, progressing.reason) == ("False", "AwaitsApproval")
    assert progressing.message.endswith("tracereach.dev/approved-targets=2")
