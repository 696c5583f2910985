"""How many workloads go at once, and which of them first."""

import time
from dataclasses import replace
from typing import Any

from tests.unit.rollout.fleet import BEGUN, HEALTHY, NEW, NOW, OLD, ROLLING, ago, goal, memory, workload
from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import Reason, State
from tracereach.api.status import FailureStatus
from tracereach.api.workload import Replicas, WorkloadReference
from tracereach.rollout.pace import decide
from tracereach.rollout.subject import Goal, Subject
from tracereach.rollout.verdict import Action, Verdict

PUT_BACK = memory(State.ROLLED_BACK, Reason.CRASHED, latched=NEW).model_copy(
    update={"failure": FailureStatus(reason=Reason.CRASHED, revision=NEW, at=ago(600))}
)


def slots(count: int | str, **rollout: Any) -> Goal:
    return goal(rollout={"maxConcurrent": count, **rollout})


def new(name: str, wanted: Goal, *, size: int = 1) -> Subject:
    return Subject(workload(name, Replicas(size, size, size, size, size)), wanted)


def rolling(name: str, wanted: Goal) -> Subject:
    return Subject(workload(name, ROLLING), wanted, recorded=NEW, memory=BEGUN)


def failed(name: str, wanted: Goal) -> Subject:
    return Subject(workload(name), wanted, memory=PUT_BACK)


def going(verdicts: dict[WorkloadReference, Verdict]) -> set[str]:
    return {reference.name for reference, verdict in verdicts.items() if verdict.action is Action.INJECT}


def waiting(verdicts: dict[WorkloadReference, Verdict]) -> dict[str, Reason]:
    return {name.name: verdict.reason for name, verdict in verdicts.items() if verdict.state is State.WAITING}


def test_as_many_go_as_there_are_slots_and_the_others_wait_in_the_queue() -> None:
    verdicts = decide([new(name, slots(2)) for name in "abcd"], NOW)
    assert going(verdicts) == {"a", "b"}
    assert waiting(verdicts) == {"c": Reason.IN_QUEUE, "d": Reason.IN_QUEUE}


def test_a_percentage_counts_all_that_the_policy_matches_whatever_their_state() -> None:
    done = [Subject(workload(f"done-{n}"), slots("20%"), recorded=NEW) for n in range(6)]
    verdicts = decide([*done, *(new(name, slots("20%")) for name in "abcd")], NOW)
    assert going(verdicts) == {"a", "b"}


def test_those_in_progress_take_their_slots() -> None:
    verdicts = decide([rolling("r", slots(2)), *(new(name, slots(2)) for name in "abc")], NOW)
    assert going(verdicts) == {"a"}


def test_with_more_in_progress_than_slots_nobody_goes() -> None:
    verdicts = decide([*(rolling(name, slots(1)) for name in "rst"), new("a", slots(1))], NOW)
    assert going(verdicts) == set()


def test_the_smallest_go_first_and_of_equal_ones_by_name() -> None:
    sizes = {"a": 5, "b": 1, "c": 3, "d": 1}
    verdicts = decide([new(name, slots(3), size=size) for name, size in sizes.items()], NOW)
    assert going(verdicts) == {"b", "d", "c"}


def test_too_many_failures_stop_the_rollout() -> None:
    wanted = slots("100%", maxFailures=1)
    verdicts = decide([failed("x", wanted), failed("y", wanted), new("a", wanted)], NOW)
    assert waiting(verdicts) == {"a": Reason.TOO_MANY_FAILURES}
    assert verdicts[workload("a").reference].message == "2 workloads failed, more than spec.rollout.maxFailures"


def test_as_many_failures_as_allowed_do_not() -> None:
    wanted = slots("100%", maxFailures=1)
    assert going(decide([failed("x", wanted), new("a", wanted)], NOW)) == {"a"}


def test_a_failure_holds_no_slot() -> None:
    assert going(decide([failed("x", slots(1)), new("a", slots(1))], NOW)) == {"a"}


def test_a_workload_for_which_no_pods_are_made_holds_no_slot() -> None:
    refused = workload("refused", ROLLING, refusal="exceeded quota: small")
    held = Subject(refused, slots(1), recorded=NEW, memory=BEGUN)
    assert going(decide([held, new("a", slots(1))], NOW)) == {"a"}


def test_a_paused_workload_in_the_middle_of_its_rollout_holds_no_slot() -> None:
    held = Subject(workload("held", ROLLING, paused=True), slots(1), recorded=NEW, memory=BEGUN)
    assert going(decide([held, new("a", slots(1))], NOW)) == {"a"}


def test_restoring_does_not_wait_for_failures_to_be_mended() -> None:
    wanted = slots(1, maxFailures=0)
    leaving = Subject(workload("leaving"), None, recorded=OLD)
    verdicts = decide([failed("x", wanted), failed("y", wanted), leaving], NOW)
    assert verdicts[leaving.workload.reference].action is Action.RESTORE


def test_each_policy_has_slots_and_failures_of_its_own() -> None:
    other = PolicyReference("ClusterTracingPolicy", "", "everybody")
    stopped = slots(1, maxFailures=0)
    theirs = Goal(other, NEW, rollout=stopped.rollout)
    verdicts = decide([failed("x", stopped), new("a", stopped), new("b", theirs), new("c", theirs)], NOW)
    assert waiting(verdicts) == {"a": Reason.TOO_MANY_FAILURES, "c": Reason.IN_QUEUE}
    assert going(verdicts) == {"b"}


def test_everybody_gets_a_verdict_and_only_one() -> None:
    subjects = [new("a", slots(1)), rolling("r", slots(1)), Subject(workload("gone"), None)]
    assert decide(subjects, NOW).keys() == {subject.workload.reference for subject in subjects}


def test_five_thousand_workloads_are_decided_upon_in_a_moment() -> None:
    wanted = slots("10%")
    subjects = [Subject(workload(f"w{number}", HEALTHY), wanted) for number in range(5000)]
    begun = time.process_time()
    verdicts = decide(subjects, NOW)
    assert time.process_time() - begun < 2
    assert len(going(verdicts)) == 500


def test_a_newer_revision_takes_the_slots_that_the_older_one_holds() -> None:
    begun = memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=OLD, attempted_at=ago(10))
    half_way = [
        Subject(workload(f"begun-{n}", ROLLING), goal(rollout={"maxConcurrent": 2}), recorded=OLD, memory=begun)
        for n in range(2)
    ]
    waiting = [Subject(workload(f"next-{n}"), goal(rollout={"maxConcurrent": 2})) for n in range(3)]
    verdicts = decide([*waiting, *half_way], NOW)
    begun_now = {reference.name for reference, verdict in verdicts.items() if verdict.action is Action.INJECT}
    assert begun_now == {"begun-0", "begun-1"}


def test_writes_that_were_refused_wait_for_a_slot_like_all_others() -> None:
    refused = memory(State.FAILED, Reason.WRITE_REFUSED, revision=OLD, attempted_at=ago(61))
    wanted = slots(1, maxFailures=9)
    fleet = [Subject(workload(name), wanted, recorded=OLD, memory=refused) for name in "abc"]
    assert going(decide(fleet, NOW)) == {"a"}
    useless = replace(wanted, obstacle=(Reason.AGENT_UNAVAILABLE, "no image"))
    fleet = [replace(one, goal=useless) for one in fleet]
    assert [verdict.action for verdict in decide(fleet, NOW).values()].count(Action.RESTORE) == 1


def test_a_write_that_was_refused_stops_others_also_while_it_is_tried_again() -> None:
    refused = memory(State.FAILED, Reason.WRITE_REFUSED, attempted_at=ago(61))
    wanted = goal(rollout={"maxFailures": 0})
    again = [Subject(workload(name), wanted, memory=refused) for name in "ab"]
    found = decide([*again, Subject(workload("c"), wanted)], NOW)
    assert {reference.name: verdict.action for reference, verdict in found.items()} == {
        "a": Action.INJECT,
        "b": Action.INJECT,
        "c": Action.NONE,
    }
    assert found[workload("c").reference].reason is Reason.TOO_MANY_FAILURES
    broken = Subject(workload("d"), wanted, damage="no JSON")
    found = decide([*again, broken], NOW)
    assert found[workload("a").reference].reason is Reason.TOO_MANY_FAILURES


def test_what_an_injection_broke_is_mended_by_the_next_revision_and_still_counts_as_failed() -> None:
    late = memory(State.FAILED, Reason.DEADLINE_EXCEEDED, revision=OLD, attempted_at=ago(9000))
    pace = {"maxConcurrent": 9, "maxFailures": 1}
    broken = [
        Subject(workload(f"broken-{n}", ROLLING), goal(rollout=pace), recorded=OLD, memory=late) for n in range(2)
    ]
    verdicts = decide([Subject(workload("next"), goal(rollout=pace)), *broken], NOW)
    by_name = {reference.name: (verdict.action, verdict.reason) for reference, verdict in verdicts.items()}
    assert by_name == {
        "broken-0": (Action.INJECT, Reason.ROLLING_OUT),
        "broken-1": (Action.INJECT, Reason.ROLLING_OUT),
        "next": (Action.NONE, Reason.TOO_MANY_FAILURES),
    }
