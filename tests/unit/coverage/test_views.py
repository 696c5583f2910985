"""Hops that are judged over a shorter time are judged as if that whole time had been looked at."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise
from random import Random

import pytest

from tests.unit.coverage.random_cluster import INTERVAL, WINDOW, RandomCluster
from tests.unit.coverage.world import AllOf, Node, World, workload
from tracereach.api.causes import Cause
from tracereach.coverage.breaks import Break, breaks, worst_first
from tracereach.coverage.edges import Edge, Traffic, answered, traffic
from tracereach.coverage.landscape import Facts, landscape, needed_views
from tracereach.coverage.spans import span_counts
from tracereach.coverage.view import Routes, View, views

SEEDS = range(120)


@cache
def cluster(seed: int) -> tuple[Facts, Mapping[float, Traffic]]:
    """What is known of it, and the whole traffic of each time."""
    dice = Random(seed)
    made = RandomCluster(dice)
    names = made.names()
    hops, addresses = made.hops(names), made.addresses(names)
    window, now = made.window(names, hops, addresses), 300.0
    changed = {name: dice.uniform(0, WINDOW) for name in sorted(made.some(names, dice.choice((0.1, 0.4, 1))))}
    counted, lately = window.increase(now), window.increase(now, seconds=3 * INTERVAL)
    lengths = needed_views(WINDOW, changed.values())
    facts = Facts(
        made.services(names),
        traffic(counted, addresses),
        WINDOW,
        views(counted.calls, addresses, lengths, lambda back: window.lately(now, seconds=back)),
        changed,
        expected=frozenset(hop for hop in (*hops, *made.hops(names)) if dice.random() < 0.3),
        boundaries=frozenset(hop for hop in hops if dice.random() < 0.05),
        proxies=made.some(names, 0.1),
        entries=made.some(names, 0.15),
        forwarded={name: dice.choice(("Dropped", "Rewritten", "B3Only")) for name in sorted(made.some(names, 0.1))},
        fresh=span_counts(lately),
        fresh_calls=answered(lately),
        collectors=made.collectors(names),
    )
    whole = {back: traffic(window.increase(now, seconds=back), addresses) for back in (*lengths, WINDOW)}
    return facts, whole


def judged_whole(facts: Facts, whole: Mapping[float, Traffic]) -> tuple[tuple[Edge, ...], tuple[Break, ...]]:
    """Everything judged over each time, and of that what is to be judged over it."""
    scenes = {back: landscape(replace(facts, traffic=seen, views={}, changed={})).scene for back, seen in whole.items()}
    latest = {back: {edge.hop: edge for edge in scene.edges} for back, scene in scenes.items()}
    nothing = {"calls": 0, "carried": 0, "begun": 0, "failed": 0, "fresh": 0}
    edges = (
        latest.get(facts.seconds_of(edge.hop), {}).get(edge.hop) or replace(edge, **nothing)
        for edge in scenes[WINDOW].edges
    )
    found = (
        one
        for back, scene in scenes.items()
        for one in breaks(scene)
        if facts.seconds_of((one.caller, one.callee)) == back
    )
    return tuple(edges), tuple(sorted(found, key=worst_first))


@pytest.mark.parametrize("seed", SEEDS)
def test_hops_judged_alone_are_judged_as_among_all_others(seed: int) -> None:
    facts, whole = cluster(seed)
    land = landscape(facts)
    assert (land.edges, land.breaks) == judged_whole(facts, whole)


def test_every_cause_that_spans_can_show_is_among_what_was_compared() -> None:
    known: set[Cause] = set()
    for seed in SEEDS:
        facts, _ = cluster(seed)
        found = landscape(facts).breaks
        known |= {one.diagnosis.cause for one in found if facts.seconds_of((one.caller, one.callee)) < WINDOW}
    assert known == set(Cause)


def test_only_the_calls_around_a_change_are_added_up() -> None:
    names = [f"s{index}" for index in range(50)]
    chain = {name: Node((callee,)) for name, callee in pairwise(names)} | {names[-1]: Node()}
    world = World(chain).requests(60)
    counters, addresses = world.counters(), {f"{name}.shop": (workload(name),) for name in names}
    lately = AllOf(counters)
    view = View(Routes(counters.calls, addresses), lately)
    facts = Facts(world.scene().services, traffic(counters, addresses), 300, {75: view}, {workload("s20"): 80.0})
    assert {edge.state for edge in landscape(facts).edges} == {"Healthy"}
    assert {(one.client[-3:], one.server[-3:]) for one in lately.asked} == {("s19", "s20"), ("s20", "s21")}
