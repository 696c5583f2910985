"""Waiting for what the cluster does in its own time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

_INTERVAL_SECONDS = 0.2


def wait_for(look: Callable[[], T], until: Callable[[T], bool], *, timeout: float = 30) -> T:
    """What `look` returns, once `until` holds for it. After `timeout` seconds the failure says what was seen last."""
    deadline = time.monotonic() + timeout
    while not until(seen := look()):
        assert time.monotonic() < deadline, f"not within {timeout} seconds; last seen: {seen!r}"
        time.sleep(_INTERVAL_SECONDS)
    return seen


def wait_for_value(look: Callable[[], object], value: object, *, timeout: float = 30) -> None:
    """Return once `look` returns `value`."""
    wait_for(look, lambda seen: seen == value, timeout=timeout)
