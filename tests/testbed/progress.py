"""Says what the testbed is doing and how long each step took. Used by every part that can take more than a blink."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class TestbedError(Exception):
    """Something the person at the keyboard can act on; shown without a traceback."""

    __test__ = False  # pytest collects classes named Test*


@contextmanager
def step(what: str) -> Iterator[None]:
    """Write one line on standard error when the enclosed work ends: its seconds, and whether it failed."""
    begin = time.monotonic()
    outcome = "failed"
    try:
        yield
        outcome = "ok"
    finally:
        sys.stderr.write(f"{what:<40} {outcome} {time.monotonic() - begin:6.1f} s\n")
        sys.stderr.flush()


def wait_until(condition: Callable[[], bool], *, what: str, seconds: float, interval: float = 0.1) -> None:
    """Poll `condition` until it holds; raise `TestbedError` naming `what` when `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TestbedError(f"{what}: not so after {seconds:.0f} s")
        time.sleep(interval)
