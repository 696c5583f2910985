"""The bounds that edges are judged by."""

import pytest

from tracereach.coverage.wilson import interval


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (35, 35, 0.9011, 1.0),
        (34, 34, 0.8985, 1.0),
        (0, 35, 0.0, 0.0989),
        (26, 40, 0.4951, 0.7787),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_known_intervals(successes: int, trials: int, low: float, high: float) -> None:
    assert interval(successes, trials) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_stays_between_zero_and_one_and_contains_the_share() -> None:
    for trials in range(1, 80):
        for successes in range(trials + 1):
            low, high = interval(successes, trials)
            assert 0 <= low <= successes / trials + 1e-12
            assert successes / trials - 1e-12 <= high <= 1
