"""The API server, with plain dictionaries in and out.

The `kubernetes` package brings configuration, authentication and the TLS connection. Its models are left out: they
cost a Python object for each field of each object, and a template must come back exactly as it was.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlencode

from aiohttp import ClientError, ClientResponse, ClientTimeout, SocketTimeoutError, StreamReader
from kubernetes.aio.client.configuration import Configuration
from kubernetes.aio.client.rest import RESTClientObject

from tracereach.api import names
from tracereach.cluster import configuration as configurations
from tracereach.cluster.errors import Unavailable, from_response, from_status
from tracereach.cluster.kubeconfig import DEFAULT, Kubeconfig
from tracereach.cluster.resources import Object

JSON = "application/json"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"

_ACCEPTED = f"{JSON}, */*"
"""JSON, and logs as they are."""
_WATCH_SECONDS = 300
_REQUEST = ClientTimeout(total=30, sock_connect=5)
_WATCH = ClientTimeout(total=None, sock_connect=5, sock_read=70)
"""The server sends a bookmark about every minute, but none that is older than the LIST before the watch: of a kind that
nobody writes there may be none for long. A silent stream may as well be a dead one, so neither is read on."""


class ApiServer:
    """A connection to the API server. Every method raises `ApiError`; the subclass says what to do."""

    def __init__(self, configuration: Configuration, context: str = "") -> None:
        self.configuration = configuration
        self._context = context
        self._rest = RESTClientObject(configuration)

    @classmethod
    @asynccontextmanager
    async def connect(cls, kubeconfig: Kubeconfig = DEFAULT) -> AsyncIterator["ApiServer"]:
        """An open connection; see `configuration.load` for which cluster. Raises `NoCluster`."""
        found = await configurations.load(kubeconfig)
        try:
            api = cls(found.configuration, found.context)
        except OSError as error:  # of TLS, or a file that is gone
            problem = f"no cluster to talk to: a certificate cannot be used: {error}. Mend it in the kubeconfig."
            raise configurations.NoCluster(problem) from error
        try:
            yield api
        finally:
            await api.close()

    def __str__(self) -> str:
        """Which cluster it is, for people who have several."""
        return f"context {self._context}, {self.configuration.host}" if self._context else str(self.configuration.host)

    async def close(self) -> None:
        """Close all connections."""
        await self._rest.close()

    async def get(self, path: str, **query: str) -> Object:
        """One object, or one list."""
        return await self._exchange("GET", path, query)

    async def text(self, path: str, **query: str) -> bytes:
        """What is no JSON, such as a log."""
        with _network_errors(path):
            async with await self._send("GET", path, query) as response:
                return bytes(await response.read())

    async def create(self, path: str, body: Object) -> Object:
        """Create `body` in the collection `path`; the object as the server made it."""
        return await self._exchange("POST", path, {"fieldManager": names.FIELD_MANAGER}, body)

    async def patch(self, path: str, body: Object | list[Object], content_type: str) -> Object:
        """Patch the object at `path`; the object after it."""
        return await self._exchange("PATCH", path, {"fieldManager": names.FIELD_MANAGER}, body, content_type)

    async def delete(self, path: str, body: Object | None = None) -> Object:
        """Delete the object at `path`, with `body` as the options; the server's answer."""
        return await self._exchange("DELETE", path, {}, body)

    async def pages(self, path: str, limit: int = 500, *, labels: str = "") -> AsyncGenerator[Object, None]:
        """A LIST in pages of one snapshot; `limit` 0 is no limit. Raises `Gone` where the snapshot expired.

        `labels`, here and in `watch`, is a label selector that every object meets.
        """
        token = ""
        while True:
            page = await self.get(
                path, limit=str(limit), **_selecting(labels), **({"continue": token} if token else {})
            )
            yield page
            token = page["metadata"].get("continue") or ""
            if not token:
                return

    async def watch(self, path: str, *, resource_version: str, labels: str = "") -> AsyncGenerator[Object, None]:
        """The events after `resource_version`, bookmarks among them, until the server ends the stream or is silent.

        Whoever watches again from where this one ended has missed nothing. An ERROR event is raised as what it means:
        `Gone` asks for a new LIST.
        """
        query = {"watch": "true", "allowWatchBookmarks": "true", "timeoutSeconds": str(_WATCH_SECONDS)}
        query |= {"resourceVersion": resource_version, **_selecting(labels)}
        with _network_errors(path):
            async with await self._send("GET", path, query, timeout=_WATCH) as response:
                async for line in _until_silent(_lines(response.content)):
                    event: Object = json.loads(line)
                    if event["type"] == "ERROR":
                        raise from_status(event["object"], path=path)
                    yield event

    async def authorization(self) -> str:
        """The present value of the Authorization header, empty where a certificate alone says who we are."""
        settings = await self.configuration.auth_settings()
        return str(settings["BearerToken"]["value"]) if settings else ""

    async def _exchange(
        self, method: str, path: str, query: dict[str, str], body: Any = None, content_type: str = JSON
    ) -> Object:
        with _network_errors(path):
            async with await self._send(method, path, query, body=body, content_type=content_type) as response:
                answer: Object = json.loads(await response.read())
                return answer

    async def _send(
        self,
        method: str,
        path: str,
        query: dict[str, str],
        *,
        body: Any = None,
        content_type: str = JSON,
        timeout: ClientTimeout = _REQUEST,  # noqa: ASYNC109 - aiohttp's own, per socket and in total
    ) -> ClientResponse:
        url = f"{self.configuration.host}{path}?{urlencode(query)}"
        headers = {"Accept": _ACCEPTED, "Content-Type": content_type, "User-Agent": names.FIELD_MANAGER}
        if authorization := await self.authorization():
            headers["Authorization"] = authorization
        answer = await self._rest.request(method, url, headers=headers, body=body, _request_timeout=timeout)
        response: ClientResponse = answer.response
        if response.status >= 400:
            async with response:
                text = await response.read()
            raise from_response(status=response.status, body=text, path=path, headers=response.headers)
        return response


def _selecting(labels: str) -> dict[str, str]:
    return {"labelSelector": labels} if labels else {}


async def _lines(stream: StreamReader) -> AsyncIterator[bytes]:
    """Lines of any length: the stream's own reader refuses those above its buffer, and objects reach 1.5 MiB."""
    rest: list[bytes] = []
    async for chunk in stream.iter_any():
        *complete, tail = chunk.split(b"\n")
        for line in complete:
            yield b"".join([*rest, line])
            rest.clear()
        rest.append(tail)


async def _until_silent(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    try:
        async for line in lines:
            yield line
    except SocketTimeoutError:
        return


@contextmanager
def _network_errors(path: str) -> Iterator[None]:
    """Raise what goes wrong below HTTP as `Unavailable`; an answer cut short in its JSON is the same."""
    try:
        yield
    except (ClientError, OSError, json.JSONDecodeError) as error:
        message = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        raise Unavailable(status=0, reason="", message=message, path=path) from error
