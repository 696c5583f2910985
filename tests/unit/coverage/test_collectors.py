"""What collectors say of themselves: a dead sidecar, a dead backend and a dead gateway are three answers."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.unit.coverage.world import Node, World, workload
from tracereach.api.causes import Blindness, Cause, Silence
from tracereach.api.coverage import CoverageReport
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.breaks import breaks
from tracereach.coverage.collectors import SETTLING_SECONDS, Collectors, collectors, turned_away
from tracereach.coverage.counters import GATEWAY, CollectorCount, CollectorFigure, Counters, SpanGroup
from tracereach.coverage.landscape import Landscape
from tracereach.coverage.policy_facts import PolicyFacts
from tracereach.coverage.report import report
from tracereach.coverage.silences import excused

A, B, C = (workload(name) for name in "abc")
CHAIN = {"a": Node(("b",)), "b": Node(("c",)), "c": Node()}
FACTS = PolicyFacts("TracingPolicy/shop/shop", "0.95", frozenset({A, B, C}), (A,), measured_seconds=300)
LIVING = Collectors(alive=1, accepted=100, sent=100)
DEAD = Collectors(late=True)


def figures(**counts: int) -> Counters:
    """Of one collector beside `a`, by the name of each figure."""
    return counted(str(A), {"Uptime": 0} | counts)


def counted(beside: str, counts: Mapping[str, int], *, spans: int = 0) -> Counters:
    named: dict[str, CollectorFigure] = {
        "Uptime": "Uptime", "Accepted": "Accepted", "Sent": "Sent", "Failed": "Failed", "Refused": "Refused",
        "Dropped": "Dropped",
    }  # fmt: skip
    series = {CollectorCount(beside, "one", named[what]): count for what, count in counts.items()}
    return Counters(spans={SpanGroup(str(A), "Server", root=True): spans} if spans else {}, collectors=series)


def told(known: Mapping[WorkloadReference, Collectors], nodes: Mapping[str, Node] = CHAIN) -> CoverageReport:
    scene = excused(replace(World(nodes).requests(100).scene(), collectors=known))
    return report(FACTS, Landscape(scene, breaks(scene)))


OTHERS = counted(str(B), {"Uptime": 8})
ALIVE = figures(Uptime=20)
WELL, TAKEN = figures(Uptime=60, Accepted=9, Sent=9), figures(Uptime=60, Accepted=9)


@pytest.mark.parametrize(
    ("recent", "newest", "expected", "reached"),
    [
        (figures(), figures(), Collectors(late=True), None),
        (figures(Uptime=60), figures(Uptime=20), Collectors(alive=1), None),
        (figures(Uptime=30), figures(), Collectors(alive=1, late=True), None),
        (WELL, figures(Uptime=20, Accepted=2), Collectors(1, accepted=7, sent=9), True),
        (TAKEN, figures(Uptime=20, Accepted=9), Collectors(1), None),
        (TAKEN, figures(Uptime=20, Accepted=2), Collectors(1, accepted=7), False),
        (figures(Uptime=60, Accepted=9, Sent=5, Failed=4), ALIVE, Collectors(1, accepted=9, sent=5, failed=4), False),
    ],
    ids=["dead", "idle", "late", "well", "only just taken", "nothing gets through", "some is lost"],
)
def test_figures_of_one_collector(
    recent: Counters, newest: Counters, expected: Collectors, *, reached: bool | None
) -> None:
    found = collectors(
        figures(Uptime=1).collectors, lambda seconds: OTHERS + (recent if seconds > SETTLING_SECONDS else newest)
    )
    assert found == {A: expected}
    assert found[A].backend_reached is reached


@pytest.mark.parametrize(("failed", "reached"), [(0, True), (1, True), (100, True), (101, False)])
def test_a_few_spans_that_a_backend_does_not_take_say_nothing_of_it(failed: int, *, reached: bool) -> None:
    assert Collectors(1, accepted=10_000, sent=10_000 - failed, failed=failed).backend_reached is reached


def test_a_workload_that_never_had_a_collector_is_not_one_that_lost_it() -> None:
    assert collectors((), lambda _: Counters()) == {}


def test_nobody_is_late_where_there_is_no_news_of_anybody() -> None:
    known = figures(Uptime=60)
    found = collectors(known.collectors, lambda seconds: known if seconds > SETTLING_SECONDS else Counters())
    assert found == {A: Collectors(alive=1)}


def test_the_gateways_are_no_workload() -> None:
    own = counted(GATEWAY, {"Uptime": 60, "Dropped": 5})
    assert collectors(own.collectors, lambda _: own) == {}


def test_spans_that_are_lost_with_a_dead_sidecar_are_laid_to_it() -> None:
    silent = CHAIN | {"b": Node(("c",), exports=False)}
    (found,) = told({A: LIVING, B: DEAD, C: LIVING}, silent).breaks
    assert (found.at, found.cause, found.confidence) == (str(B), Cause.SPANS_NOT_EXPORTED, "High")
    assert "none of the collectors in its pods reports" in found.message
    assert "tracereach-collector" in found.remedy


def test_nothing_is_said_of_a_hop_while_it_is_not_clear_whether_a_sidecar_is_dead() -> None:
    silent = CHAIN | {"b": Node(("c",), exports=False)}
    assert told({A: LIVING, B: Collectors(alive=1, late=True), C: LIVING}, silent).breaks == ()


def test_a_dead_sidecar_without_calls_is_no_break_and_said() -> None:
    idle = CHAIN | {"d": Node()}
    facts = replace(FACTS, ours=FACTS.ours | {workload("d")})
    scene = replace(World(idle).requests(100).scene(), collectors={workload("d"): DEAD})
    found = report(facts, Landscape(scene, breaks(scene)))
    assert found.breaks == ()
    assert {one.workload: one.unknown for one in found.services}[str(workload("d"))] is Silence.COLLECTORS_DOWN


def test_a_living_sidecar_that_was_given_nothing_rules_out_that_spans_are_lost_behind_it() -> None:
    silent = CHAIN | {"c": Node(server_spans=False, client_spans=False)}
    without = told({}, silent).breaks[0]
    within = told({A: LIVING, B: LIVING, C: Collectors(alive=1)}, silent).breaks[0]
    assert Cause.SPANS_NOT_EXPORTED in without.alternatives
    assert Cause.SPANS_NOT_EXPORTED not in within.alternatives
    assert within.message.endswith("; the collectors beside it live, and have lately taken no span from it")


def test_spans_that_the_gateway_does_not_count_are_not_said_to_be_none() -> None:
    silent = CHAIN | {"c": Node(server_spans=False, client_spans=False)}
    (found,) = told({A: LIVING, B: LIVING, C: LIVING}, silent).breaks
    assert found.message.endswith(
        "; the collectors beside it live, and none of the 100 spans that they have lately taken counts; those of"
        " health checks never do"
    )


def test_a_dead_backend_leaves_coverage_as_it_is_and_is_said() -> None:
    found = told({A: LIVING, B: Collectors(alive=1, accepted=100), C: Collectors(alive=1)})
    assert found.coverage.unexported == (str(B),)
    assert (found.coverage.reach, found.breaks, found.coverage.reason) == ("1", (), None)
    assert {one.workload: one.backend for one in found.services} == {
        str(A): "Reached",
        str(B): "Unreachable",
        str(C): "Unknown",
    }


def test_a_dead_gateway_makes_everything_unknown() -> None:
    scene = World(CHAIN).requests(100).scene()
    found = report(replace(FACTS, unread=Blindness.GATEWAY_UNREACHABLE), Landscape(scene, breaks(scene)))
    assert (found.coverage.reason, found.coverage.reach) == (Blindness.GATEWAY_UNREACHABLE, None)
    assert {one.unknown for one in found.services} == {Silence.MEASUREMENT_DEGRADED}


@pytest.mark.parametrize(
    ("lost", "distrusted"), [({}, False), ({"Dropped": 9}, False), ({"Dropped": 60}, True), ({"Refused": 60}, True)]
)
def test_a_gateway_that_turns_spans_away_is_not_believed(lost: dict[str, int], *, distrusted: bool) -> None:
    assert bool(turned_away(counted(GATEWAY, lost, spans=1000))) is distrusted
    assert not turned_away(counted(str(A), lost, spans=1000))
