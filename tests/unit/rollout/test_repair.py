"""Which pods are made anew after the webhook was away, and how seldom anything is tried while it still is."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.rollout.fleet import NEW, NOW, OLD, ROLLING, ago, goal, memory, workload
from tests.unit.rollout.outage import before, missing, outage, pod
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Replicas
from tracereach.rollout.pace import decide
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdict


def repairing(seconds: float, **fields: Any) -> TracedWorkloadStatus:
    """The same, as one of its pods was evicted some seconds ago."""
    evicted = {"state": State.PROGRESSING, "attempted_at": ago(seconds), "evicted_after": ago(seconds + 60)}
    return missing(**evicted | fields)


def affected(name: str = "orders", *ages: float, size: int = 3, **fields: Any) -> Subject:
    """A workload with pods of these ages that missed."""
    pods = tuple(pod(f"{name}-{index}", age, of=name) for index, age in enumerate(ages))
    ready = workload(name, Replicas(size, size, size, size, size))
    known: dict[str, Any] = {"workload": ready, "goal": goal(), "recorded": NEW, "memory": missing(), "missed": pods}
    return Subject(**known | fields)


def evicted(*subjects: Subject, webhook: bool = True) -> list[str]:
    """The names of the pods that go."""
    verdicts = decide(subjects, NOW, webhook=webhook).values()
    return sorted(verdict.eviction.pod.name for verdict in verdicts if verdict.eviction)


def only(subject: Subject) -> Verdict:
    return decide([subject], NOW, webhook=True)[subject.workload.reference]


def test_a_workload_with_pods_that_missed_says_how_many() -> None:
    found = decide([affected("orders", 5, 6)], NOW)[workload().reference]
    assert (found.action, found.state, found.reason) == (Action.NONE, State.HEALTHY, Reason.MERGE_MISSED)
    assert found.message == "2 of 3 pods"


def test_a_pod_that_goes_already_does_not_count() -> None:
    found = only(affected(missed=(pod("a", 60, terminating=True),)))
    assert (found.action, found.reason) == (Action.NONE, Reason.INJECTED)


def test_after_a_while_the_oldest_one_is_evicted() -> None:
    found = only(affected("orders", 30, 60, 40))
    assert (found.action, found.state, found.reason) == (Action.EVICT, State.PROGRESSING, Reason.MERGE_MISSED)
    assert found.eviction is not None
    assert (found.eviction.pod.name, found.eviction.newest_miss) == ("orders-1", before(30))
    assert found.message == "Pod orders-1 is made anew."


def test_its_owner_is_told_of_the_downtime() -> None:
    alone = affected("orders", 30, size=1)
    stateful = replace(alone, workload=replace(alone.workload, downtime="it has one replica"))
    assert "Expect moments without any pod: it has one replica." in only(stateful).message


def test_without_a_webhook_nothing_is_evicted() -> None:
    assert evicted(affected("orders", 60), webhook=False) == []


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(affected("orders", 60, goal=goal(rollout={"paused": True})), id="paused policy"),
        pytest.param(affected("orders", 60, goal=goal(dry_run=True)), id="dry run"),
        pytest.param(affected("orders", 60, goal=goal(held=True)), id="refused policy"),
        pytest.param(affected("orders", 60, goal=None), id="no policy"),
        pytest.param(affected("orders", 60, recorded=OLD), id="another revision is due"),
        pytest.param(affected("orders", 60, workload=workload(paused=True)), id="paused workload"),
        pytest.param(affected("orders", 60, workload=workload(on_delete=True)), id="on delete"),
        pytest.param(affected("orders", 60, workload=workload(replicas=ROLLING)), id="not rolled out"),
        pytest.param(affected("orders", 9), id="the newest pod missed a moment ago"),
    ],
)
def test_nothing_is_evicted_here(subject: Subject) -> None:
    assert evicted(subject) == []


def test_only_one_pod_in_the_cluster_is_tried_and_the_largest_workload_feels_it_least() -> None:
    assert evicted(affected("a", 60), affected("b", 60, size=9), affected("c", 60)) == ["b-0"]


@pytest.mark.parametrize("seconds", [0, 5, 9])
def test_a_status_that_does_not_show_the_eviction_yet_is_not_believed(seconds: float) -> None:
    subject = affected("orders", 60, memory=repairing(seconds))
    found = only(subject)
    assert (found.action, found.state, found.reason) == (Action.NONE, State.PROGRESSING, Reason.MERGE_MISSED)
    assert evicted(subject, affected("b", 60)) == []


def test_while_the_try_is_replaced_nobody_else_is_tried() -> None:
    subject = affected("orders", 100, workload=workload(replicas=ROLLING), memory=repairing(50))
    assert evicted(subject, affected("b", 100)) == []
    assert only(subject).state is State.PROGRESSING


def test_a_replacement_that_never_becomes_ready_is_a_failure() -> None:
    subject = affected(workload=workload(replicas=ROLLING), memory=repairing(601))
    found = only(subject)
    assert (found.state, found.reason) == (State.ROLLING_BACK, Reason.DEADLINE_EXCEEDED)


WORKED_OUT = Subject(
    workload("tried"), goal(), recorded=NEW, memory=memory(State.HEALTHY, Reason.INJECTED, revision=NEW)
)


def worked_out(age: float) -> Subject:
    """A workload whose pod was evicted when the newest pod that missed was of this age, with success."""
    assert WORKED_OUT.memory is not None
    return replace(WORKED_OUT, memory=WORKED_OUT.memory.model_copy(update={"evicted_after": ago(age)}))


def test_once_a_try_has_worked_out_all_others_follow_one_pod_each() -> None:
    assert evicted(worked_out(20), affected("a", 20, 30), affected("b", 30), affected("c", 40)) == ["a-1", "b-0", "c-0"]


def test_they_follow_within_the_slots_of_their_policy() -> None:
    two = goal(rollout={"maxConcurrent": 2})
    others = [affected(name, 60, goal=two) for name in "abc"]
    assert evicted(replace(worked_out(60), goal=two), *others) == ["a-0", "b-0"]
    moving = Subject(
        workload("moving", ROLLING),
        two,
        recorded=NEW,
        memory=memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=NEW, attempted_at=ago(5)),
    )
    assert evicted(replace(worked_out(60), goal=two), *others, moving) == ["a-0"]


def test_too_many_failures_stop_it() -> None:
    strict = goal(rollout={"maxFailures": 0})
    failed = Subject(
        workload("failed", ROLLING),
        strict,
        recorded=NEW,
        memory=memory(State.FAILED, Reason.DEADLINE_EXCEEDED, revision=NEW, attempted_at=ago(9000)),
    )
    assert evicted(failed, affected("a", 60, goal=strict), replace(worked_out(60), goal=strict)) == []


def test_a_newer_miss_means_that_it_is_away_again() -> None:
    assert evicted(worked_out(60), affected("a", 30), affected("b", 40)) == ["a-0"]


def test_a_try_that_failed_is_no_proof() -> None:
    tried = replace(worked_out(60), memory=missing(state=State.FAILED, evicted_after=ago(60)))
    assert len(evicted(tried, affected("a", 60), affected("b", 60))) == 1


@pytest.mark.parametrize(
    ("lasted", "since_last_miss", "tried"),
    [
        (0, 11, True),
        (40, 39, False),
        (40, 41, True),
        (3600, 599, False),
        (3600, 601, True),
    ],
)
def test_the_wait_grows_with_the_time_that_it_has_lasted_up_to_ten_minutes(
    lasted: float, since_last_miss: float, *, tried: bool
) -> None:
    long = affected("a", since_last_miss, memory=missing(missed_since=ago(since_last_miss + lasted)))
    assert bool(evicted(long)) is tried


def test_a_workload_whose_own_try_failed_waits_longer_than_the_others() -> None:
    hopeless = missing(missed_since=ago(9000), evicted_after=ago(5000))
    assert evicted(affected("a", 1000, memory=hopeless)) == []
    assert evicted(affected("a", 1000, memory=hopeless), affected("b", 1000)) == ["b-0"]


def test_who_was_tried_last_is_last() -> None:
    first, second = (
        affected(name, 700, memory=missing(missed_since=ago(710), evicted_after=ago(age)))
        for name, age in (("a", 701), ("b", 705))
    )
    assert evicted(first, second) == ["b-0"]


def test_a_refused_eviction_is_repeated_after_a_minute() -> None:
    refused = {"state": State.WAITING, "message": "Pod orders-0 stays"}
    lately = only(affected("orders", 60, memory=missing(attempted_at=ago(59), **refused)))
    assert (lately.action, lately.state, lately.message) == (Action.NONE, State.WAITING, "Pod orders-0 stays")
    assert evicted(affected("orders", 60, memory=missing(attempted_at=ago(61), **refused))) == ["orders-0"]


def test_a_refused_eviction_keeps_nobody_else_from_being_tried() -> None:
    refused = missing(attempted_at=ago(5), state=State.WAITING)
    assert evicted(affected("a", 60, memory=refused), affected("b", 60)) == ["b-0"]


@pytest.mark.parametrize(("workloads", "size"), [(1, 1), (1, 5), (20, 3)])
def test_a_webhook_that_is_away_for_two_hours_costs_few_pods(workloads: int, size: int) -> None:
    found = outage(7200, workloads=workloads, size=size)
    assert 0 < found.evictions_during <= 20
    assert found.seconds_after <= 7200


def test_many_workloads_are_repaired_soon_after_it_is_back() -> None:
    assert outage(7200, workloads=20, size=3).seconds_after <= 1200
