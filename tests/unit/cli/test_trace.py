import json

import pytest

from tests.unit.cli.api_server import ObjectServer
from tests.unit.cli.conftest import Call

TRACE_ID = "7261636572656163" + "0" * 15 + "1"
PATH = f"/api/v1/namespaces/{{namespace}}/services/tracereach-operator:8080/proxy/api/traces/{TRACE_ID}"


def span(span_id: str, parent_id: str, service: str, *, kind: str, start: int, end: int, status: str = "Unset"):
    return {
        "trace_id": TRACE_ID,
        "span_id": span_id,
        "parent_id": parent_id,
        "name": "GET /",
        "kind": kind,
        "workload": f"shop/Deployment/{service}",
        "service": service,
        "start": start,
        "end": end,
        "status": status,
    }


ANSWER = {
    "traceId": TRACE_ID,
    "spans": [
        span("a", "", "storefront", kind="Server", start=1_000_000_000, end=1_250_000_000),
        span("b", "a", "storefront", kind="Client", start=1_010_500_000, end=1_240_000_000),
        span("c", "b", "orders", kind="Server", start=1_020_000_000, end=1_230_000_000, status="Error"),
        span("e", "d", "ledger", kind="Server", start=1_100_000_000, end=1_110_000_000),
    ],
}


def test_a_trace_is_drawn_as_a_tree(call: Call, server: ObjectServer) -> None:
    server.answers[PATH.format(namespace="tracereach-system")] = (200, ANSWER)
    assert call("trace", TRACE_ID.upper()).stdout.splitlines() == [
        f"trace {TRACE_ID}",
        "├── storefront (shop/Deployment/storefront)  GET /  Server  250.0 ms  +0.0 ms",
        "│   └── storefront (shop/Deployment/storefront)  GET /  Client  229.5 ms  +10.5 ms",
        "│       └── orders (shop/Deployment/orders)  GET /  Server  210.0 ms  +20.0 ms  Error",
        "└── span d was not received: the client's own, or lost",
        "    └── ledger (shop/Deployment/ledger)  GET /  Server  10.0 ms  +100.0 ms",
    ]


def test_programs_get_the_spans(call: Call, server: ObjectServer) -> None:
    server.answers[PATH.format(namespace="tracing")] = (200, ANSWER)
    assert json.loads(call("trace", TRACE_ID, "--operator-namespace", "tracing", "-o", "json").stdout) == ANSWER


def test_an_unknown_trace_is_one_line(call: Call, server: ObjectServer) -> None:
    result = call("trace", TRACE_ID)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "Only recent probes are kept; --operator-namespace must be right." in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_the_former_name_of_the_option_is_understood(call: Call, server: ObjectServer) -> None:
    server.answers[PATH.format(namespace="tracing")] = (200, ANSWER)
    assert call("trace", TRACE_ID, "--namespace", "tracing").exit_code == 0
    assert " --namespace" not in call("trace", "--help").stdout


def test_an_operator_that_is_away_is_one_line(call: Call, server: ObjectServer) -> None:
    server.answers[PATH.format(namespace="tracing")] = (503, {"kind": "Status", "message": "no endpoints available"})
    result = call("trace", TRACE_ID, "--operator-namespace", "tracing")
    assert result.exit_code == 1
    assert result.stderr == "no endpoints available. Check that the operator runs in namespace tracing.\n"


@pytest.mark.parametrize("trace_id", ["1", "g" * 32, "../" + "0" * 29])
def test_what_is_no_trace_id_never_reaches_the_server(call: Call, trace_id: str) -> None:
    result = call("trace", trace_id)
    assert result.exit_code == 2
    assert "32 hexadecimal digits" in result.stderr
