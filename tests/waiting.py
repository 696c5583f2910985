"""Waiting for what a cluster does in its own time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_INTERVAL_SECONDS = 0.2


def wait_for(
    look: Callable[[], T],
    until: Callable[[T], object] = bool,
    *,
    timeout: float = 30,
    excused: tuple[type[Exception], ...] = (),
) -> T:
    """What `look` returns, once `until` holds for it. After `timeout` seconds the failure says what was seen last.

    An error of a type in `excused` is only something that was seen.
    """
    deadline = time.monotonic() + timeout
    while True:
        last: object
        try:
            seen = look()
        except excused as error:
            last = error
        else:
            if until(seen):
                return seen
            last = seen
        assert time.monotonic() < deadline, f"not within {timeout} seconds; last seen: {str(last)[:4000]}"
        time.sleep(_INTERVAL_SECONDS)


def wait_for_value(look: Callable[[], object], value: object, *, timeout: float = 30) -> None:
    """Return once `look` returns `value`; the failure says that it was waited for."""
    try:
        wait_for(look, lambda seen: seen == value, timeout=timeout)
    except AssertionError as error:
        error.add_note(f"waited for: {str(value)[:4000]}")
        raise
