"""Callees before callers, and entries last."""

from collections.abc import Iterable
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rollout.fleet import workload
from tracereach.api.workload import WorkloadReference
from tracereach.rollout.order import Order, ranks

Call = tuple[WorkloadReference, WorkloadReference]

FLEET = [workload(name).reference for name in "abcdefgh"]
CALLS = st.lists(st.tuples(st.sampled_from(FLEET), st.sampled_from(FLEET)), max_size=20)
ENTRIES = st.sets(st.sampled_from(FLEET), max_size=3)


def called(*hops: str) -> list[Call]:
    """Calls written as `ab`: a calls b."""
    return [(workload(hop[0]).reference, workload(hop[1]).reference) for hop in hops]


def by_name(order: Order) -> dict[str, int]:
    return {reference.name: rank for reference, rank in order.items()}


def below(one: WorkloadReference, calls: Iterable[Call]) -> set[WorkloadReference]:
    """Everybody that `one` calls, directly or through others."""
    found: set[WorkloadReference] = set()
    while more := {callee for caller, callee in calls if caller in found | {one}} - found:
        found |= more
    return found


def test_a_chain_goes_from_its_end_and_the_entry_comes_last() -> None:
    order = ranks(called("ea", "ab", "bc", "xc"), [workload("e").reference])
    assert by_name(order) == {"c": 0, "b": 1, "x": 1, "a": 2, "e": 7}


def test_those_who_call_each_other_share_a_rank() -> None:
    order = by_name(ranks(called("ab", "bc", "ca", "cd", "ea", "dd"), []))
    assert order == {"d": 0, "a": 1, "b": 1, "c": 1, "e": 2}


def test_a_circle_with_an_entry_in_it_is_last_as_a_whole() -> None:
    order = by_name(ranks(called("ab", "ba", "bc", "zb"), [workload("a").reference]))
    assert order["c"] < order["z"] < order["a"] == order["b"]


def test_an_entry_that_nobody_is_seen_calling_has_a_rank_all_the_same() -> None:
    order = by_name(ranks(called("ab"), [workload("e").reference]))
    assert order["b"] < order["a"] < order["e"]
    assert ranks([], []) == {}


@given(CALLS, ENTRIES)
def test_every_call_outside_a_circle_goes_from_a_higher_rank_to_a_lower_one(
    calls: list[Call], entries: set[WorkloadReference]
) -> None:
    order = ranks(calls, entries)
    circles = {one: {one} | {other for other in below(one, calls) if one in below(other, calls)} for one in order}
    last = {one for one in order if circles[one] & entries}
    for caller, callee in calls:
        if callee in circles[caller]:
            assert order[callee] == order[caller]
        elif caller in last or callee not in last:
            assert order[callee] < order[caller]
    assert all(order[other] < order[one] for one in last for other in order.keys() - last)
    assert order.keys() == {one for call in calls for one in call} | entries


@given(CALLS, ENTRIES, st.randoms())
def test_the_order_does_not_depend_on_how_the_calls_are_listed(
    calls: list[Call], entries: set[WorkloadReference], random: Random
) -> None:
    shuffled = calls.copy()
    random.shuffle(shuffled)
    assert ranks(calls, entries) == ranks(shuffled, entries)


def test_a_long_chain_and_a_large_circle_need_no_deep_stack() -> None:
    chain = [workload(f"w{number}").reference for number in range(5000)]
    calls = list(pairwise(chain))
    assert ranks(calls, [])[chain[0]] == 4999
    assert set(ranks([*calls, (chain[-1], chain[0])], []).values()) == {0}
