from itertools import islice

from tracereach.cluster.backoff import Backoff


def test_delays_double_up_to_the_longest_and_never_end() -> None:
    expected = [1, 2, 4, 8, 8, 8]
    delays = list(islice(Backoff(first=1, longest=8), len(expected)))
    assert all(full / 2 <= delay <= full for delay, full in zip(delays, expected, strict=True))


def test_each_iteration_starts_anew() -> None:
    backoff = Backoff(first=1, longest=1000)
    list(islice(backoff, 9))
    assert next(iter(backoff)) <= 1
