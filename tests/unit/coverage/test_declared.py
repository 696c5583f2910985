"""Hops that a policy declares, and what they change."""

from dataclasses import replace

import pytest

from tests.unit.coverage.world import Node, World, workload
from tracereach.api.causes import Cause
from tracereach.api.policy import DeclaredEdge
from tracereach.coverage.breaks import breaks
from tracereach.coverage.declared import declared
from tracereach.coverage.silences import excused

A, B, C = (workload(name) for name in "abc")
ADDRESSES = {"a.shop": (A,), "b.shop": (B,)}


def edge(caller: str, callee: str, kind: str = "Call") -> DeclaredEdge:
    return DeclaredEdge.model_validate({"caller": caller, "callee": callee, "kind": kind})


def test_ends_are_services_or_workloads() -> None:
    found = declared([edge("a", "b"), edge("b.shop", "shop/Deployment/c", "Boundary")], ADDRESSES, "shop")
    assert (found.calls, found.boundaries, found.unknown) == ({(A, B)}, {(B, C)}, ())


def test_the_callee_of_a_pass_through_is_a_proxy() -> None:
    found = declared([edge("a", "b", "PassThrough")], ADDRESSES, "shop")
    assert (found.calls, found.proxies) == ({(A, B)}, {B})


def test_ends_that_lead_nowhere_are_named_once() -> None:
    found = declared([edge("a", "x"), edge("x", "b")], ADDRESSES, "shop")
    assert (found.calls, found.unknown) == (frozenset(), ("x",))


def test_a_boundary_is_no_break() -> None:
    scene = World({"a": Node(("b",)), "b": Node(injected=False)}).requests(60).scene()
    assert len(breaks(scene)) == 1
    assert breaks(excused(replace(scene, boundaries=frozenset({(A, B)})))) == ()


@pytest.mark.parametrize(("does", "cause"), [("none", Cause.HEADERS_DROPPED), ("new", Cause.HEADERS_REWRITTEN)])
def test_a_declared_proxy_is_known_for_one(does: str, cause: Cause) -> None:
    scene = World({"a": Node(("b",)), "b": Node(("c",), forwards=does), "c": Node()}).requests(60).scene()
    (found,) = breaks(replace(scene, proxies=frozenset({B})))
    assert (found.diagnosis.cause, found.diagnosis.at, found.diagnosis.confidence) == (cause, B, "High")


def test_a_timer_with_many_calls_is_told_how_to_be_no_break() -> None:
    scene = World({"a": Node(("b",)), "b": Node(("c",), timer=10), "c": Node()}).requests(60).scene()
    (found,) = breaks(scene)
    assert "declare the hop as a Boundary" in found.status().remedy
    assert breaks(excused(replace(scene, boundaries=frozenset({(B, C)})))) == ()
