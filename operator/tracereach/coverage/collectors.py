"""What collectors say of themselves: whether those beside a workload live, and whether the backend takes their spans.

Every sidecar sends figures of its own to the coverage gateway, traffic or not. So a sidecar that is dead, a backend
that is dead and a service without requests are told apart, although no span arrives from any of the three.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.counters import GATEWAY, CollectorCount, Counters

RECENT_SECONDS = 60.0
"""Over which collectors are judged: several of their reports."""
_SHARE_THAT_COUNTS = 0.01
"""Of all spans: fewer that are lost change no verdict."""
SETTLING_SECONDS = 20.0
"""What was taken so lately may be on its way to the backend still, and its report on its way here."""


@dataclass(frozen=True)
class Collectors:
    """Of one workload, over the last `RECENT_SECONDS`."""

    alive: int = 0
    """How many have reported."""
    accepted: int = 0
    """Spans that they have taken, without those of the last `SETTLING_SECONDS`."""
    sent: int = 0
    """Spans that the backend has taken from them."""
    failed: int = 0
    """Spans that they have given up."""

    @property
    def backend_reached(self) -> bool | None:
        """Whether the backend takes their spans; None where they had none for it."""
        if not self.accepted and not self.sent and not self.failed:
            return None
        return self.sent > 0 and not self.failed


def collectors(
    known: Mapping[CollectorCount, int], recent: Counters, settling: Counters
) -> Mapping[WorkloadReference, Collectors]:
    """The collectors of each workload that has ever reported any.

    `known` are the figures of the newest reading, in which also those stay that have ended since; `recent` and
    `settling` are the increases over the times of those names.
    """
    figures: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for series in known:
        figures[series.workload].update()
    for series, count in recent.collectors.items():
        figures[series.workload][series.what] += count
        figures[series.workload]["alive"] += series.what == "Uptime" and count > 0
    for series, count in settling.collectors.items():
        if series.what == "Accepted":
            figures[series.workload]["Accepted"] -= count
    parsed = ((WorkloadReference.parsed(workload), figure) for workload, figure in figures.items())
    return {
        reference: Collectors(figure["alive"], figure["Accepted"], figure["Sent"], figure["Failed"])
        for reference, figure in parsed
        if reference
    }


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
