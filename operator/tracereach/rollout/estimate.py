"""About how long a rollout takes, if nothing goes wrong: for plans and progress bars, and never for a decision."""

from tracereach.api.policy import Rollout

_START_SECONDS = 30
"""From a write until all new pods of a workload are ready. Real ones take from seconds to minutes."""


def seconds_left(rollout: Rollout, *, total: int, begun: int, slots: int, canaries: bool) -> int | None:
    """What is left of a rollout over `total` workloads, `begun` of which have been begun; None where nothing is.

    `canaries` says whether a stage of canaries comes before the waves.
    """
    if begun >= total:
        return None
    turn = _START_SECONDS + rollout.min_healthy_seconds
    seconds = turn + rollout.bake_seconds if canaries else 0
    done = begun + canaries
    for size in rollout.wave_sizes(total):
        if size > done:
            turns = -(-(size - done) // max(1, slots))
            seconds += turns * turn + (rollout.bake_seconds if size < total else 0)
            done = size
    return seconds
