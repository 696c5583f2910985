"""Canaries first, then wave by wave: who may be begun, and what the others wait for."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.unit.rollout.fleet import BEGUN, HEALTHY, NEW, NOW, ROLLING, SHOP, ago, goal, memory, workload
from tests.unit.rollout.trials import failure
from tracereach.api.acceptance import PolicyReference
from tracereach.api.policy import Rollout
from tracereach.api.reasons import Reason, State
from tracereach.api.workload import Replicas
from tracereach.rollout.budget import Limits
from tracereach.rollout.pace import decide, next_event, rollouts
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdicts

PACE = {"canary": 1, "waves": ["10%", "50%", "100%"], "bakeSeconds": 100, "maxNewTargets": 100}


BEHIND_A = {workload("a").reference: 1, workload("b").reference: 0}
"""An order in which a calls b."""


class Fleet:
    """The workloads of one policy."""

    def __init__(self, **rollout: Any) -> None:
        self.rollout = PACE | rollout
        self.subjects: list[Subject] = []

    def new(self, *names: str, agents: tuple[str, ...] = ("java",), **fields: Any) -> "Fleet":
        return self._add(names, agents, Subject(workload(), None), **fields)

    def healthy(self, *names: str, agents: tuple[str, ...] = ("java",), since: float = 1000) -> "Fleet":
        known = memory(State.HEALTHY, Reason.INJECTED, revision=NEW).model_copy(
            update={"healthy_since": ago(since), "agents": agents}
        )
        return self._add(names, agents, Subject(workload(), None, recorded=NEW, memory=known))

    def rolling(self, *names: str, agents: tuple[str, ...] = ("java",)) -> "Fleet":
        known = BEGUN.model_copy(update={"agents": agents})
        return self._add(names, agents, Subject(workload(replicas=ROLLING), None, recorded=NEW, memory=known))

    def failed(self, *names: str, agents: tuple[str, ...] = ("java",), reason: Reason = Reason.CRASHED) -> "Fleet":
        known = memory(State.ROLLED_BACK, reason, latched=NEW).model_copy(
            update={"failure": failure(reason), "agents": agents}
        )
        return self._add(names, agents, Subject(workload(), None, memory=known))

    def decide(self, **options: Any) -> Verdicts:
        return decide(self.subjects, NOW, **options)

    def going(self, **options: Any) -> set[str]:
        return {one.name for one, verdict in self.decide(**options).items() if verdict.action is Action.INJECT}

    def next_event(self) -> datetime | None:
        return next_event(self.subjects, rollouts(self.subjects, self.decide(), NOW).values(), NOW)

    def waiting(self, name: str) -> Reason:
        return self.decide()[workload(name).reference].reason

    def _add(self, names: tuple[str, ...], agents: tuple[str, ...], like: Subject, **fields: Any) -> "Fleet":
        for name in names:
            wanted = replace(goal(rollout=self.rollout), agents=agents)
            one = replace(like.workload, **{"reference": workload(name).reference, "uid": name} | fields)
            self.subjects.append(replace(like, workload=one, goal=wanted))
        return self


def numbered(count: int, start: int = 0) -> list[str]:
    return [f"w{number:03}" for number in range(start, start + count)]


@pytest.mark.parametrize(
    ("workloads", "waves", "sizes"),
    [
        (100, ["5%", "25%", "50%", "100%"], (5, 25, 50, 100)),
        (4, ["5%", "25%", "50%", "100%"], (1, 2, 4)),
        (1, ["5%", "25%", "50%", "100%"], (1,)),
        (0, ["5%", "100%"], ()),
        (10, ["50%"], (5, 10)),
        (3, ["100%"], (3,)),
    ],
)
def test_small_sets_have_fewer_waves(workloads: int, waves: list[str], sizes: tuple[int, ...]) -> None:
    assert Rollout.model_validate({"waves": waves}).wave_sizes(workloads) == sizes


def test_one_workload_of_each_agent_goes_first() -> None:
    fleet = Fleet().new("j1", "j2").new("n1", "n2", agents=("nodejs",)).new("s1", "s2", agents=())
    assert fleet.going() == {"j1", "n1", "s1"}
    assert fleet.waiting("j2") is Reason.AWAITS_CANARY


def test_a_workload_with_two_agents_is_a_canary_of_both() -> None:
    fleet = Fleet().new("a", agents=("java", "nodejs")).new("j1").new("n1", agents=("nodejs",))
    assert fleet.going() == {"a"}


def test_several_canaries_where_they_are_asked_for() -> None:
    assert Fleet(canary=2).new("j1", "j2", "j3").going() == {"j1", "j2"}


def test_nobody_follows_before_the_canary_has_baked() -> None:
    assert Fleet().rolling("j1").new("j2", "j3").going() == set()
    assert Fleet().healthy("j1", since=99).new("j2", "j3").going() == set()
    assert Fleet().healthy("j1", since=100).new(*numbered(19)).going() == {"w000"}


def test_without_canaries_the_first_wave_goes_at_once() -> None:
    assert Fleet(canary=0).new(*numbered(20)).going() == {"w000", "w001"}


def test_a_canary_that_failed_keeps_all_others_with_its_agent_from_going() -> None:
    fleet = Fleet().failed("j1").new("j2", "j3").new("n1", agents=("nodejs",))
    assert fleet.going() == {"n1"}
    verdict = fleet.decide()[workload("j2").reference]
    assert (verdict.reason, verdict.message) == (Reason.CANARY_FAILED, "agent java failed on shop/Deployment/j1")


def test_a_failure_after_a_canary_has_passed_does_not() -> None:
    assert len(Fleet().failed("j1").healthy("j2").new(*numbered(18)).going()) == 8
    assert Fleet(waves=["100%"]).failed("j1").healthy("j2").new("j3").going() == {"j3"}


def test_a_paused_or_unhealthy_workload_cannot_keep_its_agent_waiting_as_its_canary() -> None:
    fleet = Fleet().new("j1", paused=True).new("j2", replicas=ROLLING).new("j3", "j4")
    assert fleet.going() == {"j3"}


def test_an_agent_nobody_waits_for_needs_no_canary() -> None:
    assert Fleet(waves=["100%"]).healthy("j1").rolling("n1", agents=("nodejs",)).new("j2").going() == {"j2"}


def test_a_wave_begins_when_the_one_before_has_baked() -> None:
    first = numbered(2)
    rest = numbered(18, start=2)
    assert Fleet().healthy(*first, since=99).new(*rest).going() == set()
    fleet = Fleet().healthy(*first, since=100).new(*rest)
    assert fleet.going() == set(numbered(8, start=2))
    verdict = fleet.decide()[workload("w019").reference]
    assert (verdict.reason, verdict.message) == (Reason.AWAITS_WAVE, "wave 2 of 3")


def test_a_workload_that_loses_its_readiness_while_it_bakes_does_not_let_the_next_wave_begin() -> None:
    fleet = Fleet(canary=0).healthy("w000", since=10).healthy("w001").new(*numbered(18, start=2))
    fleet.subjects[0] = replace(fleet.subjects[0], workload=replace(fleet.subjects[0].workload, replicas=ROLLING))
    assert fleet.decide()[workload("w000").reference].reason is Reason.NOT_READY
    assert fleet.going() == set()
    assert fleet.next_event() == NOW + timedelta(seconds=90)


def test_a_wave_under_way_is_filled_without_waiting() -> None:
    fleet = Fleet().healthy(*numbered(2)).rolling(*numbered(3, start=2)).new(*numbered(15, start=5))
    assert fleet.going() == set(numbered(5, start=5))


def test_a_failed_workload_or_one_without_pods_does_not_hold_its_wave_up() -> None:
    asleep = Replicas(0, 0, 0, 0, 0)
    idle = memory(State.WAITING, Reason.SCALED_TO_ZERO, revision=NEW, attempted_at=ago(500))
    fleet = Fleet().healthy("w000").failed("w001").new(*numbered(18, start=2))
    assert len(fleet.going()) == 8
    fleet = Fleet().healthy("w000").new(*numbered(18, start=2))
    sleeper = replace(fleet.subjects[0], workload=workload("idle", asleep), recorded=NEW, memory=idle)
    fleet.subjects.append(sleeper)
    assert len(fleet.going()) == 8


def test_five_thousand_workloads_in_waves_are_decided_upon_in_a_moment() -> None:
    fleet = Fleet(maxNewTargets=5000).healthy(*numbered(500)).new(*numbered(4500, start=500))
    assert len(fleet.going()) == 2000


def test_more_new_workloads_than_allowed_wait_for_approval() -> None:
    fleet = Fleet(maxNewTargets=3, canary=0, waves=["100%"]).new(*"abcd")
    assert fleet.going() == set()
    verdict = fleet.decide()[workload("a").reference]
    assert verdict.reason is Reason.AWAITS_APPROVAL
    assert verdict.message.endswith("annotate the policy: tracereach.dev/approved-targets=4")
    fleet.subjects = [replace(one, goal=replace(one.goal, approved=4)) for one in fleet.subjects if one.goal]
    assert fleet.going() == set("abcd")


def test_an_agent_that_failed_twice_is_begun_nowhere_else_whatever_the_policy() -> None:
    theirs = PolicyReference("ClusterTracingPolicy", "", "everybody")
    fleet = Fleet(canary=0, waves=["100%"]).failed("j1", "j2").new("j3").new("n1", agents=("nodejs",))
    other = Fleet(canary=0, waves=["100%"]).new("j4")
    (one,) = other.subjects
    assert one.goal is not None
    fleet.subjects.append(replace(one, goal=replace(one.goal, policy=theirs)))
    assert fleet.going() == {"n1"}
    verdicts = fleet.decide()
    assert {verdicts[workload(name).reference].reason for name in ("j3", "j4")} == {Reason.AGENT_FAILED}


@pytest.mark.parametrize("canary", [0, 1])
def test_an_agent_is_not_to_blame_where_a_quota_lets_no_pod_be_made(canary: int) -> None:
    pace = {"canary": canary, "waves": ["100%"]}
    assert Fleet(**pace).failed("j1", "j2", reason=Reason.PODS_REFUSED).new("j3").going() == {"j3"}


@pytest.mark.parametrize("reason", [Reason.WRITE_REFUSED, Reason.OPERATOR_ERROR, Reason.DAMAGED_RECORD])
def test_nor_where_nothing_was_written_or_could_be_read(reason: Reason) -> None:
    fleet = Fleet(canary=0, waves=["100%"]).new("j1", "j2", "j3")
    known = memory(State.FAILED, reason, attempted_at=ago(5)).model_copy(update={"agents": ("java",)})
    error = "KeyError" if reason is Reason.OPERATOR_ERROR else ""
    damage = "no JSON" if reason is Reason.DAMAGED_RECORD else ""
    fleet.subjects[:2] = [replace(one, memory=known, error=error, damage=damage) for one in fleet.subjects[:2]]
    assert [fleet.waiting(name) for name in ("j1", "j2")] == [reason, reason]
    assert fleet.going() == {"j3"}


def test_a_rollout_knows_which_agents_it_has_stopped_and_why() -> None:
    fleet = Fleet().new("j3", "n1").failed("j1", "j2").failed("p1", agents=("python",)).new("p2", agents=("python",))
    decided = fleet.decide()
    stopped = rollouts(fleet.subjects, decided, NOW)[SHOP].stopped_agents
    assert stopped == {"java": Reason.AGENT_FAILED, "python": Reason.CANARY_FAILED}


def test_a_rollout_is_complete_when_all_have_gone_and_baked() -> None:
    assert _is_complete(Fleet().healthy("j1", "j2").failed("j3"))
    assert not _is_complete(Fleet().healthy("j1").rolling("j2"))
    assert not _is_complete(Fleet().healthy("j1").healthy("j2", since=10))
    assert not _is_complete(Fleet(paused=True).healthy("j1").new("j2"))


def _is_complete(fleet: Fleet) -> bool:
    return rollouts(fleet.subjects, fleet.decide(), NOW)[SHOP].waves.is_complete


def test_the_operator_s_own_limits_hold_over_all_policies() -> None:
    fleet = Fleet(canary=0, waves=["100%"]).rolling("r").new(*"abcd")
    assert len(fleet.going(limits=Limits(in_cluster=3))) == 2
    assert len(fleet.going(limits=Limits(in_namespace=2))) == 1


def test_the_order_that_is_handed_in_goes_before_size() -> None:
    fleet = Fleet(canary=0, waves=["100%"], maxConcurrent=1).new("a", "b")
    assert fleet.going(order=BEHIND_A) == {"b"}


def test_canaries_are_the_smallest_whatever_their_order() -> None:
    fleet = Fleet().new("a").new("b", replicas=Replicas(9, 9, 9, 9, 9))
    assert fleet.going(order=BEHIND_A) == {"a"}


def test_those_without_pods_go_last_whatever_their_order() -> None:
    fleet = Fleet(canary=0, waves=["100%"], maxConcurrent=1).new("a").new("b", replicas=Replicas(0, 0, 0, 0, 0))
    assert fleet.going(order=BEHIND_A) == {"a"}


def test_the_next_event_is_the_end_of_settling_or_of_baking() -> None:
    baking = Fleet().healthy("j1", since=40).new("j2")
    assert baking.next_event() == NOW + timedelta(seconds=60)
    settling = Fleet(minHealthySeconds=30).rolling("j1")
    known = BEGUN.model_copy(update={"complete_since": ago(10)})
    settling.subjects = [replace(settling.subjects[0], workload=workload("j1", HEALTHY), memory=known)]
    assert settling.next_event() == NOW + timedelta(seconds=20)
    assert next_event([], [], NOW) is None


@pytest.mark.parametrize(("seconds", "state"), [(None, "Settling"), (29, "Settling"), (30, "Injected")])
def test_a_workload_is_healthy_when_its_pods_have_been_ready_for_long_enough(seconds: int | None, state: str) -> None:
    known = BEGUN.model_copy(update={"complete_since": None if seconds is None else ago(seconds)})
    one = Subject(workload(), goal(rollout={"minHealthySeconds": 30}), recorded=NEW, memory=known)
    verdict = decide([one], NOW)[workload().reference]
    assert verdict.reason == state
