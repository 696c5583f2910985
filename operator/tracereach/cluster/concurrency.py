"""Many requests to the API server at once, and yet not all of them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

_AT_ONCE = 16
"""Requests in flight. The rate limit decides the pace of writes; this bounds what a slow API server lets pile up."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


async def for_each(items: Iterable[Item], ask: Callable[[Item], Awaitable[Answer]]) -> list[Answer]:
    """The answer for each of `items`, in their order, with a bounded number of requests in flight.

    Raises the first error, but not before all others have been answered: no request outlives the pass that asked it.
    """
    slots = asyncio.Semaphore(_AT_ONCE)

    async def one(item: Item) -> Answer:
        async with slots:
            return await ask(item)

    answers = await asyncio.gather(*map(one, items), return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if not isinstance(answer, BaseException)]
