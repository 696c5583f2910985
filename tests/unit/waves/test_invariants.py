"""Each checker of a run finds what it is there to find."""

from tests.waves.fleet import Fleet, Member
from tests.waves.invariants import (
    Limits,
    before_their_canary,
    came_back,
    idle_seconds,
    moments,
    over_budget,
    written_too_often,
    wrong_at_the_end,
)
from tests.waves.ledger import Entry, What

LIMITS = Limits({"a": 2, "b": 2}, in_namespace=3, in_cluster=3, min_healthy_seconds=1)


def entry(at: float, workload: str, what: What) -> Entry:
    return Entry(at, workload, what)


def test_a_slot_is_held_until_pods_have_been_ready_for_long_enough() -> None:
    timeline = moments([entry(0, "a/1", "injected"), entry(5, "a/1", "complete")], LIMITS)
    assert [(one.at, sorted(one.busy)) for one in timeline] == [(0, ["a/1"]), (6, [])]


def test_a_slot_is_free_once_a_workload_is_put_back() -> None:
    timeline = moments([entry(0, "a/1", "injected"), entry(5, "a/1", "restored")], LIMITS)
    assert [(one.at, sorted(one.busy)) for one in timeline] == [(0, ["a/1"]), (5, [])]


def test_budgets_are_checked_at_every_instant() -> None:
    two = [entry(0, "a/1", "injected"), entry(1, "a/2", "injected")]
    assert over_budget(moments(two, LIMITS), LIMITS) == []
    three = [*two, entry(2, "a/3", "injected")]
    assert over_budget(moments(three, LIMITS), LIMITS) == ["at 2.000: 3 in a in progress"]
    assert over_budget(moments(three, LIMITS, slotless=frozenset({"a/3"})), LIMITS) == []
    spread = [*two, entry(2, "b/1", "injected"), entry(3, "b/2", "injected")]
    assert over_budget(moments(spread, LIMITS), LIMITS) == ["at 3.000: 4 in the cluster in progress"]


def test_a_slot_that_comes_free_in_the_same_instant_may_be_taken() -> None:
    entries = [
        entry(0, "a/1", "injected"),
        entry(0, "a/2", "injected"),
        entry(4, "a/1", "complete"),
        entry(5, "a/3", "injected"),
    ]
    assert over_budget(moments(entries, LIMITS), LIMITS) == []


FLEET = Fleet((Member("a", "1", "java"), Member("a", "2", "java", broken=True), Member("a", "3", "dotnet")))


def test_writes_are_counted() -> None:
    assert written_too_often({"a/1": 1, "a/2": 2, "a/3": 0}, FLEET) == []
    assert written_too_often({"a/1": 2, "a/2": 3}, FLEET) == ["a/1 was written 2 times", "a/2 was written 3 times"]


def test_nothing_comes_back() -> None:
    once = [entry(0, "a/2", "injected"), entry(1, "a/2", "restored")]
    assert came_back(once) == []
    again = [*once, entry(2, "a/2", "injected")]
    assert came_back(again) == ["a/2 was injected again after it had been put back"]


def test_canaries_go_first() -> None:
    fleet = Fleet((Member("a", "1", "java"), Member("a", "2", "java"), Member("b", "3", "java")))
    good = [entry(0, "a/1", "injected"), entry(2, "a/1", "complete"), entry(4, "a/2", "injected")]
    assert before_their_canary([*good, entry(1, "b/3", "injected")], fleet, LIMITS) == []
    early = [entry(0, "a/1", "injected"), entry(2, "a/1", "complete"), entry(2.5, "a/2", "injected")]
    assert before_their_canary(early, fleet, LIMITS) == ["a/2 was injected before a/1 had proved itself"]


def test_the_end_is_checked() -> None:
    injected = {"a/1": True, "a/2": False, "a/3": False}
    same = {"a/1": False, "a/2": True, "a/3": True}
    assert wrong_at_the_end(FLEET, injected, same, "dotnet") == []
    assert wrong_at_the_end(FLEET, injected, same, "") == ["a/3 is not injected"]
    assert wrong_at_the_end(FLEET, injected | {"a/1": False}, same | {"a/2": False}, "dotnet") == [
        "a/1 is not injected", "a/2 is not what it was",
    ]  # fmt: skip


FULL = [entry(0, "a/1", "injected"), entry(0, "a/2", "injected"), entry(4, "a/1", "complete")]


def test_the_time_of_a_free_slot_counts_where_it_was_waited_for() -> None:
    timeline = moments([*FULL, entry(5.3, "a/3", "injected")], LIMITS)
    waits, hurt = idle_seconds(timeline, LIMITS, [], {})
    assert ([round(wait.seconds, 3) for wait in waits], hurt) == ([0.3], [])
    waits, hurt = idle_seconds(timeline, LIMITS, [5.1], {})
    assert (waits, [round(wait.seconds, 3) for wait in hurt]) == ([], [0.3])


def test_a_slot_that_nobody_waited_for_does_not_count() -> None:
    timeline = moments([entry(0, "a/1", "injected"), entry(4, "a/1", "complete"), entry(60, "a/2", "injected")], LIMITS)
    assert idle_seconds(timeline, LIMITS, [], {}) == ([], [])


def test_waiting_for_a_wave_is_not_waiting_for_a_slot() -> None:
    timeline = moments([*FULL, entry(60, "a/3", "injected")], LIMITS)
    assert idle_seconds(timeline, LIMITS, [], {"a": frozenset({2})}) == ([], [])


def test_a_slot_is_free_where_the_cluster_has_room_too() -> None:
    others = [entry(1, "b/1", "injected"), entry(6, "b/1", "complete")]
    tight = Limits({"a": 2, "b": 2}, in_namespace=3, in_cluster=2, min_healthy_seconds=1)
    timeline = moments([*FULL, *others, entry(7.2, "a/3", "injected")], tight)
    assert [round(wait.seconds, 3) for wait in idle_seconds(timeline, tight, [], {})[0]] == [0.2]
