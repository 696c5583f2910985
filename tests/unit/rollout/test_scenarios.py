"""Ten thousand random rollouts, and what holds in every one of them."""

import pytest

from tests.unit.rollout.scenario import Scenario
from tracereach.api.reasons import Reason, State

SCENARIOS, AT_A_TIME = 10_000, 100
RESTLESS, CALM = 12, 150
"""Steps in which anything may happen, and the most that a rollout may then need to come to its end."""


@pytest.mark.parametrize("first", range(0, SCENARIOS, AT_A_TIME))
def test_a_rollout_keeps_its_budget_never_repeats_itself_and_ends(first: int) -> None:
    for seed in range(first, first + AT_A_TIME):
        scenario = Scenario(seed)
        for _ in range(RESTLESS):
            scenario.step(restless=True)
            check(scenario, seed)
        for _ in range(CALM):
            scenario.step(restless=False)
            check(scenario, seed)
            if not scenario.unsettled():
                break
        assert not scenario.unsettled(), f"seed {seed} never ends: {scenario.unsettled()}"
        assert not scenario.unwanted(), f"seed {seed}: {scenario.unwanted()} keep what nobody wants"


def check(scenario: Scenario, seed: int) -> None:
    """What holds after every step."""
    if scenario.begun:
        allowed = int(str(scenario.rollout["maxConcurrent"]))
        assert len(scenario.at_once) <= allowed, f"seed {seed}: {scenario.at_once} at once"
    for one in scenario.fleet:
        assert all(count == 1 for count in one.writes.values()), f"seed {seed}: {one.name} was written {one.writes}"
    undone = [name for name, verdict in scenario.verdicts.items() if verdict.reason is Reason.UNDONE_BY_USER]
    assert not undone, f"seed {seed}: {undone} are taken for undone, and nobody has done that"


def test_the_scenarios_have_everything_in_them() -> None:
    """Rollbacks, rollbacks that do not help, rollouts without either, and everything that ends one."""
    seen = set()
    for seed in range(400):
        scenario = Scenario(seed)
        for step in range(RESTLESS + CALM // 2):
            scenario.step(restless=step < 3 * RESTLESS and step % 5 < 2)
            seen |= {(verdict.state, str(verdict.reason)) for verdict in scenario.verdicts.values()}
    assert {(State.ROLLED_BACK, "Crashed"), (State.FAILED, "RollbackUnhealthy"), (State.HEALTHY, "Injected")} <= seen
    assert {(State.RESTORING, "PolicyDeleted"), (State.RESTORING, "NoLongerSelected")} <= seen
    assert {(State.RESTORING, "PolicyRolledBack"), (State.LATCHED, "PolicyRolledBack")} <= seen
    assert {(State.WAITING, "CanaryFailed"), (State.WAITING, "AwaitsWave"), (State.WAITING, "TooManyFailures")} <= seen
