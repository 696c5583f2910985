import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from tests.unit.cluster.fake_api_server import THINGS, FakeApiServer, Object, failure, serving
from tracereach.cluster.backoff import Backoff
from tracereach.cluster.errors import Refused
from tracereach.cluster.informer import Informer, Projection

VALUES: Projection[str, str] = Projection(
    THINGS,
    key=lambda obj: str(obj["metadata"]["name"]),
    record=lambda obj: None if obj["value"] == "ignored" else str(obj["value"]),
)
QUICK = Backoff(first=0.001, longest=0.01)


class Copy:
    """A running informer whose changes can be awaited."""

    def __init__(self, fake: FakeApiServer, informer: Informer[str, str], change: asyncio.Event) -> None:
        self.fake = fake
        self.informer = informer
        self.records = informer.records
        self._change = change

    async def until(self, predicate: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not predicate():
                self._change.clear()
                await self._change.wait()

    async def until_records(self, expected: dict[str, str]) -> None:
        await self.until(lambda: self.records == expected)


@asynccontextmanager
async def copying(
    fake: FakeApiServer, *, relist_seconds: float = 300, projection: Projection[str, str] = VALUES
) -> AsyncIterator[Copy]:
    change = asyncio.Event()
    async with serving(fake) as api:
        informer = Informer(api, projection, changed=change.set, relist_seconds=relist_seconds, backoff=QUICK)
        running = asyncio.create_task(informer.run())
        try:
            async with asyncio.timeout(10):
                await informer.synced.wait()
            yield Copy(fake, informer, change)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def test_only_objects_with_the_labels_of_the_projection_are_asked_for() -> None:
    fake = FakeApiServer()
    async with copying(fake, projection=replace(VALUES, labels="app=orders")):
        await fake.watched(1)
    assert [query.get("labelSelector") for query in (*fake.lists, *fake.watches)] == ["app=orders"] * 2


async def test_a_list_of_several_pages_is_read_whole() -> None:
    fake = FakeApiServer()
    expected = {f"thing-{number:04}": str(number) for number in range(1100)}
    for name, value in expected.items():
        fake.put(name, value)
    async with copying(fake) as copy:
        assert copy.records == expected
        assert [(query["limit"], query.get("continue")) for query in fake.lists] == [
            ("500", None),
            ("500", "500"),
            ("500", "1000"),
        ]


async def test_an_object_that_nobody_thought_of_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    fake = FakeApiServer()
    fake.put("odd", "1")
    fake.put("plain", "2")
    odd = replace(VALUES, record=lambda obj: {"2": "two", "3": "three"}[obj["value"]])
    async with copying(fake, projection=odd) as copy:
        assert copy.records == {"plain": "two"}
        await fake.watched(1)
        fake.put("odd", "3")
        await copy.until_records({"odd": "three", "plain": "two"})
    assert "odd is passed over, because of an error of the operator" in caplog.text


async def test_events_change_the_copy() -> None:
    fake = FakeApiServer()
    fake.put("a", "1")
    async with copying(fake) as copy:
        await fake.watched(1)
        fake.put("b", "1")
        fake.put("a", "2")
        await copy.until_records({"a": "2", "b": "1"})
        fake.remove("a")
        await copy.until_records({"b": "1"})


async def test_the_time_of_a_record_is_when_it_was_seen_to_become_what_it_is() -> None:
    fake = FakeApiServer()
    fake.put("a", "1")
    fake.put("b", "1")
    async with copying(fake) as copy:
        first = dict(copy.informer.changed_at)
        await fake.watched(1)
        fake.put("b", "1")
        fake.put("a", "2")
        await copy.until_records({"a": "2", "b": "1"})
        assert copy.informer.changed_at["b"] == first["b"]
        assert copy.informer.changed_at["a"] > first["a"]
        fake.remove("a")
        await copy.until_records({"b": "1"})
        assert copy.informer.changed_at.keys() == {"b"}


async def test_what_the_projection_ignores_is_not_kept_and_leaves_when_it_begins_to_be_ignored() -> None:
    fake = FakeApiServer()
    fake.put("a", "ignored")
    fake.put("b", "1")
    async with copying(fake) as copy:
        assert copy.records == {"b": "1"}
        await fake.watched(1)
        fake.put("b", "ignored")
        fake.put("a", "1")
        await copy.until_records({"a": "1"})


async def test_a_new_watch_goes_on_after_the_last_bookmark() -> None:
    fake = FakeApiServer()
    async with copying(fake) as copy:
        await fake.watched(1)
        fake.send("BOOKMARK", {"metadata": {"resourceVersion": "777"}})
        fake.end_watches()
        await fake.watched(2)
        assert fake.watches[1]["resourceVersion"] == "777"
        assert fake.watches[1]["allowWatchBookmarks"] == "true"
        assert len(fake.lists) == 1
        assert copy.records == {}


async def test_a_version_that_is_gone_is_answered_by_a_list_that_also_shows_what_was_deleted() -> None:
    fake = FakeApiServer()
    fake.put("kept", "1")
    fake.put("deleted", "1")
    async with copying(fake) as copy:
        await fake.watched(1)
        fake.silent = True
        fake.remove("deleted")
        fake.put("added", "1")
        fake.silent = False
        fake.send("ERROR", {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"})
        await copy.until_records({"kept": "1", "added": "1"})
        await fake.watched(2)
        assert len(fake.lists) == 2


async def test_a_list_is_made_again_after_a_while_without_any_error() -> None:
    fake = FakeApiServer()
    fake.put("missed", "1")
    async with copying(fake, relist_seconds=0.2) as copy:
        fake.silent = True
        fake.remove("missed")
        await copy.until_records({})


async def test_a_snapshot_that_expires_between_pages_leaves_no_ghost() -> None:
    fake = FakeApiServer()
    for number in range(600):
        fake.put(f"thing-{number:04}", "1")

    def expire_second_page(start: int) -> web.Response | None:
        if not start:
            return None
        fake.objects.pop("thing-0000", None)
        return failure(410, reason="Expired", message="the provided continue parameter is too old")

    fake.before_page = expire_second_page
    async with copying(fake) as copy:
        assert "thing-0000" not in copy.records
        assert len(copy.records) == 599
        assert fake.lists[-1]["limit"] == "0"


async def test_an_api_server_that_is_away_is_tried_again() -> None:
    fake = FakeApiServer()
    fake.put("a", "1")
    fake.faults.extend([failure(503), failure(429, headers={"Retry-After": "0"}), failure(500)])
    async with copying(fake) as copy:
        assert copy.records == {"a": "1"}
        assert len(fake.lists) == 4


async def test_an_error_event_that_no_retry_mends_ends_the_run() -> None:
    fake = FakeApiServer()
    async with serving(fake) as api:
        running = asyncio.create_task(Informer(api, VALUES, changed=lambda: None, backoff=QUICK).run())
        await fake.watched(1)
        fake.send("ERROR", {"kind": "Status", "code": 403, "reason": "Forbidden", "message": "no rights"})
        with pytest.raises(Refused, match="no rights"):
            await asyncio.wait_for(running, 10)


async def test_an_event_of_unknown_type_ends_the_run() -> None:
    fake = FakeApiServer()
    async with serving(fake) as api:
        running = asyncio.create_task(Informer(api, VALUES, changed=lambda: None, backoff=QUICK).run())
        await fake.watched(1)
        fake.send("SURPRISE", {"metadata": {"name": "a", "resourceVersion": "999"}})
        with pytest.raises(ValueError, match="SURPRISE"):
            await asyncio.wait_for(running, 10)


def _thing(version: int, value: str) -> Object:
    return {"metadata": {"name": "a", "resourceVersion": str(version)}, "value": value}


async def test_the_answer_to_our_own_write_is_never_replaced_by_an_older_event() -> None:
    fake = FakeApiServer()
    fake.put("a", "old")
    async with copying(fake) as copy:
        await fake.watched(1)
        copy.informer.observe(_thing(fake.version + 10, "ours"))
        assert copy.records == {"a": "ours"}
        fake.put("a", "before ours")
        fake.put("b", "later")
        await copy.until(lambda: "b" in copy.records)
        assert copy.records == {"a": "ours", "b": "later"}


async def test_a_late_answer_does_not_bring_back_what_was_deleted_meanwhile() -> None:
    fake = FakeApiServer()
    written = fake.put("a", "ours")
    async with copying(fake) as copy:
        await fake.watched(1)
        fake.remove("a")
        await copy.until_records({})
        copy.informer.observe(written)
        assert copy.records == {}
