"""The increase over a window, through restarts, absences and gaps."""

import pytest

from tracereach.coverage.counters import Call, Counters, SpanGroup
from tracereach.signals.window import Window

A = Call("a", "b")


def counted(calls: int) -> Counters:
    return Counters({A: calls})


def increase(readings: list[tuple[float, dict[str, int]]], *, now: float, seconds: float = 300) -> int:
    window = Window(seconds)
    for at, replicas in readings:
        window.add(at, {replica: counted(calls) for replica, calls in replicas.items()})
    return window.increase(now).calls.get(A, 0)


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ([], 0),
        ([(0, {"one": 500})], 0),
        ([(0, {"one": 500}), (10, {"one": 507})], 7),
        ([(0, {"one": 500}), (10, {"one": 507}), (20, {"one": 3})], 10),
        ([(0, {"one": 500, "two": 10}), (10, {"one": 507, "two": 11})], 8),
        ([(0, {"one": 500, "two": 10}), (10, {"two": 11}), (20, {"one": 520, "two": 12})], 22),
        ([(0, {"one": 500}), (10, {"one": 501, "two": 900}), (20, {"one": 501, "two": 905})], 6),
        ([(0, {"one": 500}), (10, {}), (20, {})], 0),
    ],
    ids=["empty", "first", "second", "restart", "two", "one away", "one new", "all away"],
)
def test_the_increase_of_a_few_readings(readings: list[tuple[float, dict[str, int]]], expected: int) -> None:
    assert increase(readings, now=20) == expected


def test_what_is_older_than_the_window_leaves_it() -> None:
    readings = [(float(at), {"one": at}) for at in range(0, 601, 10)]
    assert increase(readings, now=600) == 300
    assert increase(readings, now=700) == 200
    assert increase(readings, now=1000) == 0


def test_after_a_gap_of_a_whole_window_counting_begins_anew() -> None:
    assert increase([(0, {"one": 1}), (1000, {"one": 5000}), (1010, {"one": 5002})], now=1010) == 2


def test_a_long_window_is_kept_in_few_parts_and_still_exact() -> None:
    window = Window(86400)
    for at in range(0, 86400, 10):
        window.add(at, {"one": counted(at), "two": counted(at)})
    assert window.increase(86390).calls[A] == 2 * 86390
    assert len(window._buckets) <= 61


def test_tells_how_much_of_the_window_is_covered() -> None:
    window = Window(300)
    assert window.measured_seconds(0) == 0
    window.add(0, {"one": counted(1)})
    assert window.measured_seconds(0) == 0
    window.add(10, {"one": counted(1)})
    assert window.measured_seconds(12) == 12
    for at in range(20, 1000, 10):
        window.add(at, {"one": counted(1)})
    assert window.measured_seconds(1000) == 300


def test_only_the_time_between_readings_has_been_watched() -> None:
    window = Window(300)
    for at in (0, 10, 20, 100, 110):
        window.add(at, {"one": counted(at)})
    assert window.watched_seconds(110, seconds=60) == 10
    assert window.watched_seconds(110, seconds=300) == 110
    assert window.watched_seconds(200, seconds=60) == 0


def test_equal_readings_between_two_scrapes_by_somebody_else_change_nothing() -> None:
    window = Window(300)
    for at in range(0, 310, 10):
        window.add(at, {"one": counted(500 + at // 30)})
    assert window.increase(300).calls == {A: 10}
    assert window.increase(300, seconds=60).calls == {A: 2}
    assert window.watched_seconds(300, seconds=60) == 60


def test_a_shorter_time_can_be_asked_series_by_series() -> None:
    window, spans = Window(300), SpanGroup("a", "Client", root=False)
    for at in range(0, 310, 10):
        window.add(at, {"one": Counters({A: at}, {spans: 2 * at})})
    lately = window.lately(300, seconds=60)
    assert (lately.calls(A), lately.calls(Call("b", "c"))) == (60, 0)
    assert lately.spans() == window.increase(300, seconds=60).spans == {spans: 120}
