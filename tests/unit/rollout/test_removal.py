"""What is taken out goes at the pace at which it was put in, callers first; a rollback waits for nobody."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.rollout.fleet import HEALTHY, NEW, NOW, OLD, ROLLING, SHOP, ago, goal, memory, workload
from tests.unit.rollout.trials import failure, rolling_back
from tracereach.api.acceptance import PolicyReference
from tracereach.api.policy import Rollout
from tracereach.api.reasons import Reason, State
from tracereach.api.workload import Replicas
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.budget import Limits
from tracereach.rollout.pace import decide
from tracereach.rollout.subject import Parting, Subject
from tracereach.rollout.verdict import Action, Verdict

ANNOUNCED = memory(State.RESTORING, Reason.POLICY_DELETED)
PUT_BACK = ANNOUNCED.model_copy(update={"attempted_at": ago(10)})
WAITS = "what was injected stays until a slot is free"


def parting(slots: int | str = 1, **fields: Any) -> Parting:
    return Parting(SHOP, Rollout.model_validate({"maxConcurrent": slots}), **fields)


def leaving(name: str, *, size: int = 2, leaves: Parting | None = None, **fields: Any) -> Subject:
    """Injected and healthy, and about to be restored."""
    found = workload(name, Replicas(size, size, size, size, size), **fields)
    return Subject(found, None, Reason.POLICY_DELETED, parting=leaves or parting(), recorded=OLD, memory=ANNOUNCED)


def being_restored(name: str) -> Subject:
    return replace(leaving(name), workload=workload(name, ROLLING), recorded="", memory=PUT_BACK)


def restored(*subjects: Subject, **options: Any) -> set[str]:
    """Whose template is put back now."""
    verdicts = decide(subjects, NOW, **options)
    return {one.name for one, verdict in verdicts.items() if verdict.action is Action.RESTORE}


def test_as_many_go_as_the_policy_has_slots_the_smallest_first() -> None:
    fleet = [leaving("big", size=9), leaving("small"), leaving("middle", size=5)]
    assert restored(*fleet) == {"small"}
    assert restored(*(replace(one, parting=parting(2)) for one in fleet)) == {"small", "middle"}


def test_those_who_wait_stay_announced_and_say_what_they_wait_for() -> None:
    waiting = leaving("waiting", size=9)
    verdict = decide([leaving("going"), waiting], NOW)[waiting.workload.reference]
    assert verdict == Verdict(Action.NONE, State.RESTORING, Reason.POLICY_DELETED, WAITS)
    known = workload_status(Case(waiting), verdict, NOW)
    assert known is not None
    assert (known.state, known.revision, known.attempted_at) == (State.RESTORING, "", None)
    assert restored(replace(waiting, memory=known)) == {"waiting"}


def test_callers_go_before_callees() -> None:
    order = {workload("caller").reference: 1, workload("callee").reference: 0}
    assert restored(leaving("callee", size=1), leaving("caller", size=9), order=order) == {"caller"}


def test_a_slot_is_held_until_the_pods_are_replaced() -> None:
    assert restored(being_restored("first"), leaving("second")) == set()
    done = replace(being_restored("first"), workload=workload("first", HEALTHY))
    assert restored(done, leaving("second")) == {"second"}
    given_up = replace(being_restored("first"), memory=PUT_BACK.model_copy(update={"attempted_at": ago(601)}))
    assert restored(given_up, leaving("second")) == {"second"}


def test_a_write_that_was_not_remembered_holds_its_slot_and_is_waited_for_from_now_on() -> None:
    unknown = replace(being_restored("first"), memory=ANNOUNCED)
    assert restored(unknown, leaving("second")) == set()
    verdict = decide([unknown], NOW)[unknown.workload.reference]
    known = workload_status(Case(unknown), verdict, NOW)
    assert known is not None
    assert known.attempted_at == "2026-01-02T12:00:00.000Z"


def test_a_percentage_is_of_what_the_policy_had_when_it_last_said_so() -> None:
    fleet = [leaving(f"w{number}", leaves=parting("10%", matched=30)) for number in range(5)]
    assert len(restored(*fleet)) == 3
    assert len(restored(*(replace(one, parting=parting("50%")) for one in fleet))) == 3


def test_the_limits_of_the_operator_hold_too() -> None:
    fleet = [leaving(f"w{number}", leaves=parting("100%")) for number in range(5)]
    assert len(restored(*fleet)) == 5
    assert len(restored(*fleet, limits=Limits(in_cluster=2))) == 2
    assert len(restored(*fleet, limits=Limits(in_namespace=3))) == 3


def test_of_a_policy_that_is_not_there_any_more_the_limits_of_the_operator_alone_hold() -> None:
    fleet = [replace(leaving(f"w{number}"), parting=None) for number in range(5)]
    assert len(restored(*fleet)) == 5
    assert len(restored(*fleet, limits=Limits(in_cluster=2))) == 2


@pytest.mark.parametrize(
    "free",
    [
        pytest.param(leaving("free", size=0), id="without pods"),
        pytest.param(leaving("free", paused=True), id="paused"),
        pytest.param(leaving("free", on_delete=True), id="its pods are deleted by hand"),
        pytest.param(leaving("free", leaves=parting(at_once=True)), id="all at once"),
    ],
)
def test_who_needs_no_slot_goes_at_once(free: Subject) -> None:
    assert restored(being_restored("first"), free) == {"free"}


def test_one_whose_pods_are_replaced_already_turns_around_in_its_slot() -> None:
    moving = ANNOUNCED.model_copy(update={"attempted_at": ago(10)})
    turning = replace(leaving("turning"), workload=workload("turning", ROLLING), memory=moving)
    assert restored(turning, leaving("other", size=1)) == {"turning"}


def test_what_failed_is_put_back_whatever_else_is_under_way() -> None:
    failed = Subject(workload("failed", ROLLING), goal(), recorded=NEW, memory=rolling_back())
    assert restored(being_restored("first"), failed, limits=Limits(in_cluster=1)) == {"failed"}


def test_an_injection_that_is_of_no_use_any_more_waits_for_its_slot_as_well() -> None:
    wanted = goal(rollout={"maxConcurrent": 1}, obstacle=(Reason.AGENT_UNAVAILABLE, "no image"))
    known = memory(State.HEALTHY, Reason.INJECTED, revision=OLD)
    useless = [Subject(workload(name), wanted, recorded=OLD, memory=known) for name in "ab"]
    assert restored(*useless) == {"a"}
    waiting = decide(useless, NOW)[workload("b").reference]
    assert waiting == Verdict(Action.NONE, State.SKIPPED, Reason.AGENT_UNAVAILABLE, f"no image; {WAITS}")
    gone = memory(State.SKIPPED, Reason.AGENT_UNAVAILABLE).model_copy(update={"attempted_at": ago(10)})
    first = replace(useless[0], workload=workload("a", ROLLING), recorded="", memory=gone)
    assert restored(first, useless[1]) == set()


def test_those_who_leave_go_before_those_who_come_and_out_of_the_same_slots() -> None:
    coming = Subject(workload("a", Replicas(1, 1, 1, 1, 1)), goal(rollout={"maxConcurrent": 1}))
    verdicts = decide([coming, leaving("b")], NOW, limits=Limits(in_cluster=1))
    assert verdicts[workload("b").reference].action is Action.RESTORE
    assert verdicts[coming.workload.reference].reason is Reason.IN_QUEUE
    theirs = PolicyReference("TracingPolicy", "shop", "theirs")
    apart = replace(leaving("b"), parting=replace(parting(), policy=theirs))
    assert {verdict.action for verdict in decide([coming, apart], NOW).values()} == {Action.INJECT, Action.RESTORE}


def test_one_whose_pods_are_still_replaced_holds_its_slot_whatever_is_wanted_of_it_meanwhile() -> None:
    wanted_again = replace(being_restored("first"), goal=goal(rollout={"maxConcurrent": 1}), memory=ANNOUNCED)
    other = Subject(workload("other"), goal(rollout={"maxConcurrent": 1}))
    verdicts = decide([wanted_again, other], NOW)
    assert verdicts[workload("other").reference].reason is Reason.IN_QUEUE
    waiting = verdicts[workload("first").reference]
    assert (waiting.state, waiting.reason) == (State.WAITING, Reason.UNHEALTHY_BEFORE)
    known = workload_status(Case(wanted_again), waiting, NOW)
    gone_again = replace(being_restored("first"), memory=known)
    assert decide([gone_again], NOW)[workload("first").reference].state is State.RESTORING
    assert restored(gone_again, leaving("second")) == set()


def test_a_restore_that_was_refused_waits_for_a_slot_again() -> None:
    refused = memory(State.FAILED, Reason.WRITE_REFUSED, attempted_at=ago(61))
    again = replace(leaving("again"), memory=refused)
    verdict = decide([again], NOW)[again.workload.reference]
    known = workload_status(Case(again), verdict, NOW)
    assert known is not None
    assert (known.state, known.attempted_at) == (State.RESTORING, None)
    assert restored(being_restored("first"), replace(again, memory=known)) == set()


def test_those_that_are_wanted_again_before_their_turn_to_go_wait_for_a_slot() -> None:
    wanted = goal(rollout={"maxConcurrent": 1})
    verdicts = decide([replace(leaving(name), goal=wanted, parting=None) for name in "abc"], NOW)
    assert [verdict.action for verdict in verdicts.values()].count(Action.INJECT) == 1


def test_a_deleted_policy_does_not_wait_for_a_successor_that_has_stopped() -> None:
    failed = memory(State.ROLLED_BACK, Reason.CRASHED, latched=NEW).model_copy(update={"failure": failure()})
    stopped = goal(rollout={"maxFailures": 0, "maxConcurrent": 1})
    broken = Subject(workload("broken"), stopped, memory=failed)
    fleet = [replace(leaving(name), goal=stopped, leaving=Reason.POLICY_DELETED) for name in "ab"]
    assert restored(broken, *fleet) == {"a"}
    unannounced = [replace(one, memory=memory(State.HEALTHY, Reason.INJECTED, revision=OLD)) for one in fleet]
    verdict = decide([broken, *unannounced], NOW)[workload("a").reference]
    assert (verdict.action, verdict.state, verdict.reason) == (Action.NONE, State.RESTORING, Reason.POLICY_DELETED)
