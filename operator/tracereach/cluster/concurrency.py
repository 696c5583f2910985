"""Many requests to the API server at once, and yet not all of them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

_AT_ONCE = 16
"""Requests in flight. The rate limit decides the pace of writes; this bounds what a slow API server lets pile up."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


async def for_each(items: Iterable[Item], ask: Callable[[Item], Awaitable[Answer]]) -> list[Answer]:
    """The answer for each of `items`, in their order, with a bounded number of requests in flight."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Item) -> Answer:
        async with slots:
            return await ask(item)

    return await asyncio.gather(*map(one, items))
