"""`map`, `explain`, `check` and `probe`: what the operator knows of coverage, for people and for pipelines."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.cli.api_server import ObjectServer
from tests.unit.cli.conftest import Call
from tests.unit.coverage.world import Node, World, workload
from tracereach.api.causes import Cause
from tracereach.api.coverage import CoverageReports
from tracereach.api.probes import Halt
from tracereach.api.status import BreakStatus, EdgeStatus
from tracereach.coverage.breaks import breaks
from tracereach.coverage.landscape import Landscape
from tracereach.coverage.policy_facts import PolicyFacts
from tracereach.coverage.report import report

PROXY = "/api/v1/namespaces/tracereach-system/services/tracereach-operator:8080/proxy"
CHAIN = {"a": Node(("b",)), "b": Node(("c",)), "c": Node(("d",)), "d": Node()}
TRACE_ID = "7261636572656163" + "0" * 16


def answer(*, requests: int = 100, **changed: Node) -> CoverageReports:
    """What the operator answers of a chain of four; what is not injected is not the policy's."""
    nodes = CHAIN | changed
    scene = World(nodes).requests(requests).scene()
    ours = frozenset(workload(name) for name, node in nodes.items() if node.injected)
    facts = PolicyFacts(
        "TracingPolicy/shop/shop",
        "0.95",
        ours,
        (workload("a"),),
        measured_seconds=300,
        measured_at="2026-01-01T10:00:00Z",
    )
    return CoverageReports(policies=(report(facts, Landscape(scene, breaks(scene))),))


def serve(server: ObjectServer, reports: CoverageReports) -> None:
    server.answers[f"{PROXY}/api/coverage"] = (200, reports.model_dump(mode="json", by_alias=True))


def test_the_map_is_a_tree_from_the_entries(call: Call, server: ObjectServer) -> None:
    serve(server, answer(c=Node(("d",), speaks=("b3",), says=("b3",))))
    assert call("map").stdout.splitlines() == [
        "TracingPolicy/shop/shop  reach 0.5",
        "└── a (entry)",
        "    └── ● b  100 of 100 calls",
        "        └── ✗ c  0 of 100 calls  PropagatorMismatch at c",
        "            └── ✗ d  0 of 100 calls  PropagatorMismatch at c",
        "● traces cross   ◐ some do   ✗ they stop   ○ not known yet",
    ]


def test_the_map_shows_hops_that_no_span_shows(call: Call, server: ObjectServer) -> None:
    serve(server, answer(b=Node(("c",), client_spans=False), e=Node(), d=Node(injected=False)))
    assert call("map").stdout.splitlines()[:-1] == [
        "TracingPolicy/shop/shop  reach 0.5",
        "├── a (entry)",
        "│   └── ● b  100 of 100 calls",
        "│       └── ✗ c  ClientLibraryNotInstrumented at b",
        "│           └── ✗ d  0 of 100 calls  NotInstrumented at d  not of this policy",
        "└── e  NoTraffic: No request has reached it within the window, or too few to tell.",
    ]


def test_the_map_draws_a_ring_once(call: Call, server: ObjectServer) -> None:
    (told,) = answer().policies
    back = EdgeStatus(caller=str(workload("d")), callee=str(workload("b")), calls=40, carried=40, state="Healthy")
    serve(server, CoverageReports(policies=(told.model_copy(update={"edges": (*told.edges, back)}),)))
    assert (
        "            └── ● d  100 of 100 calls\n                └── ● b  40 of 40 calls  ↑ above" in call("map").stdout
    )


def test_the_map_as_data_is_the_operators_answer(call: Call, server: ObjectServer) -> None:
    reports = answer()
    serve(server, reports)
    assert json.loads(call("map", "-o", "json").stdout) == reports.model_dump(mode="json", by_alias=True)


def test_a_service_is_explained_on_one_page(call: Call, server: ObjectServer) -> None:
    serve(server, answer(d=Node(speaks=("b3",), says=("b3",))))
    page = call("explain", "d", "-n", "shop").stdout
    assert page.splitlines()[:8] == [
        "shop/Deployment/d",
        "  policy: TracingPolicy/shop/shop",
        "  configured: yes, rolled out: yes, observed: yes",
        "  propagators: b3; sampler: parentbased_always_on",
        "  traces from the entries get here: no",
        "  spans: Server 100, ServerRoot 100",
        "  called by:",
        "    c  Broken  0 of 100 calls continued",
    ]
    assert "c -> d: PropagatorMismatch at d (High confidence)" in page
    assert "  do: Give both a common format: take OTEL_PROPAGATORS out of the workload" in page
    assert "  since 2026-01-01T10:00:00Z" in page


def test_a_service_of_no_policy_is_explained_too(call: Call, server: ObjectServer) -> None:
    serve(server, answer(b=Node(("c",), injected=False)))
    page = call("explain", "Deployment/b").stdout
    assert "  policy: none: no policy has it" in page
    assert "a -> b: NotInstrumented at b (Medium confidence)" in page
    assert "  it might also be HeadersDropped; a probe tells them apart: tracereach probe" in page


def test_a_name_that_is_not_there_gets_a_hint(call: Call, server: ObjectServer) -> None:
    serve(server, answer(payments=Node()))
    result = call("explain", "paymets")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Did you mean payments?" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("--min", "0.5"), 0, "passed: reach is 0.75"),
        (("--min", "0.75"), 0, "passed: reach is 0.75"),
        (("--min", "0.8"), 1, "failed: reach is 0.75, and has to be at least 0.8"),
        (("--min", "0.5", "--max-breaks", "0"), 1, "failed: there are 1 breaks, and may be at most 0"),
        (("--min", "0.5", "--policy", "shop", "-n", "shop"), 0, "passed"),
        (("--min", "2"), 2, ""),
        ((), 2, ""),
    ],
)
def test_a_pipeline_goes_by_the_exit_code(
    call: Call, server: ObjectServer, arguments: tuple[str, ...], code: int, says: str
) -> None:
    serve(server, answer(d=Node(speaks=("b3",), says=("b3",))))
    result = call("check", *arguments)
    assert (result.exit_code, says in result.stdout) == (code, True)


def test_who_waits_also_waits_for_an_operator_that_cannot_be_asked_yet(
    call: Call, server: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []

    def look_again(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) == 2:
            serve(server, answer())

    monkeypatch.setattr("tracereach.cli.commands.check.time.sleep", look_again)
    assert call("check", "--min", "0.5", "--wait", "60").exit_code == 0
    assert len(looks) == 2
    server.answers.clear()
    assert call("check", "--min", "0.5").exit_code == 3


def test_what_is_not_known_is_an_outcome_of_its_own(call: Call, server: ObjectServer) -> None:
    serve(server, answer(requests=20))
    assert call("check", "--min", "0.9").exit_code == 3
    assert call("check", "--min", "0.9", "--allow-unknown").exit_code == 0
    (policy,) = json.loads(call("check", "--min", "0.9", "-o", "json").stdout)["policies"]
    assert (policy["outcome"], policy["reach"]) == ("unknown", None)


def test_a_policy_that_is_not_there_is_named(call: Call, server: ObjectServer) -> None:
    serve(server, answer())
    result = call("check", "--min", "0.9", "--policy", "shopp")
    assert (result.exit_code, "there are: TracingPolicy/shop/shop" in result.stderr) == (3, True)


def test_an_operator_or_a_cluster_that_cannot_be_asked_is_no_reach_that_is_too_low(
    call: Call, server: ObjectServer, tmp_path: Path
) -> None:
    nothing_there = call("check", "--min", "0.9", "--allow-unknown")
    assert (nothing_there.exit_code, len(nothing_there.stderr.splitlines())) == (3, 1)
    no_cluster = call("check", "--min", "0.9", "--kubeconfig", str(tmp_path / "missing"))
    assert (no_cluster.exit_code, "no cluster to talk to" in no_cluster.stderr) == (3, True)


def test_junit_has_a_case_for_the_reach_and_one_for_each_break(
    call: Call, server: ObjectServer, tmp_path: Path
) -> None:
    serve(server, answer(d=Node(speaks=("b3",), says=("b3",))))
    call("check", "--min", "0.8", "--junit", str(tmp_path / "junit.xml"))
    (suite,) = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "2")
    reach, hop = suite
    assert (reach.get("name"), reach[0].get("message")) == ("reach", "reach is 0.75, and has to be at least 0.8")
    assert hop.get("name") == "shop/Deployment/c -> shop/Deployment/d"
    assert (hop[0].tag, hop[0].get("type")) == ("failure", "PropagatorMismatch")
    assert "do: Give both a common format" in str(hop[0].text)


def test_a_break_that_another_policy_tells_of_explains_the_reach_and_is_no_case_of_its_own(
    call: Call, server: ObjectServer, tmp_path: Path
) -> None:
    (whole,) = answer(d=Node(speaks=("b3",), says=("b3",))).policies
    serve(server, CoverageReports(policies=(whole.model_copy(update={"breaks": (), "elsewhere": whole.breaks}),)))
    result = call("check", "--min", "0.8", "--junit", str(tmp_path / "junit.xml"))
    assert "  c -> d: PropagatorMismatch at d (High confidence)" in result.stdout.splitlines()
    (suite,) = ElementTree.parse(tmp_path / "junit.xml").getroot()
    (reach,) = suite
    assert "do: Give both a common format" in str(reach[0].text)
    assert "PropagatorMismatch at d" in call("map").stdout
    assert "PropagatorMismatch at d" in call("explain", "d").stdout


def span(span_id: str, parent_id: str, service: str, kind: str, peer: str = "") -> dict[str, object]:
    place = {"trace_id": TRACE_ID, "span_id": span_id, "parent_id": parent_id, "peer": peer}
    return place | {
        "name": "GET", "kind": kind, "workload": f"shop/Deployment/{service}", "service": service, "start": 0, "end": 1,
    }  # fmt: skip


WHOLE = [span("1", "0", "c", "Server"), span("2", "1", "c", "Client", "d"), span("3", "2", "d", "Server")]


def probed(
    server: ObjectServer,
    spans: list[dict[str, object]],
    *,
    problem: str = "",
    halts: tuple[Halt, ...] = (),
    grpc: tuple[str, int] = ("", 200),
) -> None:
    said = {"traceId": TRACE_ID, "status": grpc[1], "grpcStatus": grpc[0], "problem": problem}
    server.answers[f"{PROXY}/api/probes"] = (200, said)
    server.answers[f"{PROXY}/api/traces/{TRACE_ID}"] = (
        200,
        {"traceId": TRACE_ID, "spans": spans, "halts": [one.model_dump(mode="json", by_alias=True) for one in halts]},
    )


def test_a_probe_that_gets_through_says_so(call: Call, server: ObjectServer, quick: None) -> None:
    serve(server, answer())
    probed(server, WHOLE)
    result = call("probe", "http://c.shop/cart")
    assert result.exit_code == 0
    assert "Answered with 200. The trace went through 2 services: c, d." in result.stdout


def test_a_probe_by_grpc_names_its_status(call: Call, server: ObjectServer, quick: None) -> None:
    probed(server, WHOLE, grpc=("NOT_FOUND", 5))
    result = call("probe", "grpc://c.shop:50051/shop.Catalogue/List")
    assert result.exit_code == 0
    assert "Answered with NOT_FOUND (5). The trace went through 2 services: c, d." in result.stdout
    assert server.posted[f"{PROXY}/api/probes"] == {
        "namespace": "shop",
        "service": "c",
        "port": 50051,
        "grpcMethod": "shop.Catalogue/List",
    }


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("grpc://c.shop/",), "must name one method"),
        (("grpc://c.shop/shop.Catalogue",), "must name one method"),
        (("grpc://c.shop/shop.Catalogue/List?a=b",), "must name one method"),
        (("grpc://c.shop/shop.Catalogue/List", "--head"), "gRPC knows no HEAD"),
    ],
)
def test_a_probe_by_grpc_names_one_method(call: Call, arguments: tuple[str, ...], why: str) -> None:
    result = call("probe", *arguments)
    assert (result.exit_code, why in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "url", ["http://c.shop:99999/", "http://[c.shop/", "http://c.shop:cart/", "ftp://c.shop/", "/cart"]
)
def test_an_address_that_cannot_be_read_is_refused(call: Call, url: str) -> None:
    result = call("probe", url)
    assert (result.exit_code, "http://SERVICE.NAMESPACE/PATH" in result.stderr) == (2, True)


def test_a_probe_that_stops_names_the_hop_and_its_cause(call: Call, server: ObjectServer, quick: None) -> None:
    found = BreakStatus(
        caller="shop/Deployment/c",
        callee="shop/Deployment/d",
        at="shop/Deployment/d",
        cause=Cause.PROPAGATOR_MISMATCH,
        confidence="High",
    )
    probed(server, WHOLE[:2], halts=(Halt(caller=found.caller, callee=found.callee, found=found),))
    result = call("probe", "c", "-n", "shop")
    assert result.exit_code == 1
    assert "It does not get over c -> d." in result.stdout
    assert "c -> d: PropagatorMismatch at d (High confidence)" in result.stdout


def test_a_probe_without_an_answer_says_why(call: Call, server: ObjectServer) -> None:
    probed(server, [], problem="no answer within 5 s")
    result = call("probe", "http://c.shop")
    assert (result.exit_code, "c did not answer: no answer within 5 s" in result.stderr) == (1, True)


def test_a_probe_whose_trace_may_not_be_read_says_so_and_blames_nobody_for_it(
    call: Call, server: ObjectServer, quick: None
) -> None:
    probed(server, WHOLE)
    forbidden = {"kind": "Status", "reason": "Forbidden", "message": "services/proxy is forbidden"}
    server.answers[f"{PROXY}/api/traces/{TRACE_ID}"] = (403, forbidden)
    result = call("probe", "http://c.shop")
    assert (result.exit_code, "Ask for the right to get services/proxy" in result.stderr) == (1, True)


def test_a_probe_that_the_operator_refuses_says_why(call: Call, server: ObjectServer) -> None:
    server.answers[f"{PROXY}/api/probes"] = (422, {"message": "no policy has a workload behind a Service shop/x"})
    result = call("probe", "http://x.shop")
    assert (result.exit_code, "no policy has a workload behind a Service shop/x" in result.stderr) == (1, True)


@pytest.mark.parametrize("url", ["https://c.shop/", "c", "http:///path"])
def test_only_what_can_be_probed_is_taken(call: Call, server: ObjectServer, url: str) -> None:
    assert call("probe", url).exit_code == 2


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the patience that a real gateway needs."""
    monkeypatch.setattr("tracereach.cli.commands.probe._QUIET_SECONDS", 0.0)
