"""The spans of a workload by kind: what it takes, what it calls, and how much of that begins a trace."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.counters import Counters


@dataclass(frozen=True)
class SpanCounts:
    """Spans of one workload in the window. A request is taken by a SERVER span, a message by a CONSUMER span."""

    server: int = 0
    server_root: int = 0
    """Requests that brought no context."""
    consumer: int = 0
    consumer_root: int = 0
    """Messages that brought neither a parent nor a link."""
    client: int = 0
    client_root: int = 0
    """Calls that begin a trace: of a job, or where context was lost inside the process."""
    producer: int = 0
    producer_root: int = 0
    other: int = 0
    """Those inside the process, and of kinds that nobody named."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.server + self.consumer + self.client + self.producer + self.other

    @property
    def taken(self) -> int:
        """Requests and messages that it took."""
        return self.server + self.consumer


NO_SPANS = SpanCounts()
_FIELDS = {"Server": "server", "Consumer": "consumer", "Client": "client", "Producer": "producer"}


def span_counts(counters: Counters) -> dict[WorkloadReference, SpanCounts]:
    """The spans of each workload that sent any."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for group, count in counters.spans.items():
        field = _FIELDS.get(group.kind, "other")
        found[group.workload][field] += count
        if group.root and field != "other":
            found[group.workload][f"{field}_root"] += count
    parsed = ((WorkloadReference.parsed(workload), counts) for workload, counts in found.items() if counts.total())
    return {reference: SpanCounts(**counts) for reference, counts in parsed if reference}


def by_kind(counts: SpanCounts) -> Mapping[str, int]:
    """The counts that are not zero, by the names that reports give them."""
    names = {
        "Server": counts.server,
        "ServerRoot": counts.server_root,
        "Consumer": counts.consumer,
        "ConsumerRoot": counts.consumer_root,
        "Client": counts.client,
        "ClientRoot": counts.client_root,
        "Producer": counts.producer,
        "ProducerRoot": counts.producer_root,
        "Other": counts.other,
    }
    return {name: count for name, count in names.items() if count}
