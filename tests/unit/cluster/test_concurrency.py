"""Many requests at once."""

import asyncio

import pytest

from tracereach.cluster.concurrency import for_each


async def test_answers_come_in_the_order_of_what_was_asked() -> None:
    first = asyncio.Event()

    async def ask(item: int) -> int:
        if item:
            first.set()
        else:
            await first.wait()
        return item * 2

    assert await for_each(range(3), ask) == [0, 2, 4]


async def test_an_error_is_raised_once_nobody_is_asked_any_more() -> None:
    failed, ended = asyncio.Event(), []

    async def ask(item: int) -> None:
        if item == 0:
            failed.set()
            raise ZeroDivisionError
        await failed.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        ended.append(item)

    with pytest.raises(ZeroDivisionError):
        await for_each(range(3), ask)
    assert ended == [1, 2]


async def test_no_more_are_asked_at_once_than_a_slow_api_server_is_to_hold() -> None:
    in_flight: set[int] = set()
    most = 0

    async def ask(item: int) -> None:
        nonlocal most
        in_flight.add(item)
        most = max(most, len(in_flight))
        await asyncio.sleep(0)
        in_flight.remove(item)

    await for_each(range(40), ask)
    assert most == 16
