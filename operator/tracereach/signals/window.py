"""What was counted lately: readings of growing counters go in, the increase over the window comes out.

Pure: time is an argument. The controller keeps one window for each policy and feeds all of them with each reading.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add

from tracereach.coverage.counters import Counters

_BUCKETS = 60
"""A window of any length is kept in at most this many parts (and the one being filled)."""


@dataclass
class _Bucket:
    begin: float
    end: float
    counters: Counters


@dataclass(frozen=True)
class _Last:
    at: float
    counters: Counters


class Window:
    """The increase of counters over the last `seconds`.

    Each replica is compared with itself only, so one that restarts, joins or leaves adds nothing that it did not count.
    A replica's first reading is only something to compare with, and so is its first one after a gap of a whole window.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._last: dict[str, _Last] = {}
        self._buckets: deque[_Bucket] = deque()

    def add(self, at: float, replicas: Mapping[str, Counters]) -> None:
        """Take a reading: the counters by replica at the time `at`, in seconds of any clock that never goes back."""
        self._last = {replica: last for replica, last in self._last.items() if at - last.at < self.seconds}
        for replica, counters in replicas.items():
            if last := self._last.get(replica):
                self._record(last.at, at, counters.since(last.counters))
            self._last[replica] = _Last(at, counters)
        self._forget(at)

    def increase(self, now: float) -> Counters:
        """What was counted in the window that ends now."""
        self._forget(now)
        return reduce(add, (bucket.counters for bucket in self._buckets), Counters())

    def measured_seconds(self, now: float) -> float:
        """How much of the window the readings cover: from 0, before there are two of a replica, to `seconds`."""
        self._forget(now)
        return min(self.seconds, now - self._buckets[0].begin) if self._buckets else 0.0

    def _record(self, begin: float, end: float, increase: Counters) -> None:
        newest = self._buckets[-1] if self._buckets else None
        if newest and end - newest.begin <= self.seconds / _BUCKETS:
            newest.end, newest.counters = end, newest.counters + increase
        elif newest and newest.end == end:
            newest.begin, newest.counters = min(newest.begin, begin), newest.counters + increase
        else:
            self._buckets.append(_Bucket(begin, end, increase))

    def _forget(self, now: float) -> None:
        while self._buckets and self._buckets[0].end <= now - self.seconds:
            self._buckets.popleft()
