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
    Most of thousands of items need no request at all, so there is a task for each request in flight, not for each item.
    """
    waiting = enumerate(items)
    answers: dict[int, Answer] = {}
    errors: list[Exception] = []

    async def take_turns() -> None:
        for number, item in waiting:
            try:
                answers[number] = await ask(item)
            except Exception as error:
                errors.append(error)

    await asyncio.gather(*(take_turns() for _ in range(_AT_ONCE)))
    if errors:
        raise errors[0]
    return [answers[number] for number in sorted(answers)]
