"""What collectors say of themselves: whether those beside a workload live, and whether the backend takes their spans.

Every sidecar sends figures of its own to the coverage gateway, traffic or not. So a sidecar that is dead, a backend
that is dead and a service without requests are told apart, although no span arrives from any of the three.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.counters import GATEWAY, CollectorCount, Counters

RECENT_SECONDS = 60.0
"""Over which the spans of collectors are counted: several of their reports."""
DEAD_SECONDS, LATE_SECONDS = 35.0, 15.0
"""A collector that has not reported for so long is dead, or late. Readings come every ten seconds, and reports a little
more often, so there is news in each: these are three readings without any, and one."""
_SHARE_THAT_COUNTS = 0.01
"""Of all spans: fewer that are lost change no verdict."""
SETTLING_SECONDS = 20.0
"""What was taken so lately may be on its way to the backend still, and its report on its way here."""


@dataclass(frozen=True)
class Collectors:
    """Of one workload."""

    alive: int = 0
    """How many have reported within the last `DEAD_SECONDS`."""
    late: bool = False
    """Whether none has within the last `LATE_SECONDS`."""
    accepted: int = 0
    """Spans that they have taken within the last `RECENT_SECONDS`, without those of the last `SETTLING_SECONDS`."""
    sent: int = 0
    """Spans that the backend has taken from them."""
    failed: int = 0
    """Spans that they have given up."""

    @property
    def backend_reached(self) -> bool | None:
        """Whether the backend takes their spans, but for a few; None where they had none for it."""
        if not self.accepted and not self.sent and not self.failed:
            return None
        return self.sent > 0 and self.failed <= (self.sent + self.failed) * _SHARE_THAT_COUNTS


def collectors(
    known: Iterable[CollectorCount], lately: Callable[[float], Counters]
) -> Mapping[WorkloadReference, Collectors]:
    """The collectors of each workload that has ever reported any.

    `known` are the series of the newest reading, in which also those stay that have ended since; `lately` tells how
    much everything has grown within so many seconds. Where none is punctual, there was no news to read: a Prometheus
    in between may scrape less often than it is asked.
    """
    recent, settling = _figures(lately(RECENT_SECONDS)), _figures(lately(SETTLING_SECONDS))
    alive, punctual = _alive(lately(DEAD_SECONDS)), _alive(lately(LATE_SECONDS))
    parsed = ((name, WorkloadReference.parsed(name)) for name in {series.workload for series in known})
    return {
        workload: Collectors(
            alive[name],
            late=bool(punctual) and not punctual[name],
            accepted=recent[name, "Accepted"] - settling[name, "Accepted"],
            sent=recent[name, "Sent"],
            failed=recent[name, "Failed"],
        )
        for name, workload in parsed
        if workload
    }


def _figures(increase: Counters) -> Counter[tuple[str, str]]:
    """By workload and figure."""
    found: Counter[tuple[str, str]] = Counter()
    for series, count in increase.collectors.items():
        found[series.workload, series.what] += count
    return found


def _alive(increase: Counters) -> Counter[str]:
    """How many collectors of each workload have become older, and so have reported."""
    return Counter(
        series.workload for series, count in increase.collectors.items() if series.what == "Uptime" and count
    )


def turned_away(increase: Counters) -> str:
    """Why the counters of a window cannot be trusted: the gateways have lost too many spans of it. Empty otherwise."""
    lost = sum(
        count
        for series, count in increase.collectors.items()
        if series.workload == GATEWAY and series.what in {"Refused", "Dropped"}
    )
    counted = sum(increase.spans.values())
    if lost <= (lost + counted) * _SHARE_THAT_COUNTS:
        return ""
    return f"the coverage gateway has turned away {lost} spans, and counted {counted}"
