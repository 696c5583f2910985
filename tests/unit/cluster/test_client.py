import asyncio

import pytest
from aiohttp import ClientTimeout, web
from aiohttp.test_utils import unused_port
from kubernetes.aio.client.configuration import Configuration

from tests.unit.cluster.fake_api_server import THINGS, FakeApiServer, failure, serving
from tracereach.cluster import client
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import Gone, NotFound, Refused, Unavailable

PATH = THINGS.collection()


async def test_an_event_longer_than_every_buffer_arrives_whole() -> None:
    fake = FakeApiServer()
    async with serving(fake) as api:
        events = api.watch(PATH, resource_version="0")
        first = asyncio.ensure_future(anext(events))
        await fake.watched(1)
        value = "x" * 5_000_000
        fake.put("large", value)
        fake.put("small", "y")
        assert (await first)["object"]["value"] == value
        assert (await anext(events))["object"]["value"] == "y"
        await events.aclose()


async def test_a_stream_without_even_a_bookmark_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    # Long enough for the answer to begin, on a busy machine as well.
    monkeypatch.setattr(client, "_WATCH", ClientTimeout(total=None, sock_read=2.0))
    async with serving(FakeApiServer()) as api:
        assert [event async for event in api.watch(PATH, resource_version="0")] == []


async def test_a_server_that_never_begins_its_stream_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_WATCH", ClientTimeout(total=None, sock_read=0.1))

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(never_answer, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        api = ApiServer(Configuration(host=f"http://{host}:{port}"))
        try:
            with pytest.raises(Unavailable, match="SocketTimeoutError"):
                await anext(api.watch(PATH, resource_version="0"))
        finally:
            await api.close()


async def test_an_expired_version_is_gone_whether_it_comes_as_event_or_as_status() -> None:
    fake = FakeApiServer()
    async with serving(fake) as api:
        first = asyncio.ensure_future(anext(api.watch(PATH, resource_version="1")))
        await fake.watched(1)
        fake.send("ERROR", {"kind": "Status", "code": 410, "message": "too old resource version"})
        with pytest.raises(Gone):
            await first
        fake.faults.append(failure(410, message="too old"))
        with pytest.raises(Gone):
            await api.get(PATH)


async def test_a_log_arrives_as_it_is_and_what_is_refused_says_why() -> None:
    fake = FakeApiServer()
    fake.faults += [web.Response(body=b"no JSON \xff\n"), failure(400, message="previous container not found")]
    async with serving(fake) as api:
        assert await api.text(PATH) == b"no JSON \xff\n"
        with pytest.raises(Refused, match="previous container not found"):
            await api.text(PATH)


async def test_nobody_at_the_address_is_unavailable() -> None:
    api = ApiServer(Configuration(host=f"http://127.0.0.1:{unused_port()}"))
    with pytest.raises(Unavailable, match="/api/v1/things: ClientConnectorError"):
        await api.get(PATH)
    await api.close()


async def test_the_wait_that_a_busy_server_asks_for_is_kept() -> None:
    fake = FakeApiServer()
    fake.faults.append(failure(429, reason="TooManyRequests", message="slow down", headers={"Retry-After": "7"}))
    async with serving(fake) as api:
        with pytest.raises(Unavailable, match="slow down") as caught:
            await api.get(PATH)
    assert caught.value.retry_after == 7


async def test_an_error_that_is_no_status_object_still_says_what_came() -> None:
    async with serving(FakeApiServer()) as api:
        with pytest.raises(NotFound, match="404: Not Found"):
            await api.get("/nowhere")
