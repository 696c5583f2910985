"""An API server of one kind, in this process: enough of LIST and WATCH to break both on purpose."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from kubernetes.aio.client.configuration import Configuration

from tracereach.cluster.client import ApiServer
from tracereach.cluster.resources import Resource

THINGS = Resource("", "v1", "things", namespaced=False)
Object = dict[str, Any]


class FakeApiServer:
    """`objects` by name; `put` and `remove` also tell the open watches, unless `silent` is set."""

    def __init__(self) -> None:
        self.version = 100
        self.objects: dict[str, Object] = {}
        self.lists: list[dict[str, str]] = []
        self.watches: list[dict[str, str]] = []
        self.faults: deque[web.Response] = deque()
        self.before_page: Callable[[int], web.Response | None] = lambda _: None
        self.silent = False
        self._streams: list[asyncio.Queue[bytes | None]] = []
        self._opened = asyncio.Condition()

    def put(self, name: str, value: str = "") -> Object:
        self.version += 1
        kind = "MODIFIED" if name in self.objects else "ADDED"
        thing = {"metadata": {"name": name, "resourceVersion": str(self.version)}, "value": value}
        self.objects[name] = thing
        self._tell(kind, thing)
        return thing

    def remove(self, name: str) -> None:
        self.version += 1
        thing = self.objects.pop(name)
        self._tell("DELETED", thing | {"metadata": thing["metadata"] | {"resourceVersion": str(self.version)}})

    def send(self, kind: str, obj: Object) -> None:
        """An event as it is, to every open watch."""
        line = json.dumps({"type": kind, "object": obj}).encode() + b"\n"
        for stream in self._streams:
            stream.put_nowait(line)

    def end_watches(self) -> None:
        for stream in self._streams:
            stream.put_nowait(None)

    async def watched(self, count: int) -> None:
        """Return once the watch number `count` is open."""
        async with self._opened, asyncio.timeout(10):
            await self._opened.wait_for(lambda: len(self.watches) >= count)

    def _tell(self, kind: str, obj: Object) -> None:
        if not self.silent:
            self.send(kind, obj)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        query = dict(request.query)
        if "watch" in query:
            return await self._watch(request, query)
        self.lists.append(query)
        if self.faults:
            return self.faults.popleft()
        return self._page(query)

    def _page(self, query: dict[str, str]) -> web.Response:
        start, limit = int(query.get("continue", 0)), int(query.get("limit", 0))
        if fault := self.before_page(start):
            return fault
        names = sorted(self.objects)
        end = start + limit if limit else len(names)
        metadata = {"resourceVersion": str(self.version)} | ({"continue": str(end)} if end < len(names) else {})
        return web.json_response({"metadata": metadata, "items": [self.objects[name] for name in names[start:end]]})

    async def _watch(self, request: web.Request, query: dict[str, str]) -> web.StreamResponse:
        stream: asyncio.Queue[bytes | None] = asyncio.Queue()
        response = web.StreamResponse()
        await response.prepare(request)
        self._streams.append(stream)
        async with self._opened:
            self.watches.append(query)
            self._opened.notify_all()
        try:
            while (line := await stream.get()) is not None:
                await response.write(line)
        finally:
            self._streams.remove(stream)
        return response


def failure(status: int, *, reason: str = "", message: str = "", headers: dict[str, str] | None = None) -> web.Response:
    """An answer of the API server that something is wrong."""
    content = {"kind": "Status", "code": status, "reason": reason, "message": message}
    return web.json_response(content, status=status, headers=headers)


@asynccontextmanager
async def serving(fake: FakeApiServer) -> AsyncIterator[ApiServer]:
    """A client of `fake`, over a real socket."""
    application = web.Application()
    application.router.add_get(THINGS.collection(), fake.handle)
    server = TestServer(application)
    await server.start_server()
    configuration = Configuration(host=str(server.make_url("")).rstrip("/"))
    api = ApiServer(configuration)
    try:
        yield api
    finally:
        fake.end_watches()
        await api.close()
        await server.close()
