"""Asking a Prometheus, which may be away, refuse, or send more than anybody wants."""

import asyncio
import json
import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.unit.signals.conftest import Handler, Serve
from tracereach.admission.issuing import Certificates, renewed
from tracereach.coverage.counters import Call, Counters
from tracereach.signals import prometheus_server
from tracereach.signals.prometheus_answer import selector
from tracereach.signals.prometheus_server import PrometheusServer, query

ORDERS, PAYMENTS = "shop/Deployment/orders", "shop/Deployment/payments"
CALLS = {"__name__": "traces_service_graph_request_total", "client": ORDERS, "server": PAYMENTS, "instance": "a:8889"}
VECTOR = {"resultType": "vector", "result": [{"metric": CALLS, "value": [1764280000, "5"]}]}


class Counting:
    """Answers as Prometheus does, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        return web.json_response({"status": "success", "data": VECTOR})


async def test_one_query_gives_the_counters(session: aiohttp.ClientSession, serve: Serve) -> None:
    prometheus = Counting()
    url = await serve(prometheus.answer)
    reading = await query(session, PrometheusServer(f"{url}/prefix/", {"cluster": "east"}), timeout_seconds=2.5)
    assert dict(reading.replicas) == {"a:8889": Counters({Call(ORDERS, PAYMENTS): 5})}
    assert reading.unreachable == ()
    [asked] = prometheus.asked
    assert asked.path == "/prefix/api/v1/query"
    assert dict(asked.query) == {"query": selector({"cluster": "east"}), "timeout": "2.5", "lookback_delta": "90"}
    assert "Authorization" not in asked.headers


async def test_the_token_is_read_anew_each_time(session: aiohttp.ClientSession, serve: Serve, tmp_path: Path) -> None:
    prometheus, file = Counting(), tmp_path / "token"
    server = PrometheusServer(await serve(prometheus.answer), token_file=file)
    for token in ("first", "second.one-_~+/=="):
        file.write_text(f"{token}\n")
        assert (await query(session, server)).reachable
    headers = [asked.headers["Authorization"] for asked in prometheus.asked]
    assert headers == ["Bearer first", "Bearer second.one-_~+/=="]


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"injected\r\nX-Header: yes", b"\xff\xfe"])
async def test_a_file_without_token_is_an_answer_that_tells_nothing_of_it(
    session: aiohttp.ClientSession, serve: Serve, tmp_path: Path, content: bytes
) -> None:
    prometheus, file = Counting(), tmp_path / "token"
    file.write_bytes(content)
    server = PrometheusServer(await serve(prometheus.answer), token_file=file)
    reading = await query(session, server)
    assert [problem.reason for problem in reading.unreachable] == [f"{file} holds no bearer token"]
    assert (reading.reachable, prometheus.asked) == (False, [])


async def test_a_token_that_is_not_mounted_is_an_answer(session: aiohttp.ClientSession, tmp_path: Path) -> None:
    reading = await query(session, PrometheusServer("http://127.0.0.1:1", token_file=tmp_path / "token"))
    assert "No such file" in reading.unreachable[0].reason


def said(code: int, **body: object) -> Handler:
    async def answer(_: web.Request) -> web.Response:
        return web.json_response(body, status=code)

    return answer


async def elsewhere(_: web.Request) -> web.Response:
    raise web.HTTPFound("http://127.0.0.1:1/")


async def proxy_error(_: web.Request) -> web.Response:
    return web.Response(status=502, text="<html>Bad Gateway</html>")


async def nonsense(_: web.Request) -> web.Response:
    return web.Response(text="# HELP go_goroutines\n")


async def compressed_nonsense(_: web.Request) -> web.Response:
    return web.Response(body=b"not gzip", headers={"Content-Encoding": "gzip"})


async def cut_off(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(json.dumps({"status": "success"}).encode())
    assert request.transport
    request.transport.close()
    return response


async def silent(_: web.Request) -> web.Response:
    await asyncio.Event().wait()
    return web.Response()


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (said(503, status="error", errorType="timeout", error="query timed out"), "answered 503, timeout: query timed"),
        (said(400, status="error", errorType="bad_data", error="parse error"), "answered 400, bad_data: parse error"),
        (said(401, message="who are you"), "answered 401"),
        (said(200, status="error", errorType="execution", error="too many samples"), "execution: too many samples"),
        (said(200, status="success", data=VECTOR, warnings=["a store is away"]), "may not be whole: a store is away"),
        (said(200, status="success", data={"resultType": "vector", "result": []}), "no counters of a coverage gateway"),
        (elsewhere, "answered 302"),
        (proxy_error, "answered 502"),
        (nonsense, "no answer of Prometheus' query API"),
        (compressed_nonsense, "gzip"),
        (cut_off, "payload"),
        (silent, "no answer within 0.5 s"),
    ],
)
async def test_an_answer_without_counters_says_why(
    session: aiohttp.ClientSession, serve: Serve, handler: Handler, reason: str
) -> None:
    url = await serve(handler)
    reading = await query(session, PrometheusServer(url), timeout_seconds=0.5)
    assert not reading.reachable
    [problem] = reading.unreachable
    assert problem.url == url
    assert reason in problem.reason


async def test_an_answer_is_read_up_to_a_bound(
    session: aiohttp.ClientSession, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_compression(web.ContentCoding.gzip)
        await response.prepare(request)
        while True:
            await response.write(b" " * 2**20)

    monkeypatch.setattr(prometheus_server, "LARGEST", 2**22)
    reading = await query(session, PrometheusServer(await serve(endless)))
    assert reading.unreachable[0].reason == f"answered with more than {2**22} bytes"


async def test_nobody_there_is_an_answer(session: aiohttp.ClientSession) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        reading = await query(session, PrometheusServer(f"http://127.0.0.1:{free.getsockname()[1]}"))
    assert not reading.reachable
    assert "Cannot connect" in reading.unreachable[0].reason


async def test_a_certificate_of_an_authority_that_the_system_does_not_know_is_refused(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    issued = renewed(Certificates(), host="localhost", lifetime=timedelta(days=1), now=datetime.now(UTC))
    (tmp_path / "tls.crt").write_bytes(issued.certificate)
    (tmp_path / "tls.key").write_bytes(issued.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "tls.crt", tmp_path / "tls.key")
    app = web.Application()
    app.router.add_get("/api/v1/query", Counting().answer)
    server = TestServer(app, scheme="https", host="localhost")
    await server.start_server(ssl=context)
    reading = await query(session, PrometheusServer(str(server.make_url("/"))))
    await server.close()
    assert "certificate verify failed" in reading.unreachable[0].reason
