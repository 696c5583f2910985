"""What the spans of probes tell."""

import pytest

from tracereach.api.causes import Cause, Silence
from tracereach.api.coverage import CoverageReport, ServiceReport
from tracereach.api.status import BreakStatus, Count, CoverageStatus, EdgeStatus
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.probing import Forwarding, Seen, Stop, forwarding, halts, stops
from tracereach.coverage.tree import Span

PROXY, BEHIND = "shop/Deployment/proxy", "shop/Deployment/b"


def span(workload: str, kind: str, span_id: str, parent: str = "", peer: str = "") -> Span:
    return Span("7" * 32, span_id, parent, "GET", kind, workload, workload, 0, 1, peer=peer)


ARRIVED = Seen(trace=(span(BEHIND, "Server", "1", "0"),))
WITHOUT_CONTEXT = Seen(strays=(span(BEHIND, "Server", "1"),))
WITH_ANOTHER = Seen(strays=(span(BEHIND, "Server", "1", "9"),))
OF_ITS_OWN = Seen(trace=(span(PROXY, "Server", "1", "0"),), strays=(span(PROXY, "Server", "2"),))
NOTHING = Seen()


@pytest.mark.parametrize(
    ("w3c", "b3", "how"),
    [
        (ARRIVED, NOTHING, "Passed"),
        (ARRIVED, ARRIVED, "Passed"),
        (WITHOUT_CONTEXT, ARRIVED, "B3Only"),
        (WITHOUT_CONTEXT, WITHOUT_CONTEXT, "Dropped"),
        (WITH_ANOTHER, WITH_ANOTHER, "Rewritten"),
        (NOTHING, NOTHING, "NotForwarded"),
        (OF_ITS_OWN, OF_ITS_OWN, "NotForwarded"),
    ],
)
def test_what_a_workload_without_spans_did_to_the_headers(w3c: Seen, b3: Seen, how: Forwarding) -> None:
    assert forwarding(PROXY, w3c, b3) == how


def test_a_trace_stops_at_calls_that_nobody_answered() -> None:
    spans = (
        span("a", "Server", "1"),
        span("a", "Client", "2", "1", peer="b"),
        span("b", "Server", "3", "2"),
        span("b", "Client", "4", "3", peer="c"),
        span("b", "Client", "5", "3", peer="c"),
        span("b", "Internal", "6", "3"),
    )
    assert stops(spans) == (Stop("b", "c"),)
    assert stops(spans[:3]) == ()


A, B, C = (f"shop/Deployment/{name}" for name in "abc")
ADDRESSES = {f"{name}.shop": (WorkloadReference("shop", "Deployment", name),) for name in "abc"}
NONE = Count(count=0, total=0)


def told(
    *breaks: BreakStatus, edges: tuple[EdgeStatus, ...] = (), services: tuple[ServiceReport, ...] = ()
) -> CoverageReport:
    figures = CoverageStatus(configured=NONE, rolled_out=NONE, observed=NONE)
    return CoverageReport(
        policy="TracingPolicy/shop/shop", objective="1", coverage=figures, breaks=breaks, edges=edges, services=services
    )


def broken(caller: str, callee: str, cause: Cause) -> BreakStatus:
    return BreakStatus(caller=caller, callee=callee, at=callee, cause=cause, confidence="High")


def probed(*spans: Span, report: CoverageReport) -> list[tuple[str, str, Cause | None]]:
    found = halts(spans, ADDRESSES, [report])
    return [(one.caller, one.callee, one.found.cause if one.found else None) for one in found]


CALLING = span(A, "Server", "1"), span(A, "Client", "2", "1", peer="b:8080")


def test_a_call_that_nobody_answered_is_a_halt_with_what_coverage_knows_of_it() -> None:
    assert probed(*CALLING, report=told()) == [(A, B, None)]
    known = broken(A, B, Cause.PROPAGATOR_MISMATCH)
    assert probed(*CALLING, report=told(known)) == [(A, B, Cause.PROPAGATOR_MISMATCH)]


def test_of_several_behind_a_service_the_trace_halts_at_the_one_where_calls_are_lost() -> None:
    behind = tuple(WorkloadReference("shop", "Deployment", name) for name in "bc")
    known = broken(A, C, Cause.NOT_INSTRUMENTED)
    (found,) = halts(CALLING, {"b.shop": behind}, [told(known)])
    assert (found.callee, found.found) == (C, known)


def test_context_that_is_lost_inside_leaves_no_call_and_is_a_halt_all_the_same() -> None:
    lost = broken(A, B, Cause.CONTEXT_LOST_IN_PROCESS)
    assert probed(CALLING[0], report=told(lost)) == [(A, B, Cause.CONTEXT_LOST_IN_PROCESS)]
    assert probed(*CALLING, span(B, "Server", "3", "2"), report=told(lost)) == []


def test_a_break_that_the_trace_did_not_come_to_is_no_halt_of_it() -> None:
    assert probed(CALLING[0], report=told(broken(B, C, Cause.NOT_INSTRUMENTED))) == []


def test_what_lies_outside_stops_nothing() -> None:
    assert probed(CALLING[0], span(A, "Client", "2", "1", peer="api.bank.example"), report=told()) == []


def test_a_hop_that_says_nothing_by_somebodys_wish_stops_nothing() -> None:
    boundary = EdgeStatus(caller=A, callee=B, calls=60, carried=0, state="Unknown")
    elsewhere = ServiceReport(workload=B, selected=True, unknown=Silence.EXPORTS_ELSEWHERE)
    assert probed(*CALLING, report=told(edges=(boundary,))) == []
    assert probed(*CALLING, report=told(services=(elsewhere,))) == []


@pytest.mark.parametrize("why", [Silence.NO_TRAFFIC, Silence.CALLS_FAIL, Silence.WARMING_UP, Silence.COLLECTORS_DOWN])
def test_a_service_of_which_nothing_was_known_before_is_a_halt_when_the_trace_stops_there(why: Silence) -> None:
    unasked = ServiceReport(workload=B, selected=True, unknown=why)
    assert probed(*CALLING, report=told(services=(unasked,))) == [(A, B, None)]


def test_a_hop_with_too_few_or_too_new_calls_is_a_halt_when_the_trace_stops_there() -> None:
    few = EdgeStatus(caller=A, callee=B, calls=3, carried=0, state="Unknown")
    assert probed(*CALLING, report=told(edges=(few,))) == [(A, B, None)]
    new = EdgeStatus(caller=A, callee=B, calls=60, carried=60, state="Unknown")
    assert probed(*CALLING, report=told(edges=(new,))) == [(A, B, None)]
