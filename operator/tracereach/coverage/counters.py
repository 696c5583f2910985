"""What coverage gateways count, as plain data: `signals` reads it, `edges` judges it."""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

Series = TypeVar("Series", bound=Hashable)
Side = Literal["", "client", "server"]
CollectorFigure = Literal["Uptime", "Accepted", "Refused", "Sent", "Failed", "Dropped"]
"""Seconds that it has run; spans that it has taken, and that it has turned away; those that the backend has taken from
it, and those that it has given up; those that its service graph had no room for."""


@dataclass(frozen=True)
class Call:
    """Requests from one node of the service graph to another.

    A node is a workload as `namespace/kind/name`, unless it is the `virtual` side: a client that sent no span is called
    `user`, a server that sent none goes by the address that its caller dialled, or by `unknown`.
    """

    client: str
    server: str
    virtual: Side = ""
    connection: str = ""
    """The service graph's connection type; `database` where the server is a database's name."""
    begun: bool = False
    """Whether the client's span begins the trace."""
    failed: bool = False
    """Whether it failed, and no span of a server says that it has arrived: the client's span has the status Error."""


@dataclass(frozen=True)
class SpanGroup:
    """Spans of one workload and one kind (`Server`, `Client`, ...) that begin a trace, or that do not."""

    workload: str
    kind: str
    root: bool
    """Whether they begin a trace. One that links to another is no beginning."""
    language: str = ""
    """The `telemetry.sdk.language` that they name, if any."""


GATEWAY = "tracereach-gateway"
"""Stands for a coverage gateway, where a collector beside a workload has the workload's name."""


@dataclass(frozen=True)
class CollectorCount:
    """What one collector counts of itself."""

    workload: str
    """Beside which it stands; `GATEWAY` for a coverage gateway."""
    instance: str
    """Of the collector; another one after each start."""
    what: CollectorFigure


@dataclass(frozen=True)
class Counters:
    """Counts by series: of one moment since the gateway's start, or the increase over some time."""

    calls: Mapping[Call, int] = field(default_factory=dict)
    spans: Mapping[SpanGroup, int] = field(default_factory=dict)
    collectors: Mapping[CollectorCount, int] = field(default_factory=dict)

    def __add__(self, other: "Counters") -> "Counters":
        return Counters(
            Counter(self.calls) + Counter(other.calls),
            Counter(self.spans) + Counter(other.spans),
            Counter(self.collectors) + Counter(other.collectors),
        )

    def since(self, earlier: "Counters") -> "Counters":
        """The increase since an earlier moment. A series that has fallen began anew, so all of it is increase."""
        return Counters(
            _increase(self.calls, earlier.calls),
            _increase(self.spans, earlier.spans),
            _increase(self.collectors, earlier.collectors),
        )


def _increase(now: Mapping[Series, int], before: Mapping[Series, int]) -> dict[Series, int]:
    increases: dict[Series, int] = {}
    for series, value in now.items():
        old = before.get(series, 0)
        if value != old:
            increases[series] = value - old if value > old else value
    return increases
