"""The figures of a policy's status, for every way a chain of requests was seen to break."""

from dataclasses import replace

import pytest

from tests.unit.coverage.shop import (
    ADDRESSES,
    CASES,
    ORDERS,
    PAYMENTS,
    SERVICES,
    STOREFRONT,
    counters,
    matched,
    workload,
)
from tracereach.api.status import WORST
from tracereach.coverage.counters import Counters
from tracereach.coverage.edges import traffic
from tracereach.coverage.summary import Facts, MatchedWorkload, assess

SHOP = tuple(MatchedWorkload(workload(name), configured=True, rolled_out=True) for name in SERVICES)


def facts(seen: Counters) -> Facts:
    return Facts(SHOP, traffic(seen, ADDRESSES), entries=(STOREFRONT,), measured_seconds=300)


@pytest.mark.parametrize(
    ("case", "reach", "breaks", "observed"),
    [
        ("healthy", "1", 0, "1"),
        ("i: orders is not instrumented", "0.5", 1, "0.75"),
        ("ii: payments speaks b3", "0.5", 2, "1"),
        ("ii: and orders does not say whom it calls", "1", 1, "1"),
        ("iii: payments never samples", "0.666", 1, "0.5"),
        ("iv: orders cannot export", "0.5", 1, "0.75"),
        ("v: orders' server side is not instrumented", "0.25", 1, "1"),
        ("vi: orders' client side is not instrumented", "1", 0, "1"),
        ("vii: payments samples 65 % for itself", "0.5", 1, "1"),
        ("viii: a silent proxy drops the header", "0.666", 1, "1"),
    ],
)
def test_figures_of_a_hundred_requests(case: str, reach: str, breaks: int, observed: str) -> None:
    status = assess(facts(CASES[case](100)))
    assert (status.reach, status.breaks, status.observed.ratio) == (reach, breaks, observed)
    assert (status.configured.ratio, status.rolled_out.ratio, status.message) == ("1", "1", "")


@pytest.mark.parametrize("case", CASES)
def test_with_too_few_calls_reach_is_unknown(case: str) -> None:
    status = assess(facts(CASES[case](20)))
    assert (status.reach, status.breaks) == (None, None)
    assert "fewer than 35 calls" in status.message
    assert status.edges


HEALTHY = facts(CASES["healthy"](100))


@pytest.mark.parametrize(
    ("blind", "message"),
    [
        (replace(HEALTHY, gateway_reachable=False), "does not answer"),
        (replace(HEALTHY, measured_seconds=0), "second reading"),
        (replace(HEALTHY, traffic=traffic(Counters(), ADDRESSES)), "No spans within spec.coverage.windowSeconds"),
    ],
)
def test_what_is_not_seen_is_unknown_and_not_zero(blind: Facts, message: str) -> None:
    status = assess(blind)
    assert (status.reach, status.breaks, status.observed.ratio, status.edges) == (None, None, None, ())
    assert (status.configured.ratio, status.rolled_out.ratio) == ("1", "1")
    assert message in status.message


def test_without_entries_reach_is_unknown_and_candidates_are_named() -> None:
    status = assess(replace(HEALTHY, entries=()))
    assert status.reach is None
    assert status.breaks == 0
    assert "spec.coverage.entrypoints" in status.message
    assert "arrive at storefront." in status.message


def test_an_entry_that_names_nothing_is_named() -> None:
    status = assess(replace(HEALTHY, entries=(), missing_entries=("shopfront",)))
    assert status.reach is None
    assert status.message == "No workload answers to the entry points shopfront."


def test_a_silent_entry_is_named_and_reaches_nothing() -> None:
    seen = counters({matched("orders", "payments"): 100}, senders=("orders", "payments"))
    status = assess(facts(seen))
    assert status.reach is None
    assert status.message == "No spans from the entries storefront."


def test_the_three_levels_are_counted_apart() -> None:
    workloads = (
        MatchedWorkload(STOREFRONT, configured=True, rolled_out=True),
        MatchedWorkload(ORDERS, configured=True, rolled_out=False),
        MatchedWorkload(PAYMENTS, configured=False, rolled_out=False),
    )
    status = assess(replace(HEALTHY, workloads=workloads))
    levels = (status.configured, status.rolled_out, status.observed)
    assert [(level.count, level.total, level.ratio) for level in levels] == [
        (2, 3, "0.666"), (1, 3, "0.333"), (1, 1, "1"),
    ]  # fmt: skip


def test_a_policy_without_workloads_has_no_ratios() -> None:
    status = assess(replace(HEALTHY, workloads=()))
    assert [status.configured.ratio, status.rolled_out.ratio, status.observed.ratio, status.reach] == [None] * 4


def test_edges_of_other_policies_stay_out() -> None:
    status = assess(replace(HEALTHY, workloads=SHOP[:1]))
    assert [(edge.caller, edge.callee) for edge in status.edges] == [(str(STOREFRONT), str(ORDERS))]


def test_the_worst_edges_come_first_and_the_list_is_bounded() -> None:
    calls = {matched("storefront", f"service-{number}"): 100 for number in range(30)}
    status = assess(facts(counters(calls) + CASES["ii: payments speaks b3"](100)))
    assert len(status.edges) == WORST
    assert [edge.state for edge in status.edges[:3]] == ["Broken", "Broken", "Healthy"]
    assert status.breaks == 2


def test_only_what_is_complete_reads_as_one() -> None:
    many = tuple(MatchedWorkload(workload(f"s{n}"), configured=n > 0, rolled_out=True) for n in range(5000))
    assert assess(replace(HEALTHY, workloads=many)).configured.ratio == "0.999"
