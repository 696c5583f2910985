"""What was counted lately: readings of growing counters go in, the increase over the window comes out.

Pure: time is an argument. The controller keeps one window for each length and feeds all of them with each reading.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tracereach.coverage.counters import Call, CollectorCount, Counters, Series, SpanGroup

_BUCKETS = 60
"""A window of any length is kept in at most this many parts (and the one being filled)."""


@dataclass
class _Sum:
    """Counters that grow and shrink in place: adding up all parts for each look would cost most of it."""

    calls: Counter[Call] = field(default_factory=Counter)
    spans: Counter[SpanGroup] = field(default_factory=Counter)
    collectors: Counter[CollectorCount] = field(default_factory=Counter)

    def add(self, increase: "Counters | _Sum") -> None:
        self.calls.update(increase.calls)
        self.spans.update(increase.spans)
        self.collectors.update(increase.collectors)

    def take_away(self, part: "_Sum") -> None:
        _subtract(self.calls, part.calls)
        _subtract(self.spans, part.spans)
        _subtract(self.collectors, part.collectors)


def _subtract(whole: Counter[Series], part: Counter[Series]) -> None:
    for series, count in part.items():
        whole[series] -= count
        if not whole[series]:
            del whole[series]


@dataclass(frozen=True)
class Lately:
    """A shorter time than the window's, of which only that is added up for which somebody asks.

    It is of one moment, and not to be kept: the newest part goes on to grow.
    """

    _parts: tuple[_Sum, ...]

    def spans(self) -> Mapping[SpanGroup, int]:
        """All spans."""
        found: Counter[SpanGroup] = Counter()
        for part in self._parts:
            found.update(part.spans)
        return found

    def calls(self, series: Call) -> int:
        """The calls of one series."""
        return sum(part.calls.get(series, 0) for part in self._parts)


@dataclass
class _Bucket:
    begin: float
    end: float
    counted: _Sum = field(default_factory=_Sum)


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
        self._total = _Sum()

    def add(self, at: float, replicas: Mapping[str, Counters]) -> None:
        """Take a reading: the counters by replica at the time `at`, in seconds of any clock that never goes back."""
        self._last = {replica: last for replica, last in self._last.items() if at - last.at < self.seconds}
        for replica, counters in replicas.items():
            if last := self._last.get(replica):
                self._record(last.at, at, counters.since(last.counters))
            self._last[replica] = _Last(at, counters)
        self._forget(at)

    def increase(self, now: float, *, seconds: float | None = None) -> Counters:
        """What was counted in the window that ends now, or in the last `seconds` of it."""
        self._forget(now)
        if seconds is None or seconds >= self.seconds:
            return Counters(dict(self._total.calls), dict(self._total.spans), dict(self._total.collectors))
        return _added(self._since(now - seconds))

    def lately(self, now: float, *, seconds: float) -> Lately:
        """What was counted in the last `seconds` of the window."""
        self._forget(now)
        return Lately(tuple(self._since(now - seconds)))

    def _since(self, begin: float) -> Iterator[_Sum]:
        return (bucket.counted for bucket in self._buckets if bucket.begin >= begin)

    def measured_seconds(self, now: float) -> float:
        """How much of the window the readings cover: from 0, before there are two of a replica, to `seconds`."""
        self._forget(now)
        return min(self.seconds, now - self._buckets[0].begin) if self._buckets else 0.0

    def watched_seconds(self, now: float, *, seconds: float) -> float:
        """How much of the last `seconds` there are readings of: less where nobody answered in between."""
        self._forget(now)
        return sum(bucket.end - bucket.begin for bucket in self._buckets if bucket.begin >= now - seconds)

    def _record(self, begin: float, end: float, increase: Counters) -> None:
        newest = self._buckets[-1] if self._buckets else None
        if newest and end - newest.begin <= self.seconds / _BUCKETS:
            newest.end = end
        elif newest and newest.end == end:
            newest.begin = min(newest.begin, begin)
        else:
            newest = _Bucket(begin, end)
            self._buckets.append(newest)
        newest.counted.add(increase)
        self._total.add(increase)

    def _forget(self, now: float) -> None:
        while self._buckets and self._buckets[0].end <= now - self.seconds:
            self._total.take_away(self._buckets.popleft().counted)


def _added(parts: Iterable[_Sum]) -> Counters:
    whole = _Sum()
    for part in parts:
        whole.add(part)
    return Counters(whole.calls, whole.spans, whole.collectors)
