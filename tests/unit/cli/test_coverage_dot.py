"""The coverage map as a graph: what is drawn, and that nothing in it can be more than a name."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.cli.api_server import ObjectServer
from tests.unit.cli.conftest import Call
from tests.unit.cli.test_coverage import answer, serve
from tests.unit.coverage.world import Node
from tracereach.api.causes import Cause
from tracereach.api.coverage import CoverageReport, ServiceReport, TerminalKind, TerminalStatus
from tracereach.api.status import BreakStatus, Count, CoverageStatus, EdgeStatus
from tracereach.cli.coverage_dot import dot_of, quoted

NOTHING = CoverageStatus(
    configured=Count(count=0, total=0), rolled_out=Count(count=0, total=0), observed=Count(count=0, total=0)
)


def graph(*parts: CoverageReport) -> list[str]:
    return [line.strip() for line in dot_of(parts).splitlines()]


def policy(*services: ServiceReport, **parts: Any) -> CoverageReport:
    return CoverageReport(policy="shop", objective="1", coverage=NOTHING, services=services, **parts)


def test_the_map_is_a_graph_for_graphviz(call: Call, server: ObjectServer) -> None:
    serve(server, answer(c=Node(("d",), speaks=("b3",), says=("b3",))))
    good = '"shop/Deployment/a" -> "shop/Deployment/b" [label="100 of 100 calls", style=solid'
    lost = r'label="0 of 100 calls\nPropagatorMismatch at c", style=solid, color=red, fontcolor=red];'
    assert call("map", "-o", "dot").stdout.splitlines() == [
        "digraph coverage {",
        "  rankdir=LR;",
        '  node [shape=box, style="rounded"];',
        '  subgraph "cluster_shop" {',
        '    label="shop";',
        r'    "shop/Deployment/a" [label="a\nDeployment", peripheries=2];',
        r'    "shop/Deployment/b" [label="b\nDeployment"];',
        r'    "shop/Deployment/c" [label="c\nDeployment"];',
        r'    "shop/Deployment/d" [label="d\nDeployment"];',
        "  }",
        f"  {good}, color=forestgreen, fontcolor=forestgreen];",
        f'  "shop/Deployment/b" -> "shop/Deployment/c" [{lost}',
        f'  "shop/Deployment/c" -> "shop/Deployment/d" [{lost}',
        "}",
    ]


def test_a_hop_that_no_span_shows_is_dashed(call: Call, server: ObjectServer) -> None:
    serve(server, answer(b=Node(("c",), client_spans=False)))
    assert (
        '  "shop/Deployment/b" -> "shop/Deployment/c" [label="ClientLibraryNotInstrumented at b", style=dashed,'
        " color=red, fontcolor=red];"
    ) in call("map", "--output", "dot").stdout.splitlines()


def test_each_namespace_is_a_cluster_and_who_is_of_no_policy_is_grey() -> None:
    ours = ServiceReport(workload="shop/Deployment/a", selected=True)
    other = ServiceReport(workload="bank/StatefulSet/b", selected=False)
    lines = graph(policy(ours, other))
    assert [line for line in lines if line.startswith("subgraph")] == [
        'subgraph "cluster_bank" {',
        'subgraph "cluster_shop" {',
    ]
    assert r'"bank/StatefulSet/b" [label="b\nStatefulSet", color=grey50, fontcolor=grey50];' in lines


def test_what_two_policies_tell_of_is_drawn_once() -> None:
    a, b = "shop/Deployment/a", "shop/Deployment/b"
    hop = EdgeStatus(caller=a, callee=b, calls=40, carried=40, state="Healthy")
    longer = hop.model_copy(update={"calls": 80, "carried": 0, "state": "Broken"})
    lost = BreakStatus(caller=a, callee=b, at=b, cause=Cause.NOT_INSTRUMENTED, confidence="High")
    mine = policy(ServiceReport(workload=a, selected=True), ServiceReport(workload=b, selected=False), edges=(hop,))
    yours = policy(ServiceReport(workload=b, selected=True), edges=(longer,), breaks=(lost,))
    lines = graph(mine, yours, yours)
    assert [line for line in lines if line.startswith(f'"{b}" [')] == [rf'"{b}" [label="b\nDeployment"];']
    (edge,) = (line for line in lines if "->" in line)
    assert r'label="0 of 80 calls\nNotInstrumented at b", style=solid, color=red' in edge


def test_what_is_no_workload_has_a_shape_of_its_own_outside_of_the_clusters() -> None:
    a, b = "shop/Deployment/a", "shop/Deployment/b"
    kinds: tuple[TerminalKind, ...] = ("Database", "Broker", "Host")
    ends = tuple(TerminalStatus(caller=a, kind=kind, address="x", calls=3) for kind in kinds)
    shared = TerminalStatus(caller=b, kind="Broker", address="x", calls=2)
    lines = graph(
        policy(ServiceReport(workload=a, selected=True), terminals=ends),
        policy(ServiceReport(workload=b, selected=True), terminals=(shared, ends[0])),
    )
    assert [line for line in lines if "shape=" in line][1:] == [
        '"Broker/x" [label="x", shape=cds, style=solid];',
        '"Database/x" [label="x", shape=cylinder, style=solid];',
        '"Host/x" [label="x", shape=ellipse, style=solid];',
    ]
    assert [line for line in lines if "->" in line] == [
        '"shop/Deployment/a" -> "Broker/x" [label="3 calls", style=solid];',
        '"shop/Deployment/b" -> "Broker/x" [label="2 calls", style=solid];',
        '"shop/Deployment/a" -> "Database/x" [label="3 calls", style=solid];',
        '"shop/Deployment/a" -> "Host/x" [label="3 calls", style=solid];',
    ]


@given(st.text())
def test_a_name_stays_a_name_whatever_is_in_it(text: str) -> None:
    string = quoted(text)
    assert re.fullmatch(r'"(?:[^"\\]|\\["\\])*"', string)
    assert string.isprintable()
    back = string[1:-1].replace("&amp;", "&")
    assert re.sub(r"\\(.)", r"\1", back) == "".join(one if one.isprintable() else "�" for one in text)


def test_no_name_ends_its_string_or_says_anything_to_graphviz() -> None:
    evil = 'shop/Deployment/x"]; y [label="\\N &lt;b&gt;\n\\'
    lines = graph(policy(ServiceReport(workload=evil, selected=True)))
    assert (
        r'"shop/Deployment/x\"]; y [label=\"\\N &amp;lt;b&amp;gt;�\\"'
        r' [label="x\"]; y [label=\"\\N &amp;lt;b&amp;gt;�\\\nDeployment"];'
    ) in lines
