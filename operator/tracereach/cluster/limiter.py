"""One rate limit for every write to workloads, so that a large rollout never floods the API server."""

import asyncio


class Limiter:
    """A token bucket: `burst` writes at once, then `rate` writes in a second."""

    def __init__(self, *, rate: float = 20, burst: int = 40) -> None:
        if rate <= 0 or burst < 1:
            raise ValueError(f"a limit needs a rate above 0 and a burst of at least 1, not {rate} and {burst}")
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._filled_at: float | None = None

    def reserve(self, now: float) -> float:
        """Take one token at time `now` (seconds of any steady clock); the seconds to wait until it may be used."""
        if self._filled_at is not None:
            self._tokens = min(self._burst, self._tokens + max(0.0, now - self._filled_at) * self._rate)
        self._filled_at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate)

    async def wait(self) -> None:
        """Return when the next write may go."""
        await asyncio.sleep(self.reserve(asyncio.get_running_loop().time()))
