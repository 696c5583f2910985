import pytest

from tracereach.cluster.limiter import Limiter


def test_the_burst_goes_at_once_and_the_rest_at_the_rate() -> None:
    limiter = Limiter(rate=20, burst=3)
    assert [limiter.reserve(0.0) for _ in range(5)] == pytest.approx([0, 0, 0, 0.05, 0.1])


def test_time_fills_the_bucket_up_to_the_burst_and_not_beyond() -> None:
    limiter = Limiter(rate=20, burst=2)
    assert [limiter.reserve(0.0) for _ in range(2)] == [0, 0]
    assert limiter.reserve(0.05) == 0
    assert [limiter.reserve(1000.0) for _ in range(3)] == pytest.approx([0, 0, 0.05])


def test_a_clock_that_stands_still_or_goes_back_gives_nothing() -> None:
    limiter = Limiter(rate=1, burst=1)
    assert limiter.reserve(100.0) == 0
    assert limiter.reserve(90.0) == pytest.approx(1)


async def test_waiting_takes_a_token() -> None:
    limiter = Limiter(rate=0.001, burst=1)
    await limiter.wait()
    assert limiter.reserve(0.0) > 900


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (1, 0)])
def test_a_limit_that_lets_nothing_through_is_refused(rate: float, burst: int) -> None:
    with pytest.raises(ValueError, match="rate above 0"):
        Limiter(rate=rate, burst=burst)
