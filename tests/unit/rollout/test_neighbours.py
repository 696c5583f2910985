"""A container that nothing was put into may fail as it likes: nobody waits for it for ever, and no agent pays."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.rollout.fleet import HEALTHY, NEW, NOW, ago, memory, outcome, verdict, workload
from tests.unit.rollout.trials import CRASHED_ONCE, CRASHED_TWICE, knowing, on_trial, pod
from tracereach.api.pod import ContainerHealth
from tracereach.api.reasons import Reason, State
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.diagnosis import diagnose
from tracereach.rollout.pace import decide, rollouts
from tracereach.rollout.rollback import blames_agent, is_blamed
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action

ENDED = NOW - timedelta(seconds=5)
AGAIN = ContainerHealth(name="log-shipper", restarts=9, ended="Error", exit_code=1, ended_at=ENDED)
DOWN = replace(AGAIN, waiting="CrashLoopBackOff", is_down=True)
LONG_AGO = replace(AGAIN, ended_at=NOW - timedelta(seconds=300))
LATE = knowing(attempted_at=ago(601))
PROVEN = knowing(memory(State.HEALTHY, Reason.INJECTED, revision=NEW), healthy_since=ago(60))


@pytest.mark.parametrize(("name", "state"), [("log-shipper", State.HEALTHY), ("app", State.PROGRESSING)])
def test_that_it_ended_again_begins_no_wait_anew(name: str, state: State) -> None:
    known, up = knowing(complete_since=ago(60)), workload(replicas=HEALTHY)
    settling = on_trial(
        pod(replace(AGAIN, name=name, restarts=1)), memory=known, rollout={"minHealthySeconds": 30}, workload=up
    )
    assert verdict(settling).state is state


def test_one_that_keeps_its_pod_down_ends_the_trial_at_the_deadline_and_no_agent_is_blamed() -> None:
    late = on_trial(pod(DOWN), memory=LATE)
    found = verdict(late)
    assert (found.state, found.reason) == (State.ROLLING_BACK, Reason.DEADLINE_EXCEEDED)
    assert "log-shipper" in found.message
    assert is_blamed(found)
    assert not blames_agent(found, late.memory)
    assert not rollouts([late], decide([late], NOW), NOW)[late.goal.policy].waves.failed_agents  # type: ignore[union-attr]


def test_nor_is_it_blamed_once_everything_is_put_back() -> None:
    late = on_trial(pod(DOWN), memory=LATE)
    announced = replace(late, memory=workload_status(Case(late), verdict(late), NOW), pods=())
    assert outcome(announced)[0] is Action.RESTORE
    assert not blames_agent(verdict(announced), announced.memory)


def test_a_container_that_is_concerned_is_named_first() -> None:
    found = diagnose(on_trial(pod(DOWN, replace(CRASHED_ONCE, waiting="CrashLoopBackOff")), memory=LATE), NOW)
    assert found is not None
    assert found.container == "app"


def lapses(*containers: ContainerHealth, since: float = 5) -> int:
    lost = pod(*containers, unready_since=NOW - timedelta(seconds=since))
    subject = on_trial(lost, memory=knowing(complete_since=ago(60)))
    status = workload_status(Case(subject), verdict(subject), NOW)
    assert status is not None
    return status.lapses


@pytest.mark.parametrize(
    ("containers", "since", "lost"),
    [
        pytest.param((DOWN,), 5, 0, id="it is down"),
        pytest.param((AGAIN,), 5, 0, id="it has just been down"),
        pytest.param((AGAIN,), 1, 0, id="it has just been down, and readiness was seen to go a little later"),
        pytest.param((LONG_AGO,), 5, 1, id="it was down long before"),
        pytest.param((DOWN, CRASHED_ONCE), 5, 1, id="so is the application"),
        pytest.param((), 5, 1, id="nothing is down"),
    ],
)
def test_readiness_that_its_pod_loses_by_it_is_no_sign_of_harm(containers: Any, since: float, lost: int) -> None:
    assert lapses(*containers, since=since) == lost


def test_nor_is_it_while_its_workload_bakes() -> None:
    def baking(*containers: ContainerHealth) -> Subject:
        lost = pod(*containers, unready_since=NOW - timedelta(seconds=40))
        return on_trial(lost, memory=PROVEN, rollout={"bakeSeconds": 120})

    assert outcome(baking(DOWN)) == (Action.NONE, State.WAITING, Reason.NOT_READY)
    assert outcome(baking(CRASHED_TWICE))[1] is State.ROLLING_BACK
    assert outcome(baking())[1:] == (State.ROLLING_BACK, Reason.BECAME_UNREADY)
