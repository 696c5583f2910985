"""Calls that fail and never show up at the callee say nothing about context: the callee may be down."""

from collections.abc import Mapping

import pytest

from tests.unit.coverage.shop import ADDRESSES, ORDERS, PAYMENTS, STOREFRONT, entered, matched, unanswered
from tests.unit.coverage.shop import workload as named
from tracereach.api.causes import Cause, Silence
from tracereach.api.coverage import CoverageReport
from tracereach.coverage.counters import Call, Counters, SpanGroup
from tracereach.coverage.edges import traffic
from tracereach.coverage.landscape import Facts, landscape
from tracereach.coverage.policy_facts import PolicyFacts
from tracereach.coverage.report import report
from tracereach.coverage.services import Service

POLICY = "TracingPolicy/shop/shop"
OURS = frozenset({STOREFRONT, ORDERS, PAYMENTS})
REFUSED = Call(str(ORDERS), "payments", "server", "virtual_node", failed=True)
LOST = unanswered("orders", "payments")
ANSWERED = matched("orders", "payments")


def told(calls: Mapping[Call, int], *senders: str, **of_payments: object) -> CoverageReport:
    """Of a hundred requests to the storefront, each with a call to orders."""
    spans = {SpanGroup(str(named(name)), "Server", root=name == "storefront"): 100 for name in ("storefront", "orders")}
    spans |= {SpanGroup(str(named(name)), "Server", root=False): 100 for name in senders}
    counted = Counters({entered("storefront"): 100, matched("storefront", "orders"): 100, **calls}, spans)
    services = {one: Service(one, POLICY, injected=True, rolled_out=True) for one in (STOREFRONT, ORDERS)}
    services[PAYMENTS] = Service(PAYMENTS, **{"policy": POLICY, "injected": True, "rolled_out": True, **of_payments})  # type: ignore[arg-type]
    facts = Facts(services, traffic(counted, ADDRESSES), entries=frozenset({STOREFRONT}))
    policy = PolicyFacts(POLICY, "0.95", OURS, entries=(STOREFRONT,), measured_seconds=300)
    return report(policy, landscape(facts))


def state_of(found: CoverageReport) -> str:
    (edge,) = (edge for edge in found.edges if edge.callee == str(PAYMENTS))
    return edge.state


def silence_of(found: CoverageReport) -> Silence | None:
    (service,) = (service for service in found.services if service.workload == str(PAYMENTS))
    return service.unknown


@pytest.mark.parametrize("injected", [True, False])
def test_a_callee_that_is_down_is_no_break(*, injected: bool) -> None:
    found = told({REFUSED: 100}, injected=injected, rolled_out=injected)
    assert (state_of(found), found.breaks, found.coverage.reach) == ("Unknown", (), "1")
    assert silence_of(found) is (Silence.CALLS_FAIL if injected else Silence.NOT_ROLLED_OUT)
    assert found.coverage.message == (
        "Not judged: orders -> payments, where calls fail and nothing shows that they arrive."
        " Look at whether the callee's port answers."
    )


def test_a_hop_of_which_nearly_all_calls_fail_is_not_judged_by_the_rest() -> None:
    found = told({REFUSED: 100, LOST: 20}, "payments")
    assert (state_of(found), found.breaks) == ("Unknown", ())


def test_calls_that_are_answered_without_a_span_are_lost_whatever_becomes_of_the_others() -> None:
    found = told({REFUSED: 100, LOST: 60})
    assert state_of(found) == "Broken"
    (one,) = found.breaks
    assert (one.cause, one.calls, one.lost) == (Cause.SERVER_LIBRARY_NOT_INSTRUMENTED, 60, 60)


def test_a_replica_that_is_down_leaves_the_hop_to_the_others_healthy() -> None:
    found = told({REFUSED: 100, ANSWERED: 100}, "payments")
    assert (state_of(found), found.breaks, found.coverage.message) == ("Healthy", (), "")


def test_a_caller_that_is_refused_is_not_taken_for_one_without_spans_of_its_calls() -> None:
    """Requests from elsewhere begin traces in payments, and orders, whose template names it, is not their caller."""
    spans = {
        SpanGroup(str(ORDERS), "Server", root=True): 100,
        SpanGroup(str(ORDERS), "Client", root=False): 100,
        SpanGroup(str(PAYMENTS), "Server", root=True): 100,
    }
    services = {one: Service(one, POLICY, injected=True, rolled_out=True) for one in OURS}
    seen = traffic(Counters({entered("payments"): 100, REFUSED: 100}, spans), ADDRESSES)
    facts = Facts(services, seen, expected=frozenset({(ORDERS, PAYMENTS)}), entries=frozenset({ORDERS}))
    assert landscape(facts).breaks == ()
