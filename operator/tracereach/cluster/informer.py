"""A local copy of one kind, kept as small records: paged LIST, then WATCH, for ever.

The controller runs one for each kind it decides upon. Every LIST is compared with what is known, so an object deleted
while nobody watched is noticed; and a LIST every few minutes replaces the copy, whatever was missed. A failure that no
retry mends ends `run`, and with it the process: a copy that nobody feeds must not be decided upon.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable, Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Generic, TypeVar

from tracereach.cluster.backoff import Backoff, jittered
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import Gone, Unavailable
from tracereach.cluster.resources import Object, Resource
from tracereach.cluster.versions import is_older, version_of

_log = logging.getLogger(__name__)
_PAGE = 500
_PAUSE = 0.1
"""Seconds between two watches, should a server end them at once."""

Key = TypeVar("Key", bound=Hashable)
Record = TypeVar("Record")


@dataclass(frozen=True)
class Projection(Generic[Key, Record]):
    """What of a kind is kept. `record` makes None of an object that does not matter."""

    resource: Resource
    key: Callable[[Object], Key]
    record: Callable[[Object], Record | None]
    labels: str = ""
    """A label selector: only what meets it is listed and watched."""


class Informer(Generic[Key, Record]):
    """The copy. `changed` is called, without arguments, after each change of `records`."""

    def __init__(
        self,
        api: ApiServer,
        projection: Projection[Key, Record],
        *,
        changed: Callable[[], None],
        relist_seconds: float = 300,
        backoff: Backoff = Backoff(),  # noqa: B008 - frozen
    ) -> None:
        self._api = api
        self._projection = projection
        self._path = projection.resource.collection()
        self._changed = changed
        self._relist_seconds = relist_seconds
        self._backoff = backoff
        self._delays: Iterator[float] = iter(backoff)
        self._records: dict[Key, Record] = {}
        self._versions: dict[Key, str] = {}
        self._position = ""
        self.records: Mapping[Key, Record] = MappingProxyType(self._records)
        self._changed_at: dict[Key, datetime] = {}
        self.changed_at: Mapping[Key, datetime] = MappingProxyType(self._changed_at)
        """When each of `records` was seen to become what it is."""
        self.synced = asyncio.Event()
        """Set once the first LIST is complete."""

    async def run(self) -> None:
        """Keep the copy, for ever. Raises `ApiError` where no retry helps, such as missing rights."""
        while True:
            await self._retrying(self._list)
            self.synced.set()
            await self._follow()

    def observe(self, obj: Object) -> None:
        """Take in the answer to a write of our own, so that nobody decides on what was before it."""
        version = version_of(obj)
        if self._projection.key(obj) not in self._versions and is_older(version, self._position):
            return  # the watch is past this write and has seen the object go
        self._put(obj)

    async def _list(self) -> None:
        try:
            await self._replace(limit=_PAGE)
        except Gone:
            await self._replace(limit=0)  # the snapshot expired between two pages: take everything in one piece
        self._delays = iter(self._backoff)

    async def _replace(self, *, limit: int) -> None:
        listed: set[Key] = set()
        async with aclosing(self._api.pages(self._path, limit=limit, labels=self._projection.labels)) as pages:
            async for page in pages:
                for obj in page["items"]:
                    self._put(obj)
                    listed.add(self._projection.key(obj))
                self._position = version_of(page)
        unlisted = [key for key in self._versions if key not in listed]
        for key in unlisted:
            if not is_older(self._position, self._versions[key]):
                self._remove(key)

    async def _follow(self) -> None:
        """Watch until a LIST is due, or due at once because the watch has fallen too far behind."""
        try:
            async with asyncio.timeout(jittered(self._relist_seconds)):
                while True:
                    await self._retrying(self._watch)
                    await asyncio.sleep(_PAUSE)
        except TimeoutError:
            return
        except Gone as error:
            _log.info("listing again: %s", error)
            await asyncio.sleep(_PAUSE)

    async def _watch(self) -> None:
        watch = self._api.watch(self._path, resource_version=self._position, labels=self._projection.labels)
        async with aclosing(watch) as events:
            async for event in events:
                self._apply(event["type"], event["object"])
                self._delays = iter(self._backoff)

    async def _retrying(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                return await step()
            except Unavailable as error:
                delay = max(next(self._delays), error.retry_after or 0.0)
                _log.warning("trying again in %.1f s: %s", delay, error)
                await asyncio.sleep(delay)

    def _apply(self, kind: str, obj: Object) -> None:
        match kind:
            case "ADDED" | "MODIFIED":
                self._put(obj)
            case "DELETED":
                self._delete(obj)
            case "BOOKMARK":
                pass
            case _:
                raise ValueError(f"{self._path}: the API server sent an event of unknown type {kind!r}")
        self._position = version_of(obj)

    def _put(self, obj: Object) -> None:
        key, version = self._projection.key(obj), version_of(obj)
        if is_older(version, self._versions.get(key, "")):
            return
        record = self._record(key, obj)
        self._versions[key] = version
        if record == self._records.get(key):
            return
        if record is None:
            self._records.pop(key)
            self._changed_at.pop(key)
        else:
            self._records[key] = record
            self._changed_at[key] = datetime.now(UTC)
        self._changed()

    def _record(self, key: Key, obj: Object) -> Record | None:
        try:
            return self._projection.record(obj)
        except Exception:  # one object that nobody thought of must not end the process
            _log.exception("%s: %s is passed over, because of an error of the operator", self._path, key)
            return None

    def _delete(self, obj: Object) -> None:
        key = self._projection.key(obj)
        if not is_older(version_of(obj), self._versions.get(key, "")):
            self._remove(key)

    def _remove(self, key: Key) -> None:
        self._versions.pop(key, None)
        self._changed_at.pop(key, None)
        if self._records.pop(key, None) is not None:
            self._changed()
