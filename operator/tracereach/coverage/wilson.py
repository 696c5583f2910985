"""How sure a share of so many calls is: the Wilson score interval, which behaves at 0, at 1 and for few calls."""

from math import sqrt

_Z = 1.959963984540054
"""The normal quantile of a 95 % interval."""


def interval(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share, as (low, high) from 0 to 1. With no trials anything is possible: (0, 1)."""
    if trials == 0:
        return 0.0, 1.0
    share, spread = successes / trials, _Z * _Z / trials
    centre = share + spread / 2
    margin = _Z * sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return max(0.0, (centre - margin) / (1 + spread)), min(1.0, (centre + margin) / (1 + spread))
