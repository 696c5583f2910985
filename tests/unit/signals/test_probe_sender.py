"""One probe, sent to a real server."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tracereach.signals.probe_headers import Format, new_trace_id
from tracereach.signals.probe_sender import ProbeRequest, send
from tracereach.signals.probes import PROBE_TRACE_PREFIX, probe_named_by

Asked = list[web.Request]


@asynccontextmanager
async def server(answer: Callable[[], web.Response]) -> AsyncIterator[tuple[ProbeRequest, Asked]]:
    asked: Asked = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request)
        return answer()

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    async with TestServer(app) as running:
        assert running.port is not None
        yield ProbeRequest("127.0.0.1", running.port, "storefront.shop", "/cart?a=%20b"), asked


@pytest.mark.parametrize(
    ("headers", "names"),
    [("all", {"traceparent", "b3"}), ("w3c", {"traceparent"}), ("b3", {"b3"})],
)
async def test_a_probe_says_who_it_is(headers: Format, names: set[str]) -> None:
    trace_id = new_trace_id()
    async with server(web.Response) as (request, asked), aiohttp.ClientSession() as session:
        assert await send(session, request, trace_id, headers=headers) == 200
    (got,) = asked
    assert (got.method, got.raw_path, got.host) == ("GET", "/cart?a=%20b", f"storefront.shop:{request.port}")
    assert probe_named_by(got.headers["User-Agent"]) == trace_id
    assert {name for name in ("traceparent", "b3") if name in got.headers} == names
    assert all(trace_id in got.headers[name] and got.headers[name].endswith("1") for name in names)


async def test_redirects_are_not_followed() -> None:
    def redirect() -> web.Response:
        return web.Response(status=302, headers={"Location": "/x"})

    async with server(redirect) as (request, asked), aiohttp.ClientSession() as session:
        assert await send(session, request, new_trace_id()) == 302
    assert len(asked) == 1


async def test_nobody_there_is_an_answer() -> None:
    async with aiohttp.ClientSession() as session:
        said = await send(session, ProbeRequest("127.0.0.1", 1, "x"), new_trace_id())
    assert "Cannot connect" in str(said)


def test_trace_ids_are_reserved_and_random() -> None:
    first, second = new_trace_id(), new_trace_id()
    assert first != second
    assert len(first) == 32
    assert first.startswith(PROBE_TRACE_PREFIX)


@pytest.mark.parametrize("text", ["", "curl/8", "tracereach-probe/", "tracereach-probe/forged", "x tracereach-probe/"])
def test_other_user_agents_name_no_probe(text: str) -> None:
    assert probe_named_by(text) == ""
