"""The coverage of one policy, for every way a chain of requests was seen to break."""

from dataclasses import replace

import pytest

from tests.unit.coverage.world import POLICY, Node, World, workload
from tracereach.api.causes import Blindness, Cause, Silence
from tracereach.api.coverage import TERMINALS, CoverageReport
from tracereach.api.status import WORST
from tracereach.api.tracing import Route
from tracereach.coverage.breaks import breaks
from tracereach.coverage.edges import UNKNOWN_ADDRESS, Terminal
from tracereach.coverage.landscape import Landscape
from tracereach.coverage.policy_facts import PolicyFacts
from tracereach.coverage.report import key_of, report
from tracereach.coverage.silences import excused

CHAIN = {"a": Node(("b",)), "b": Node(("c",)), "c": Node(("d",)), "d": Node()}
A, B, C, D = (workload(name) for name in "abcd")
FACTS = PolicyFacts(POLICY, "0.95", frozenset({A, B, C, D}), entries=(A,), measured_seconds=300, measured_at="now")


def land(count: int = 100, **changed: Node) -> Landscape:
    scene = World(CHAIN | changed).requests(count).scene()
    return Landscape(scene, breaks(scene))


def coverage(count: int = 100, facts: PolicyFacts = FACTS, **changed: Node) -> CoverageReport:
    return report(facts, land(count, **changed))


@pytest.mark.parametrize(
    ("changed", "reach", "found", "observed"),
    [
        ({}, "1", 0, "1"),
        ({"b": Node(("c",), injected=False)}, "0.25", 1, "1"),
        ({"b": Node(("c",), speaks=("b3",))}, "0.25", 2, "1"),
        ({"c": Node(("d",), keeps=0)}, "0.5", 1, "0.5"),
        ({"b": Node(("c",), exports=False)}, "0.25", 1, "0.75"),
        ({"b": Node(("c",), server_spans=False)}, "0.25", 1, "1"),
        ({"b": Node(("c",), client_spans=False)}, "0.5", 1, "1"),
        ({"b": Node(("c",), loses_inside=True)}, "0.5", 1, "1"),
        ({"c": Node(("d",), keeps=0.65)}, "0.5", 1, "1"),
        ({"b": Node(("p",)), "p": Node(("c",), forwards="none")}, "0.4", 1, "1"),
    ],
    ids=["healthy", "not injected", "b3", "samples nothing", "exports nothing", "no server spans", "no client spans",
         "lost inside", "samples some", "a proxy"],
)  # fmt: skip
def test_figures_of_a_hundred_requests(changed: dict[str, Node], reach: str, found: int, observed: str) -> None:
    status = coverage(**changed).coverage
    assert (status.reach, status.breaks, status.observed.ratio, status.message) == (reach, found, observed, "")


def test_what_lies_behind_a_break_belongs_to_what_could_be_reached() -> None:
    services = {one.workload: one.reached for one in coverage(b=Node(("c",), injected=False)).services}
    assert services == {str(A): "Yes", str(B): "No", str(C): "No", str(D): "No"}


def test_where_calls_of_the_policys_workloads_end_is_told_most_calls_first() -> None:
    outside = workload("outside")
    database, bank = Terminal("Database", "ledger"), Terminal("Host", "bank.example.com")
    leaving = {
        (D, bank): 40,
        (D, database): 100,
        (outside, database): 100,
        (D, Terminal("Host", UNKNOWN_ADDRESS)): 7,
        **{(C, Terminal("Host", f"{number:03}.example.com")): 1 for number in range(2 * TERMINALS)},
    }
    told = report(FACTS, replace(land(), leaving=leaving)).terminals
    assert [(one.caller, one.kind, one.address, one.calls) for one in told[:2]] == [
        (str(D), "Database", "ledger", 100),
        (str(D), "Host", "bank.example.com", 40),
    ]
    assert (len(told), {one.caller for one in told[2:]}) == (TERMINALS, {str(C)})
    assert (
        report(replace(FACTS, unread=Blindness.GATEWAY_UNREACHABLE), replace(land(), leaving=leaving)).terminals == ()
    )


def test_a_break_is_told_with_its_evidence_and_what_mends_it() -> None:
    (told,) = coverage(d=Node(speaks=("b3",), says=("b3",))).breaks
    assert (told.caller, told.callee, told.at, told.cause) == (str(C), str(D), str(D), Cause.PROPAGATOR_MISMATCH)
    assert (told.confidence, told.calls, told.lost, told.since) == ("High", 100, 100, "now")
    assert told.message == "tracecontext,baggage by its caller, b3 by the callee, and no header in common"
    assert "take OTEL_PROPAGATORS out of the workload" in told.remedy


def test_a_message_names_the_first_few_entries_and_how_many_more_there_are() -> None:
    facts = replace(FACTS, missing_entries=tuple("abcdefg"), missing_ends=tuple("hijkl"))
    message = coverage(facts=facts).coverage.message
    assert "No workload answers to the entry points a, b, c, d, e and 2 more." in message
    assert "No workload answers to h, i, j, k, l in spec.coverage.declaredEdges." in message


def test_a_break_keeps_its_beginning() -> None:
    lossy = land(d=Node(speaks=("b3",), says=("b3",)))
    (first,) = report(FACTS, lossy).breaks
    later = replace(FACTS, measured_at="later", reported={key_of(first): first})
    assert report(later, lossy).breaks == (first,)


def test_a_break_that_comes_with_a_rollout_names_it() -> None:
    lossy = land(d=Node(speaks=("b3",), says=("b3",)))

    def changed(seconds: float, *, ours: bool = True) -> Landscape:
        service = replace(lossy.scene.service(D), revision="shop-1", rolled_out_lately=ours)
        scene = replace(lossy.scene, services={**lossy.scene.services, D: service})
        return Landscape(scene, lossy.breaks, {D: seconds})

    looks = changed(100), changed(130), changed(100, ours=False)
    assert [report(FACTS, one).breaks[0].revision for one in looks] == ["shop-1", "", ""]


def test_with_too_few_calls_reach_is_unknown() -> None:
    status = coverage(20).coverage
    assert (status.reach, status.breaks) == (None, None)
    assert "fewer than 35 calls" in status.message
    assert status.edges


@pytest.mark.parametrize(
    ("facts", "count", "message", "unknown"),
    [
        (replace(FACTS, unread=Blindness.GATEWAY_UNREACHABLE), 100, "does not answer", {"MeasurementDegraded": 4}),
        (replace(FACTS, degraded="spans are dropped"), 100, "spans are dropped", {"MeasurementDegraded": 4}),
        (replace(FACTS, measured_seconds=0), 100, "second reading", {}),
        (FACTS, 0, "No spans within spec.coverage.windowSeconds", {"NoTraffic": 4}),
        (replace(FACTS, measured_seconds=200), 0, "No spans within", {"WarmingUp": 4}),
        (replace(FACTS, missing_entries=("nope",)), 0, "answers to the entry points nope", {"NoTraffic": 4}),
    ],
)
def test_what_is_not_seen_is_unknown_and_not_zero(
    facts: PolicyFacts, count: int, message: str, unknown: dict[str, int]
) -> None:
    status = coverage(count, facts).coverage
    assert (status.reach, status.breaks, status.observed.ratio, status.edges) == (None, None, None, ())
    assert (status.configured.ratio, status.rolled_out.ratio) == ("1", "1")
    assert message in status.message
    assert status.unknown == unknown


@pytest.mark.parametrize(
    ("node", "why"),
    [
        (Node(route=Route.ELSEWHERE), Silence.EXPORTS_ELSEWHERE),
        (Node(route=Route.DIRECT), Silence.DIRECT),
        (Node(keeps=0, says_sampler="parentbased_always_off"), Silence.SAMPLED_OUT),
    ],
)
def test_a_service_whose_spans_are_not_to_be_seen_is_neither_covered_nor_broken(node: Node, why: Silence) -> None:
    told = coverage(e=node, c=Node(("d",)), facts=replace(FACTS, ours=FACTS.ours | {workload("e")}))
    assert {one.workload: one.unknown for one in told.services if one.unknown} == {"shop/Deployment/e": why}
    assert (told.coverage.reach, told.coverage.breaks) == ("1", 0)


def test_without_entries_reach_is_unknown_and_candidates_are_named() -> None:
    status = coverage(facts=replace(FACTS, entries=())).coverage
    assert (status.reach, status.breaks) == (None, 0)
    assert "spec.coverage.entrypoints" in status.message
    assert "arrive at a." in status.message


def test_an_entry_that_names_nothing_is_named() -> None:
    status = coverage(facts=replace(FACTS, entries=(), missing_entries=("shopfront",))).coverage
    assert (status.reach, status.message) == (None, "No workload answers to the entry points shopfront.")


def test_a_silent_entry_is_named_and_reaches_nothing() -> None:
    status = coverage(a=Node(("b",), exports=False)).coverage
    assert (status.reach, status.message) == (None, "No spans from the entries a.")


def test_a_policy_without_workloads_has_no_ratios() -> None:
    status = coverage(facts=replace(FACTS, ours=frozenset())).coverage
    assert [status.configured.ratio, status.rolled_out.ratio, status.observed.ratio, status.reach] == [None] * 4


def test_edges_and_breaks_of_other_policies_stay_out() -> None:
    told = coverage(facts=replace(FACTS, ours=frozenset({A})), c=Node(("d",), injected=False))
    assert [(edge.caller, edge.callee) for edge in told.edges] == [(str(A), str(B))]
    assert told.breaks == ()


def test_the_worst_edges_come_first_and_the_lists_are_bounded() -> None:
    callees = {f"s{number}": Node(injected=number > 0) for number in range(30)}
    told = coverage(60, a=Node(tuple(callees)), **callees)
    assert len(told.coverage.edges) == WORST < len(told.edges)
    assert [edge.state for edge in told.coverage.edges[:2]] == ["Broken", "Healthy"]
    assert (told.coverage.breaks, len(told.breaks)) == (1, 1)


def test_only_what_is_complete_reads_as_one() -> None:
    many = {f"s{number}": Node(injected=number > 0) for number in range(5000)}
    facts = replace(FACTS, ours=frozenset(workload(name) for name in many))
    assert coverage(0, facts, **many).coverage.configured.ratio == "0.999"


def test_a_boundary_is_nothing_that_has_yet_to_be_judged() -> None:
    scene = replace(land(b=Node()).scene, boundaries=frozenset({(A, B)}))
    status = report(FACTS, Landscape(excused(scene), ())).coverage
    assert (status.reach, status.message) == ("1", "")


def test_hops_of_which_nothing_can_be_said_are_not_said_to_have_few_calls() -> None:
    status = coverage(b=Node(("c",), route=Route.ELSEWHERE)).coverage
    assert status.message == (
        "Not judged: 1 edge to services whose spans go elsewhere, or may be missing for the moment."
    )


def test_an_entry_that_shows_none_of_its_requests_is_named() -> None:
    assert coverage(a=Node(("b",), server_spans=False)).coverage.message == (
        "The entries a send spans of calls that they make, and of no request:"
        " if they take any, use a server library that the agent instruments."
    )
