"""Reach: how far context travels from the entries."""

import pytest

from tests.unit.coverage.shop import LEDGER, ORDERS, PAYMENTS, STOREFRONT
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.edges import Edge
from tracereach.coverage.graph import reach

Hop = tuple[WorkloadReference, WorkloadReference]


def edges(*, healthy: tuple[Hop, ...] = (), broken: tuple[Hop, ...] = (), unknown: tuple[Hop, ...] = ()) -> list[Edge]:
    return [
        *(Edge(*hop, calls=100, carried=100) for hop in healthy),
        *(Edge(*hop, calls=100, carried=0) for hop in broken),
        *(Edge(*hop, calls=3, carried=3) for hop in unknown),
    ]


FIRST, SECOND, THIRD = (STOREFRONT, ORDERS), (ORDERS, PAYMENTS), (PAYMENTS, LEDGER)


@pytest.mark.parametrize(
    ("graph", "reached", "reachable"),
    [
        (edges(healthy=(FIRST, SECOND, THIRD)), 4, 4),
        (edges(healthy=(FIRST, THIRD), broken=(SECOND,)), 2, 4),
        (edges(broken=(FIRST,), healthy=(SECOND, THIRD)), 1, 4),
        (edges(broken=(FIRST,), healthy=(THIRD,)), 1, 2),
        (edges(healthy=(FIRST,), broken=(SECOND,), unknown=(THIRD,)), 2, 3),
        (edges(healthy=((STOREFRONT, PAYMENTS), FIRST), broken=(SECOND,)), 3, 3),
        (edges(healthy=(FIRST, (ORDERS, STOREFRONT), (ORDERS, ORDERS))), 2, 2),
        ([], 1, 1),
    ],
)
def test_reach_from_the_storefront(graph: list[Edge], reached: int, reachable: int) -> None:
    found = reach([STOREFRONT], graph)
    assert (len(found.reached), len(found.reachable)) == (reached, reachable)
    assert found.known


def test_without_entries_nothing_is_known() -> None:
    assert not reach([], edges(healthy=(FIRST,))).known


def test_with_unjudged_edges_only_nothing_is_known() -> None:
    found = reach([STOREFRONT], edges(unknown=(FIRST, SECOND)))
    assert not found.known
    assert found.unjudged == 1


def test_edges_elsewhere_do_not_count() -> None:
    found = reach([STOREFRONT], edges(healthy=(FIRST,), unknown=(THIRD,)))
    assert (found.known, found.judged, found.unjudged) == (True, 1, 0)
