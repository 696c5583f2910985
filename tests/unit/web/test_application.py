"""The operator's HTTP door."""

import gzip
import io
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry, Gauge

from tracereach.api.coverage import CoverageReport, CoverageReports
from tracereach.api.probes import Halt
from tracereach.api.status import Count, CoverageStatus
from tracereach.coverage.tree import Span
from tracereach.signals.probes import PROBE_TRACE_PREFIX, ProbeStore
from tracereach.web.application import application, serve

TRACE = PROBE_TRACE_PREFIX + "0" * 16
NONE = Count(count=0, total=0)
SHOP = CoverageReport(
    policy="TracingPolicy/shop/shop",
    objective="0.95",
    coverage=CoverageStatus(configured=NONE, rolled_out=NONE, observed=NONE),
)
JSON = {"Content-Type": "application/json"}


@dataclass
class FakeState:
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    probes: ProbeStore = field(default_factory=ProbeStore)
    ready: bool = False

    def is_ready(self) -> bool:
        return self.ready

    def coverage(self) -> CoverageReports:
        return CoverageReports(policies=(SHOP,))

    def halts(self, spans: Iterable[Span]) -> tuple[Halt, ...]:
        return tuple(Halt(caller=span.span_id, callee="nobody") for span in spans)


@pytest.fixture
def state() -> FakeState:
    return FakeState()


@pytest.fixture
async def client(state: FakeState) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(application(state))) as opened:
        yield opened


def export(*spans: tuple[str, str, int]) -> bytes:
    sent = [{"traceId": trace, "spanId": span, "startTimeUnixNano": str(start)} for trace, span, start in spans]
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": sent}]}]}).encode()


async def test_is_alive_before_it_is_ready(client: TestClient[Any, Any], state: FakeState) -> None:
    assert (await client.get("/healthz")).status == 200
    answer = await client.get("/readyz")
    assert (answer.status, "not ready" in await answer.text()) == (503, True)
    state.ready = True
    assert (await client.get("/readyz")).status == 200


async def test_serves_metrics_to_prometheus(client: TestClient[Any, Any], state: FakeState) -> None:
    Gauge("tracereach_policies", "Policies.", registry=state.registry).set(3)
    answer = await client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert "tracereach_policies 3.0\n" in await answer.text()


async def test_serves_coverage(client: TestClient[Any, Any]) -> None:
    answer = await client.get("/api/coverage")
    (policy,) = (await answer.json())["policies"]
    assert answer.content_type == "application/json"
    assert (policy["policy"], policy["coverage"]["rolledOut"], policy["coverage"]["reach"]) == (
        "TracingPolicy/shop/shop", {"count": 0, "total": 0, "ratio": None}, None,
    )  # fmt: skip


async def test_takes_the_spans_of_probes_and_gives_them_back_in_order(client: TestClient[Any, Any]) -> None:
    sent = export((TRACE, "b" * 16, 2), (TRACE, "a" * 16, 1), ("0" * 32, "c" * 16, 3))
    answer = await client.post("/v1/traces", data=gzip.compress(sent), headers=JSON | {"Content-Encoding": "gzip"})
    assert (answer.status, await answer.json()) == (200, {})
    found = await (await client.get(f"/api/traces/{TRACE.upper()}")).json()
    assert found["traceId"] == TRACE
    assert [span["span_id"] for span in found["spans"]] == ["a" * 16, "b" * 16]
    assert [halt["caller"] for halt in found["halts"]] == ["a" * 16, "b" * 16]


async def test_a_trace_that_is_no_probe_is_not_kept(client: TestClient[Any, Any]) -> None:
    assert (await client.post("/v1/traces", data=export(("0" * 32, "c" * 16, 3)), headers=JSON)).status == 200
    answer = await client.get(f"/api/traces/{'0' * 32}")
    assert (answer.status, "only recent probes are kept" in await answer.text()) == (404, True)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{", "application/json", 400),
        (export(("short", "c" * 16, 3)), "application/json", 400),
        (export((TRACE, "c" * 16, 3)), "application/x-protobuf", 415),
        (b" " * (4 * 1024 * 1024 + 1), "application/json", 413),
        (gzip.compress(b" " * (64 * 1024 * 1024)), "application/json; gzip", 413),
    ],
    ids=["not json", "no trace id", "protobuf", "too large", "bomb"],
)
async def test_refuses_what_it_cannot_take(
    client: TestClient[Any, Any], state: FakeState, body: bytes, content_type: str, status: int
) -> None:
    kind, _, encoding = content_type.partition("; ")
    headers = {"Content-Type": kind} | ({"Content-Encoding": encoding} if encoding else {})
    assert (await client.post("/v1/traces", data=io.BytesIO(body), headers=headers)).status == status
    assert state.probes.trace(TRACE) == ()


async def test_serves_until_the_context_ends(state: FakeState) -> None:
    async with aiohttp.ClientSession() as session:
        async with (
            serve(application(state), 0, host="127.0.0.1") as port,
            session.get(f"http://127.0.0.1:{port}/healthz") as answer,
        ):
            assert answer.status == 200
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(f"http://127.0.0.1:{port}/healthz")


async def test_a_taken_port_is_an_error(state: FakeState) -> None:
    async with serve(application(state), 0, host="127.0.0.1") as port:
        with pytest.raises(OSError, match="address already in use"):
            async with serve(application(state), port, host="127.0.0.1"):
                pytest.fail("two servers on one port")
