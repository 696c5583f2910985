"""A rollout played through before it begins."""

from dataclasses import replace
from typing import Any

from tests.unit.rollout.fleet import AT_ONCE, NEW, NOW, OLD, ROLLING, goal, memory, workload
from tests.unit.rollout.trials import failure
from tracereach.api.policy import Rollout
from tracereach.api.reasons import Reason, State
from tracereach.api.workload import Replicas
from tracereach.rollout.estimate import seconds_left
from tracereach.rollout.forecast import CANARIES, Forecast, forecast
from tracereach.rollout.subject import Subject

PACE = {"canary": 1, "waves": ["25%", "50%", "100%"], "maxConcurrent": 2, "minHealthySeconds": 30, "bakeSeconds": 100}


def new(name: str, *agents: str, size: int = 1, recorded: str = "", **rollout: Any) -> Subject:
    wanted = goal(rollout=PACE | rollout)
    replicas = Replicas(size, size, size, size, size)
    return Subject(workload(name, replicas), replace(wanted, agents=agents or ("java",)), recorded=recorded)


def fleet(count: int, **rollout: Any) -> list[Subject]:
    return [new(f"w{number}", size=number + 1, **rollout) for number in range(count)]


def stages(found: Forecast) -> list[tuple[int, str]]:
    return [(stage.wave, " ".join(one.name for one in stage.workloads)) for stage in found.stages]


def test_canaries_of_each_agent_come_first_and_then_wave_by_wave() -> None:
    found = forecast([*fleet(7), new("python", "python", size=9)], NOW)
    assert stages(found) == [(CANARIES, "w0 python"), (2, "w1 w2"), (3, "w3 w4 w5 w6")]
    assert (found.waves, found.begun, found.slots, found.waiting, found.approval) == (3, 0, 2, {}, None)


def test_without_canaries_there_are_only_waves() -> None:
    assert stages(forecast(fleet(4, canary=0), NOW)) == [(1, "w0"), (2, "w1"), (3, "w2 w3")]
    assert stages(forecast(fleet(3, **AT_ONCE), NOW)) == [(1, "w0 w1 w2")]


def test_it_takes_what_the_operator_says_it_takes() -> None:
    found = forecast(fleet(8), NOW)
    assert found.seconds == seconds_left(Rollout.model_validate(PACE), total=8, begun=0, slots=2, canaries=True)


def test_a_pause_a_dry_run_and_an_approval_that_is_missing_hold_nobody_up() -> None:
    paused = [
        replace(one, goal=replace(one.goal, dry_run=True)) for one in fleet(4, paused=True, maxNewTargets=3) if one.goal
    ]
    found = forecast(paused, NOW)
    assert sum(len(stage.workloads) for stage in found.stages) == 4
    assert found.approval == 4
    assert forecast(fleet(4, maxNewTargets=4), NOW).approval is None


def test_who_will_not_go_is_named_with_what_keeps_it() -> None:
    ill = replace(new("ill"), workload=workload("ill", ROLLING))
    held = replace(new("held"), workload=workload("held", paused=True))
    found = forecast([ill, held, new("fine")], NOW)
    assert stages(found) == [(CANARIES, "fine")]
    assert {one.name: verdict.reason for one, verdict in found.waiting.items()} == {
        "ill": Reason.UNHEALTHY_BEFORE,
        "held": Reason.PAUSED,
    }


def test_those_that_have_gone_or_failed_are_not_begun_again() -> None:
    known = memory(State.ROLLED_BACK, Reason.CRASHED, latched=NEW).model_copy(update={"failure": failure()})
    gone, failed = new("gone", recorded=NEW), replace(new("failed"), memory=known)
    older = replace(new("older", recorded=OLD), memory=memory(State.HEALTHY, Reason.INJECTED, revision=OLD))
    found = forecast([gone, failed, older], NOW)
    assert (stages(found), found.begun, found.approval) == ([(3, "older")], 2, None)
    nothing = forecast([gone], NOW)
    assert (nothing.stages, nothing.seconds) == ((), None)


def test_callees_go_before_callers_within_a_wave() -> None:
    order = {workload(f"w{number}").reference: 9 - number for number in range(4)}
    assert stages(forecast(fleet(4, waves=["100%"]), NOW, order)) == [(CANARIES, "w0"), (1, "w3 w2 w1")]


def test_those_without_pods_come_last_and_are_one_stage() -> None:
    idle = [new(f"idle{number}", size=0) for number in range(3)]
    found = forecast([*idle, new("busy", size=3)], NOW)
    assert stages(found)[0] == (CANARIES, "busy")
    assert stages(forecast(idle, NOW)) == [(CANARIES, "idle0 idle1 idle2")]
