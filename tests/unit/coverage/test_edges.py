"""Hops and their verdicts, for every way a chain of requests was seen to break."""

import pytest

from tests.unit.coverage.shop import (
    ADDRESSES,
    CASES,
    LEDGER,
    ORDERS,
    PAYMENTS,
    STOREFRONT,
    counters,
    matched,
    workload,
)
from tracereach.coverage.counters import Call, Counters, SpanGroup
from tracereach.coverage.edges import Edge, EdgeState, Terminal, traffic

S, O, P, L = "storefront", "orders", "payments", "ledger"  # noqa: E741 - one letter keeps the table a table

VERDICTS: dict[str, dict[tuple[str, str], EdgeState]] = {
    "healthy": {(S, O): "Healthy", (O, P): "Healthy", (P, L): "Healthy"},
    "i: orders is not instrumented": {(S, O): "Broken", (P, L): "Healthy"},
    "ii: payments speaks b3": {(S, O): "Healthy", (O, P): "Broken", (P, L): "Broken"},
    "ii: and orders does not say whom it calls": {(S, O): "Healthy", (P, L): "Broken"},
    "iii: payments never samples": {(S, O): "Healthy", (O, P): "Broken"},
    "iv: orders cannot export": {(S, O): "Broken", (P, L): "Healthy"},
    "v: orders' server side is not instrumented": {(S, O): "Broken", (O, P): "Healthy", (P, L): "Healthy"},
    "vi: orders' client side is not instrumented": {(S, O): "Healthy", (P, L): "Healthy"},
    "vii: payments samples 65 % for itself": {(S, O): "Healthy", (O, P): "Partial", (P, L): "Healthy"},
    "viii: a silent proxy drops the header": {(S, O): "Healthy", (O, "proxy"): "Broken", (P, L): "Healthy"},
}


@pytest.mark.parametrize("case", CASES)
def test_a_hundred_requests_are_judged(case: str) -> None:
    seen = traffic(CASES[case](100), ADDRESSES)
    assert {(edge.caller.name, edge.callee.name): edge.state for edge in seen.edges} == VERDICTS[case]


@pytest.mark.parametrize("case", CASES)
def test_twenty_requests_are_too_few(case: str) -> None:
    edges = traffic(CASES[case](20), ADDRESSES).edges
    assert {edge.state for edge in edges} == {"Unknown"}
    assert all(edge.calls == 20 for edge in edges if edge.callee != LEDGER)


def test_the_two_sides_of_a_sampled_hop_add_up() -> None:
    seen = traffic(CASES["vii: payments samples 65 % for itself"](100), ADDRESSES)
    assert Edge(ORDERS, PAYMENTS, calls=100, carried=65) in seen.edges


@pytest.mark.parametrize(
    ("calls", "carried", "state"),
    [
        (0, 0, "Unknown"),
        (34, 34, "Unknown"),
        (34, 0, "Unknown"),
        (35, 35, "Healthy"),
        (35, 34, "Partial"),
        (35, 1, "Partial"),
        (35, 0, "Broken"),
        (1000, 950, "Healthy"),
        (1000, 949, "Partial"),
        (1000, 81, "Broken"),
        (1000, 100, "Partial"),
    ],
)
def test_thresholds(calls: int, carried: int, state: EdgeState) -> None:
    assert Edge(ORDERS, PAYMENTS, calls, carried).state == state


def test_requests_without_context_are_no_edges() -> None:
    """A user, or a load generator without an agent, begins a trace at the service that it calls."""
    seen = traffic(CASES["i: orders is not instrumented"](40), ADDRESSES)
    assert seen.entering == {STOREFRONT: 40, PAYMENTS: 40}
    assert all(edge.caller != edge.callee for edge in seen.edges)


def test_what_is_outside_is_no_break() -> None:
    client = str(ORDERS)
    calls = {
        Call(client, "api.example.com", "server", "virtual_node"): 40,
        Call(client, "unknown", "server", "virtual_node"): 40,
        Call(client, "messaging:kafka", "server", "virtual_node"): 40,
        Call(client, "ledger", "", "database"): 40,
    }
    seen = traffic(counters(calls), ADDRESSES)
    assert seen.edges == ()
    assert seen.leaving == dict.fromkeys(
        [
            (ORDERS, Terminal("Host", "api.example.com")),
            (ORDERS, Terminal("Host", "unknown")),
            (ORDERS, Terminal("Broker", "kafka")),
            (ORDERS, Terminal("Database", "ledger")),
        ],
        40,
    )


def test_forged_identities_are_passed_over() -> None:
    calls = {Call("orders", str(PAYMENTS)): 40, Call("a/b/c/d", "payments", "server", "virtual_node"): 40}
    seen = traffic(Counters(calls), ADDRESSES)
    assert (seen.edges, seen.leaving, seen.entering) == ((), {}, {})


def test_addresses_of_one_callee_are_one_edge() -> None:
    calls = {
        matched("orders", "payments"): 30,
        Call(str(ORDERS), "payments:8080", "server", "virtual_node"): 5,
        Call(str(ORDERS), "payments.shop.svc", "server", "virtual_node"): 5,
    }
    assert traffic(counters(calls), ADDRESSES).edges == (Edge(ORDERS, PAYMENTS, calls=40, carried=30),)


def test_calls_without_an_answer_went_to_the_one_of_a_pair_that_says_nothing() -> None:
    blue, green = workload("payments-blue"), workload("payments-green")
    calls = {
        Call(str(ORDERS), str(blue)): 50,
        Call(str(ORDERS), "payments", "server", "virtual_node"): 40,
    }
    seen = traffic(Counters(calls, {SpanGroup(str(blue), "Server", root=False): 50}), {"payments.shop": (blue, green)})
    assert seen.edges == (Edge(ORDERS, blue, 50, 50), Edge(ORDERS, green, 40))


def test_calls_without_an_answer_went_to_the_one_of_a_pair_that_begins_most_traces_where_both_speak() -> None:
    blue, green = workload("payments-blue"), workload("payments-green")
    calls = {Call(str(ORDERS), str(blue)): 50, Call(str(ORDERS), "payments", "server", "virtual_node"): 40}
    spans = {SpanGroup(str(blue), "Server", root=False): 50, SpanGroup(str(green), "Server", root=True): 40}
    seen = traffic(Counters(calls, spans), {"payments.shop": (blue, green)})
    assert seen.edges == (Edge(ORDERS, blue, 50, 50), Edge(ORDERS, green, 40))


def test_senders_are_the_workloads_that_sent_spans() -> None:
    assert traffic(CASES["iii: payments never samples"](1), ADDRESSES).senders == {STOREFRONT, ORDERS}


def test_a_call_that_begins_a_trace_is_lost_inside_a_caller_that_was_at_work_for_somebody() -> None:
    begun = Call(str(ORDERS), str(PAYMENTS), begun=True)
    served = SpanGroup(str(ORDERS), "Server", root=False)
    job = traffic(Counters({begun: 40}), ADDRESSES).edges
    timer = traffic(Counters({begun: 40}, {served: 400}), ADDRESSES).edges
    lost = traffic(Counters({begun: 40}, {served: 40}), ADDRESSES).edges
    assert job == timer == (Edge(ORDERS, PAYMENTS, calls=40, carried=40),)
    assert lost == (Edge(ORDERS, PAYMENTS, calls=40, carried=0, begun=40),)
    assert (lost[0].state, lost[0].lost, lost[0].paired) == ("Broken", 40, 40)


@pytest.mark.parametrize(("carried", "begun", "lost"), [(60, 40, 0), (60, 60, 60), (40, 20, 20), (0, 60, 60)])
def test_calls_beside_one_for_each_request_are_a_timers(carried: int, begun: int, lost: int) -> None:
    calls = {Call(str(ORDERS), str(PAYMENTS)): carried, Call(str(ORDERS), str(PAYMENTS), begun=True): begun}
    served = SpanGroup(str(ORDERS), "Server", root=False)
    (edge,) = traffic(Counters(calls, {served: 60}), ADDRESSES).edges
    assert edge.begun == lost
