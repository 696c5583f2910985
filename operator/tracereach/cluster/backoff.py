"""How long to wait before the next try: longer each time, never the same for two replicas, and without an end.

Without an end because a watch that gives up leaves a process that looks alive and sees nothing.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Backoff:
    """Delays in seconds, doubling from `first` to `longest`, each shortened by up to half. Iterating starts anew."""

    first: float = 0.5
    longest: float = 30.0

    def __iter__(self) -> Iterator[float]:
        delay = self.first
        while True:
            yield jittered(delay)
            delay = min(self.longest, delay * 2)


def jittered(seconds: float) -> float:
    """Between a half of `seconds` and all of it."""
    return seconds * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, keeps no secret
