"""An entry alone is no reach: it counts once a hop that leads on is judged, or once it is known to call nobody."""

from collections.abc import Iterable

import pytest

from tests.unit.coverage.shop import ADDRESSES, ORDERS, PAYMENTS, STOREFRONT, entered, matched, unanswered, workload
from tracereach.coverage.counters import Call, Counters, SpanGroup
from tracereach.coverage.edges import traffic
from tracereach.coverage.landscape import Facts, landscape
from tracereach.coverage.policy_facts import PolicyFacts
from tracereach.coverage.report import report
from tracereach.coverage.scene import Hop
from tracereach.coverage.services import Service

ADMIN = workload("admin")
POLICY = "TracingPolicy/shop/shop"
OURS = frozenset({STOREFRONT, ORDERS, PAYMENTS, ADMIN})
FIRST = frozenset({(STOREFRONT, ORDERS)})


def seen(
    requests: int,
    calls: dict[Call, int] | None = None,
    expected: Iterable[Hop] = (),
    boundaries: Iterable[Hop] = (),
    entries: tuple[str, ...] = ("storefront",),
) -> tuple[str | None, str]:
    """The reach, and what limits it, where so many requests have come to each entry."""
    spans = {SpanGroup(str(workload(name)), "Server", root=True): requests for name in entries}
    counted = Counters({**{entered(name): requests for name in entries}, **(calls or {})}, spans)
    services = {one: Service(one, POLICY, injected=True, rolled_out=True) for one in OURS}
    starts = tuple(workload(name) for name in entries)
    facts = Facts(
        services,
        traffic(counted, ADDRESSES),
        expected=frozenset(expected),
        boundaries=frozenset(boundaries),
        entries=frozenset(starts),
    )
    policy = PolicyFacts(POLICY, "0.95", OURS, entries=starts, measured_seconds=300)
    status = report(policy, landscape(facts)).coverage
    return status.reach, status.message


def test_an_entry_with_a_few_requests_and_no_known_hop_says_nothing() -> None:
    reach, message = seen(34)
    assert reach is None
    assert message == (
        "Too little is known of the entries storefront: no hop leads on from them, and they have taken fewer than 35"
        " requests, too few to say that they call nobody."
    )


def test_an_entry_with_many_requests_and_no_known_hop_calls_nobody() -> None:
    assert seen(35) == ("1", "")


def test_a_hop_that_templates_tell_of_has_to_be_called_first() -> None:
    reach, message = seen(1000, expected=FIRST)
    assert reach is None
    assert message == (
        "Not called yet: storefront -> orders, by what templates or the policy say."
        " Declare a hop that is never called as a Boundary."
    )
    assert seen(1000, expected=FIRST, boundaries=FIRST) == ("1", "")


def test_a_hop_with_a_few_calls_is_not_judged_however_many_requests_there_are() -> None:
    assert seen(1000, {matched("storefront", "orders"): 34}) == (
        None,
        "Not judged yet: 1 edge with fewer than 35 calls.",
    )


def test_with_one_judged_hop_reach_is_known() -> None:
    hops = FIRST | {(STOREFRONT, PAYMENTS)}
    assert seen(50, {matched("storefront", "orders"): 50}, expected=hops) == ("1", "")


def test_a_call_to_itself_leads_nowhere() -> None:
    reach, message = seen(20, {matched("storefront", "storefront"): 50})
    assert (reach, message[:40]) == (None, "Too little is known of the entries store")


@pytest.mark.parametrize(("requests", "reach"), [(20, "0.666"), (100, "0.75")])
def test_an_entry_of_which_too_little_is_known_counts_on_neither_side(requests: int, reach: str) -> None:
    calls = {matched("storefront", "orders"): 100, unanswered("orders", "payments"): 100}
    found, message = seen(requests, calls, entries=("storefront", "admin"))
    assert found == reach
    assert ("Too little is known of the entries admin" in message) == (requests == 20)
