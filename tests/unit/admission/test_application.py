"""The two doors of the webhook. Whatever goes wrong behind them, objects are stored."""

import asyncio
import io
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import CollectorRegistry

from tests.unit.admission.reviews import deployment, patched, review
from tests.unit.admission.shop import TEMPLATE, injected, knowledge, memory
from tracereach.admission import application
from tracereach.admission.application import health, reviews
from tracereach.admission.knowledge import Knowledge
from tracereach.admission.metrics import Metrics
from tracereach.admission.reviewing import Reviewed

Client = TestClient[Any, Any]
UNPATCHED = {"uid": "review-1", "allowed": True}


@dataclass
class FakeState:
    known: Knowledge | None = None
    ready: bool = False
    ending: bool = False
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def is_ready(self) -> bool:
        return self.ready

    def is_ending(self) -> bool:
        return self.ending

    def knowledge(self) -> Knowledge | None:
        return self.known

    def count(self, path: str, outcome: str) -> float | None:
        labels = {"path": path, "outcome": outcome}
        return self.registry.get_sample_value("tracereach_admission_requests_total", labels)


@pytest.fixture
def state() -> FakeState:
    return FakeState(known=knowledge(memories=[memory(name="payments")]))


@pytest.fixture
async def client(state: FakeState) -> AsyncIterator[Client]:
    async with TestClient(TestServer(reviews(state, Metrics(state.registry)))) as opened:
        yield opened


@pytest.fixture
async def health_client(state: FakeState) -> AsyncIterator[Client]:
    async with TestClient(TestServer(health(state, state.registry))) as opened:
        yield opened


async def _response(client: Client, path: str = "/workloads") -> dict[str, Any]:
    answer = await client.post(path, json=review(deployment(TEMPLATE)))
    assert answer.status == 200
    content: dict[str, Any] = await answer.json()
    return dict(content["response"])


async def test_a_review_is_answered_with_a_patch(client: Client, state: FakeState) -> None:
    sent = review(deployment(TEMPLATE))
    answer = await client.post("/workloads", json=sent)
    assert patched(sent, await answer.json()) == deployment(injected())
    assert state.count("/workloads", "CanaryPassed") == 1
    seconds = state.registry.get_sample_value("tracereach_admission_seconds_count", {"path": "/workloads"})
    assert seconds == 1


async def test_before_the_first_look_everything_is_left_as_it_is(client: Client, state: FakeState) -> None:
    state.known = None
    assert await _response(client) == UNPATCHED
    assert state.count("/workloads", "NotReady") == 1


async def test_an_error_leaves_the_object_as_it_is(
    client: Client, state: FakeState, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> Reviewed:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(application, "review_workload", fail)
    assert await _response(client) == UNPATCHED
    assert state.count("/workloads", "Failed") == 1
    assert "shop/Deployment/orders" in caplog.text
    assert "nobody thought of this" in caplog.text


async def test_an_error_in_what_is_known_leaves_the_object_as_it_is(
    client: Client, state: FakeState, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Knowledge:
        raise RuntimeError("nobody thought of this")

    monkeypatch.setattr(state, "knowledge", fail)
    assert await _response(client) == UNPATCHED
    assert state.count("/workloads", "Failed") == 1


async def test_who_decides_too_long_is_not_waited_for(
    client: Client, state: FakeState, monkeypatch: pytest.MonkeyPatch
) -> None:
    enough = threading.Event()

    def wait(*_: Any, **__: Any) -> Reviewed:
        enough.wait(30)
        return Reviewed("Merged")

    monkeypatch.setattr(application, "_DEADLINE_SECONDS", 0.2)
    monkeypatch.setattr(application, "review_pod", wait)
    try:
        async with asyncio.timeout(10):
            assert await _response(client, "/pods") == UNPATCHED
    finally:
        enough.set()
    assert state.count("/pods", "Late") == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{}", 400), (b"x" * (9 * 1024 * 1024), 413)],
    ids=["malformed", "too large"],
)
async def test_what_cannot_be_read_cannot_be_answered(
    client: Client, state: FakeState, body: bytes, status: int
) -> None:
    answer = await client.post("/workloads", data=io.BytesIO(body))
    assert answer.status == status
    assert state.count("/workloads", "Unread") == 1


async def test_a_body_that_never_ends_is_given_up(
    client: Client, state: FakeState, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    monkeypatch.setattr(application, "_DEADLINE_SECONDS", 0.2)
    async with asyncio.timeout(10):
        answer = await client.post("/workloads", data=never())
    assert answer.status == 408
    assert state.count("/workloads", "Unread") == 1


async def test_the_largest_update_is_read(client: Client) -> None:
    annotations = {"note": "x" * 1_500_000}
    large = deployment(TEMPLATE, annotations=annotations)
    answer = await client.post("/workloads", data=io.BytesIO(json.dumps(review(large, large)).encode()))
    assert answer.status == 200
    assert (await answer.json())["response"] == UNPATCHED


async def test_whoever_calls_while_it_ends_is_sent_elsewhere_next_time(client: Client, state: FakeState) -> None:
    first = await client.post("/pods", json=review(deployment(TEMPLATE)))
    state.ending = True
    second = await client.post("/pods", json=review(deployment(TEMPLATE)))
    assert [answer.headers.get("Connection") for answer in (first, second)] == [None, "close"]


async def test_it_is_alive_before_it_is_ready(health_client: Client, state: FakeState) -> None:
    assert (await health_client.get("/healthz")).status == 200
    assert (await health_client.get("/readyz")).status == 503
    state.ready = True
    assert (await health_client.get("/readyz")).status == 200


async def test_its_metrics_are_for_prometheus(health_client: Client, state: FakeState) -> None:
    Metrics(state.registry).requests.labels("/pods", "Merged").inc()
    answer = await health_client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    assert 'tracereach_admission_requests_total{outcome="Merged",path="/pods"} 1.0' in await answer.text()
