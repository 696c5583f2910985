"""One probe over gRPC, sent to a real server; and to what only looks like one."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import grpc
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import StreamEnded

from tests.unit.signals.grpc_server import grpc_server
from tracereach.api.grpc import GRPC_STATUSES, grpc_status_name
from tracereach.signals import grpc_sender
from tracereach.signals.grpc_sender import GrpcRequest, call
from tracereach.signals.probe_headers import Format, new_trace_id
from tracereach.signals.probes import probe_named_by

METHOD = "shop.Catalogue/List"


def to(port: int, method: str = METHOD) -> GrpcRequest:
    return GrpcRequest("127.0.0.1", port, "catalogue.shop", method)


@pytest.mark.parametrize(
    ("headers", "names"),
    [("all", {"traceparent", "b3"}), ("w3c", {"traceparent"}), ("b3", {"b3"})],
)
async def test_a_probe_says_who_it_is_and_nothing_else(headers: Format, names: set[str]) -> None:
    trace_id = new_trace_id()
    with grpc_server(lambda _: b"") as server:
        assert await call(to(server.port), trace_id, headers=headers) == 0
    (got,) = server.calls
    assert got.message == b""
    assert probe_named_by(got.metadata["user-agent"]) == trace_id
    assert got.metadata.keys() == {"user-agent", *names}
    assert all(trace_id in got.metadata[name] and got.metadata[name].endswith("1") for name in names)


async def test_the_server_knows_how_long_it_is_waited_for() -> None:
    left: list[float] = []

    def answer(context: grpc.ServicerContext) -> bytes:
        left.append(context.time_remaining())
        return b""

    with grpc_server(answer) as server:
        assert await call(to(server.port), new_trace_id(), timeout_seconds=4) == 0
    assert 0 < left[0] <= 4


@pytest.mark.parametrize("status", [one for one in grpc.StatusCode if one is not grpc.StatusCode.OK])
async def test_every_status_is_an_answer(status: grpc.StatusCode) -> None:
    with grpc_server(lambda context: context.abort(status, "no")) as server:
        code = await call(to(server.port), new_trace_id())
    assert (code, grpc_status_name(int(code))) == (status.value[0], status.name)


async def test_a_method_that_nobody_serves_is_an_answer_too() -> None:
    with grpc_server(lambda _: b"") as server:
        code = await call(to(server.port, "shop.Catalogue/Nothing"), new_trace_id())
    assert (code, server.calls) == (GRPC_STATUSES.index("UNIMPLEMENTED"), [])


async def test_the_status_comes_behind_a_long_message() -> None:
    with grpc_server(lambda _: bytes(1024 * 1024)) as server:
        assert await call(to(server.port), new_trace_id()) == 0


async def test_a_message_without_end_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grpc_sender, "_LARGEST", 100_000)
    with grpc_server(lambda _: bytes(3 * 1024 * 1024)) as server:
        assert await call(to(server.port), new_trace_id()) == "its answer has more than 100000 bytes"


async def test_nobody_waits_for_longer_than_the_deadline() -> None:
    given_up = threading.Event()

    def answer(_: grpc.ServicerContext) -> bytes:
        given_up.wait(10)
        return b""

    with grpc_server(answer) as server:
        began = time.monotonic()
        said = await call(to(server.port), new_trace_id(), timeout_seconds=0.2)
        took = time.monotonic() - began
        given_up.set()
    assert said in {"no answer within 0.2 s", GRPC_STATUSES.index("DEADLINE_EXCEEDED")}
    assert took < 1
    assert len(server.calls) == 1


async def test_nobody_there_is_an_answer() -> None:
    said = await call(to(1), new_trace_id())
    assert "Connect call failed" in str(said)


async def test_a_server_of_http_1_is_none_of_grpc() -> None:
    app = web.Application()
    async with TestServer(app, host="127.0.0.1") as running:
        said = await call(to(running.port or 0), new_trace_id())
    assert said in {"it does not speak HTTP/2 without TLS, which gRPC is sent over", "it closed the connection"}


@asynccontextmanager
async def http2_server(answer: Callable[[H2Connection], None]) -> AsyncIterator[int]:
    """Speaks HTTP/2, and answers a request that has come in whole as a test wants it to."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = H2Connection(H2Configuration(client_side=False))
        connection.initiate_connection()
        writer.write(connection.data_to_send())
        while piece := await reader.read(65536):
            for event in connection.receive_data(piece):
                if isinstance(event, StreamEnded):
                    answer(connection)
            writer.write(connection.data_to_send())
        writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (
            lambda one: one.send_headers(1, [(":status", "404")], end_stream=True),
            "it answers with HTTP 404 and without a gRPC status",
        ),
        (
            lambda one: one.send_headers(1, [(":status", "200")], end_stream=True),
            "its answer ends without a gRPC status",
        ),
        (
            lambda one: one.send_headers(1, [(":status", "200"), ("grpc-status", "x")], end_stream=True),
            "its gRPC status is no number",
        ),
        (
            lambda one: one.send_headers(1, [(":status", "200"), ("grpc-status", "9" * 5000)], end_stream=True),
            "its gRPC status is no number",
        ),
        (
            lambda one: one.send_headers(1, [(b":status", b"\xff")], end_stream=True),
            "it answers with HTTP \N{REPLACEMENT CHARACTER} and without a gRPC status",
        ),
        (lambda one: one.reset_stream(1, ErrorCodes.REFUSED_STREAM), "it broke the call off (REFUSED_STREAM)"),
        (lambda one: one.close_connection(), "it closed the connection"),
        (lambda one: one.send_headers(1, [(":status", "200"), ("grpc-status", "42")], end_stream=True), 42),
    ],
)
async def test_what_is_no_status_of_grpc_is_no_answer(answer: Callable[[H2Connection], None], said: object) -> None:
    async with http2_server(answer) as port:
        assert await call(to(port), new_trace_id()) == said


def test_a_number_that_grpc_does_not_know_has_no_name() -> None:
    assert [grpc_status_name(code) for code in (-1, 0, 16, 17)] == ["", "OK", "UNAUTHENTICATED", ""]
