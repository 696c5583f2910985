"""Each hop is judged over the time in which it can be: not past a change of one of its ends."""

from dataclasses import replace

import pytest

from tests.unit.coverage.world import AllOf, Node, World, workload
from tracereach.api.causes import Cause
from tracereach.coverage.edges import traffic
from tracereach.coverage.landscape import Facts, landscape, needed_views
from tracereach.coverage.view import Routes, View

CHAIN = {"a": Node(("b",)), "b": Node(("c",)), "c": Node(("d",)), "d": Node()}
BEFORE = CHAIN | {"b": Node(("c",), injected=False)}
A, B, C, D = (workload(name) for name in "abcd")
SERVICES = World(CHAIN).scene().services


def facts_of(earlier: World, later: World) -> Facts:
    """Of a window of 300 seconds, of which `later` is the last 75."""
    every = World(CHAIN, [*earlier.spans, *later.spans]).counters()
    view = View(Routes(every.calls, ADDRESSES), AllOf(later.counters()))
    return Facts(SERVICES, traffic(every, ADDRESSES), 300, {75: view}, entries=frozenset({A}))


ADDRESSES = {f"{name}.shop": (workload(name),) for name in "abcd"}
OLD, NEW = World(BEFORE).requests(60), World(CHAIN, first_id=10_000).requests(60)
FACTS = facts_of(OLD, NEW)


def states(facts: Facts) -> dict[tuple[str, str], str]:
    return {(edge.caller.name, edge.callee.name): edge.state for edge in landscape(facts).edges}


def test_calls_from_before_a_rollout_look_like_a_break() -> None:
    assert states(FACTS)["a", "b"] == "Partial"
    assert [one.diagnosis.at for one in landscape(FACTS).breaks] == [B]


def test_a_hop_is_judged_from_the_change_of_its_ends_on() -> None:
    changed = replace(FACTS, changed={B: 80.0})
    assert states(changed) == {("a", "b"): "Healthy", ("b", "c"): "Healthy", ("c", "d"): "Healthy"}
    assert landscape(changed).breaks == ()


def test_a_hop_that_has_only_just_changed_is_not_judged() -> None:
    changed = replace(FACTS, changed={B: 10.0})
    assert states(changed) == {("a", "b"): "Unknown", ("b", "c"): "Unknown", ("c", "d"): "Healthy"}
    assert landscape(changed).breaks == ()


def test_other_hops_keep_the_whole_window() -> None:
    edges = {(edge.caller, edge.callee): edge.calls for edge in landscape(replace(FACTS, changed={B: 80.0})).edges}
    assert edges == {(A, B): 60, (B, C): 60, (C, D): 120}


def test_a_break_after_the_change_is_found_in_its_own_time() -> None:
    still = World(CHAIN | {"b": Node(("c",), loses_inside=True)}, first_id=10_000).requests(60)
    facts = replace(facts_of(OLD, still), changed={B: 80.0})
    assert [(one.diagnosis.cause, one.lost) for one in landscape(facts).breaks] == [(Cause.CONTEXT_LOST_IN_PROCESS, 60)]


@pytest.mark.parametrize(
    ("ages", "views"),
    [
        ([], set()),
        ([9.9, 300, 400, -20], set()),
        ([37, 38.5, 55], {30, 50}),
        ([130, 170], {125, 150}),
        ([float(age) for age in range(0, 300, 10)], {10, 50, 90, 150, 250}),
    ],
    ids=["nothing changed", "too new or too old", "to ten seconds", "to a twelfth", "all the time"],
)
def test_what_changed_is_looked_at_from_then_on_and_not_from_too_many_moments(
    ages: list[float], views: set[float]
) -> None:
    assert needed_views(300, ages) == views
