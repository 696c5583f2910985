"""A policy that is rolled back as a whole: everything goes, at its pace, and nothing comes until it is tried again."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.rollout.fleet import HEALTHY, NEW, NOW, OLD, ROLLING, ago, goal, memory, outcome, verdict, workload
from tests.unit.rollout.trials import failure, rolling_back
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.pace import decide, rollouts
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action

WELL = memory(State.HEALTHY, Reason.INJECTED, revision=NEW)
WITHDRAWN = Reason.POLICY_ROLLED_BACK


def subject(
    name: str = "orders", *, recorded: str = NEW, known: TracedWorkloadStatus | None = WELL, **fields: Any
) -> Subject:
    wanted = goal(rollout={"maxConcurrent": 1}, withdrawn=True)
    return replace(Subject(workload(name), wanted, recorded=recorded, memory=known), **fields)


def remembered(one: Subject) -> TracedWorkloadStatus:
    known = workload_status(Case(one), verdict(one), NOW)
    assert known is not None
    return known


def tried_again(one: Subject) -> Subject:
    assert one.goal is not None
    return replace(one, goal=replace(one.goal, withdrawn=False))


def test_it_is_announced_put_back_and_stays_so() -> None:
    healthy = subject()
    assert outcome(healthy) == (Action.NONE, State.RESTORING, WITHDRAWN)
    announced = replace(healthy, memory=remembered(healthy))
    assert outcome(announced) == (Action.RESTORE, State.RESTORING, WITHDRAWN)
    replacing = replace(announced, recorded="", workload=workload(replicas=ROLLING), memory=remembered(announced))
    assert outcome(replacing) == (Action.NONE, State.RESTORING, WITHDRAWN)
    done = replace(replacing, workload=workload(replicas=HEALTHY), memory=remembered(replacing))
    assert outcome(done) == (Action.NONE, State.LATCHED, WITHDRAWN)
    again = replace(done, memory=remembered(done))
    assert outcome(again) == (Action.NONE, State.LATCHED, WITHDRAWN)
    assert outcome(tried_again(again)) == (Action.INJECT, State.PROGRESSING, Reason.ROLLING_OUT)


def test_they_go_within_the_slots_of_the_policy() -> None:
    announced = memory(State.RESTORING, WITHDRAWN)
    fleet = [subject(name, known=announced) for name in "abc"]
    actions = [found.action for found in decide(fleet, NOW).values()]
    assert sorted(actions, key=str) == [Action.NONE, Action.NONE, Action.RESTORE]
    replacing = subject("z", recorded="", known=announced.model_copy(update={"attempted_at": ago(5)}))
    busy = [replace(replacing, workload=workload("z", ROLLING)), *fleet]
    assert {found.action for found in decide(busy, NOW).values()} == {Action.NONE}


@pytest.mark.parametrize("recorded", ["", OLD])
def test_nothing_new_is_begun_and_an_older_revision_goes_as_well(recorded: str) -> None:
    known = memory(State.RESTORING, WITHDRAWN) if recorded else None
    wanted = (Action.RESTORE, State.RESTORING) if recorded else (Action.NONE, State.LATCHED)
    assert outcome(subject(recorded=recorded, known=known))[:2] == wanted


def test_what_failed_on_a_workload_stays_latched_there_when_the_policy_is_tried_again() -> None:
    crashed = memory(State.ROLLED_BACK, Reason.CRASHED, latched=NEW).model_copy(update={"failure": failure()})
    failed = subject(recorded="", known=crashed)
    assert outcome(failed) == (Action.NONE, State.ROLLED_BACK, Reason.CRASHED)
    again = tried_again(replace(failed, memory=remembered(failed)))
    assert outcome(again) == (Action.NONE, State.ROLLED_BACK, Reason.CRASHED)


def test_a_rollback_that_is_under_way_goes_on_without_waiting() -> None:
    failed = subject("failed", known=rolling_back(), workload=workload("failed", ROLLING))
    holding = subject("a", recorded="", known=memory(State.RESTORING, WITHDRAWN, attempted_at=ago(5)))
    busy = replace(holding, workload=workload("a", ROLLING))
    assert decide([busy, failed], NOW)[failed.workload.reference].action is Action.RESTORE


def test_what_was_left_alone_before_is_so_for_its_own_reason() -> None:
    skipped = subject(recorded="", known=None)
    assert skipped.goal is not None
    skipped = replace(skipped, goal=replace(skipped.goal, obstacle=(Reason.OTHER_AGENT, "Datadog")))
    assert outcome(skipped) == (Action.NONE, State.SKIPPED, Reason.OTHER_AGENT)


def test_it_is_no_failure_and_keeps_no_agent_from_other_policies() -> None:
    fleet = [subject(name, recorded="") for name in "abc"]
    (rollout,) = rollouts(fleet, decide(fleet, NOW), NOW).values()
    assert (rollout.failures, rollout.stopped_agents, rollout.waves.begun) == (0, {}, [])


def test_a_retry_of_one_workload_meanwhile_drops_its_latch_for_when_the_policy_is_tried_again() -> None:
    latched = rolling_back(state=State.ROLLED_BACK)
    asked = subject(recorded="", known=latched, requests={"retry": "now"})
    found = remembered(asked)
    assert (found.reason, found.latched, found.failure) == (WITHDRAWN, "", None)
    assert outcome(tried_again(replace(asked, memory=found)))[0] is Action.INJECT
