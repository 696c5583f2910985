"""Scraping replicas of the gateway, some of which are away."""

import asyncio
import socket

import aiohttp
import pytest
from aiohttp import web

from tests.unit.signals.conftest import Handler, Serve
from tracereach.coverage.counters import Call, Counters
from tracereach.signals.gateway import read

LINE = 'traces_service_graph_request_total{client="a",server="b",connection_type="",virtual_node=""} 5\n'


async def counting(_: web.Request) -> web.Response:
    return web.Response(text=LINE)


async def broken(_: web.Request) -> web.Response:
    return web.Response(status=503)


async def elsewhere(_: web.Request) -> web.Response:
    raise web.HTTPFound("http://127.0.0.1:1/")


async def nonsense(_: web.Request) -> web.Response:
    return web.Response(text="traces_service_graph_request_total{client=")


async def silent(request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    return web.Response()


async def test_replicas_are_kept_apart(session: aiohttp.ClientSession, serve: Serve) -> None:
    urls = [f"{await serve(counting)}/metrics", f"{await serve(counting)}/metrics"]
    reading = await read(session, urls)
    assert dict(reading.replicas) == dict.fromkeys(urls, Counters({Call("a", "b"): 5}))
    assert (reading.unreachable, reading.reachable) == ((), True)


async def test_a_name_stands_for_every_address_that_it_has(
    session: aiohttp.ClientSession, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts: list[str] = []

    async def remembering(request: web.Request) -> web.Response:
        hosts.append(request.headers["Host"])
        return web.Response(text=LINE)

    port = int((await serve(remembering)).rpartition(":")[2])

    async def resolve(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        assert host == "gateway.observability.svc"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in ("127.0.0.1", "127.0.0.2")]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    reading = await read(session, [f"http://gateway.observability.svc:{port}/metrics"])
    assert set(reading.replicas) == {f"http://127.0.0.1:{port}/metrics"}
    assert [problem.url for problem in reading.unreachable] == [f"http://127.0.0.2:{port}/metrics"]
    assert hosts == [f"gateway.observability.svc:{port}"]


@pytest.mark.parametrize(
    ("handler", "reason"),
    [(broken, "answered 503"), (elsewhere, "answered 302"), (nonsense, "no Prometheus text"), (silent, "no answer")],
)
async def test_a_replica_that_gives_no_counters_is_an_answer(
    session: aiohttp.ClientSession, serve: Serve, handler: Handler, reason: str
) -> None:
    good, bad = f"{await serve(counting)}/metrics", f"{await serve(handler)}/metrics"
    reading = await read(session, [bad, good], timeout_seconds=0.5)
    assert set(reading.replicas) == {good}
    assert [problem.url for problem in reading.unreachable] == [bad]
    assert reason in str(reading.unreachable[0])


async def test_nobody_there_is_an_answer(session: aiohttp.ClientSession) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        reading = await read(session, [f"http://127.0.0.1:{free.getsockname()[1]}/metrics"])
    assert not reading.reachable
    assert "Cannot connect" in reading.unreachable[0].reason


async def test_a_name_that_does_not_resolve_is_an_answer(session: aiohttp.ClientSession) -> None:
    reading = await read(session, ["http://gateway.invalid:8889/metrics"])
    assert not reading.reachable
    assert "resolve" in reading.unreachable[0].reason
