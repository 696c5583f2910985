"""The store of probes, and the form in which gateways send their spans."""

import json
from typing import Any

import pytest

from tracereach.coverage.tree import Span
from tracereach.signals.otlp import MalformedTelemetry, spans_from
from tracereach.signals.probes import PROBE_TRACE_PREFIX, ProbeStore


def trace_id(number: int) -> str:
    return f"{PROBE_TRACE_PREFIX}{number:016x}"


def span(trace: str, number: int = 1) -> Span:
    return Span(trace, f"{number:016x}", "", "GET", "Server", "shop/Deployment/orders", "orders", number, number + 1)


def body(**changes: Any) -> bytes:
    sent = {
        "traceId": trace_id(1).upper(),
        "spanId": "00000000000000AA",
        "parentSpanId": "",
        "name": "GET /",
        "kind": 2,
        "startTimeUnixNano": "1700000000000000001",
        "endTimeUnixNano": 1700000000000000002,
        "status": {"code": 2, "message": "no"},
        "attributes": [{"key": "http.route", "value": {"stringValue": "/"}}],
    }
    attributes = [
        {"key": "tracereach.workload", "value": {"stringValue": "shop/Deployment/orders"}},
        {"key": "service.name", "value": {"stringValue": "orders"}},
        {"key": "process.pid", "value": {"intValue": "7"}},
    ]
    groups = [{"resource": {"attributes": attributes}, "scopeSpans": [{"scope": {}, "spans": [sent | changes]}]}]
    return json.dumps({"resourceSpans": groups}).encode()


def test_the_prefix_is_half_a_trace_id_in_ascii() -> None:
    assert bytes.fromhex(PROBE_TRACE_PREFIX) == b"racereac"


def test_reads_a_span_as_the_gateway_sends_it() -> None:
    assert spans_from(body()) == (
        Span(
            trace_id=trace_id(1),
            span_id="00000000000000aa",
            parent_id="",
            name="GET /",
            kind="Server",
            workload="shop/Deployment/orders",
            service="orders",
            start=1700000000000000001,
            end=1700000000000000002,
            status="Error",
        ),
    )


def test_an_empty_request_has_no_spans() -> None:
    assert spans_from(b"{}") == ()


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        (b"", "body"),
        (b"[]", "body"),
        (b"\xff\xfe", "body"),
        (b'{"resourceSpans": 1}', "resourceSpans"),
        (body(traceId="xyz"), "traceId"),
        (body(spanId=""), "spanId"),
        (body(parentSpanId="abc"), "parentSpanId"),
        (body(kind=17), "kind"),
        (body(status={"code": -1}), "status.code"),
        (body(startTimeUnixNano="soon"), "startTimeUnixNano"),
    ],
)
def test_malformed_telemetry_is_refused_with_its_place(sent: bytes, place: str) -> None:
    with pytest.raises(MalformedTelemetry, match=place):
        spans_from(sent)


def test_keeps_only_what_belongs_to_probes() -> None:
    store = ProbeStore()
    assert store.add([span(trace_id(1)), span("0" * 32)]) == 1
    assert store.trace(trace_id(1)) == (span(trace_id(1)),)
    assert store.trace(trace_id(1).upper()) == (span(trace_id(1)),)
    assert store.trace("0" * 32) == ()


def test_the_oldest_trace_makes_room() -> None:
    store = ProbeStore(traces=2)
    store.add(span(trace_id(number)) for number in (1, 2))
    store.add([span(trace_id(1), 2), span(trace_id(3))])
    assert [len(store.trace(trace_id(number))) for number in (1, 2, 3)] == [0, 1, 1]


def test_a_trace_has_room_for_so_many_spans() -> None:
    store = ProbeStore(spans_per_trace=3)
    assert store.add(span(trace_id(1), number) for number in range(5)) == 3
    assert len(store.trace(trace_id(1))) == 3


def test_a_span_sent_twice_is_kept_once() -> None:
    store = ProbeStore()
    assert store.add([span(trace_id(1))] * 2) == 1
