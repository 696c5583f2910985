"""From what was counted in a window to hops between workloads, each judged: does context cross it?"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import Addresses, resolve
from tracereach.coverage.counters import Call, Counters
from tracereach.coverage.wilson import interval

EdgeState = Literal["Healthy", "Partial", "Broken", "Unknown"]

ENOUGH_CALLS = 35
"""With fewer calls not even a perfect edge has a lower bound of 0.90, so none is judged."""
_HEALTHY_SHARE, _HEALTHY_BOUND, _BROKEN_BOUND = 0.95, 0.90, 0.10


@dataclass(frozen=True, order=True)
class Edge:
    """A hop from caller to callee, with the calls seen and those whose callee continued the trace."""

    caller: WorkloadReference
    callee: WorkloadReference
    calls: int = 0
    carried: int = 0

    @property
    def hop(self) -> tuple[WorkloadReference, WorkloadReference]:
        """Caller and callee."""
        return self.caller, self.callee

    @property
    def state(self) -> EdgeState:
        """The verdict: sure that context crosses, sure that it does not, something between, or too few calls."""
        if self.calls < ENOUGH_CALLS:
            return "Unknown"
        low, high = interval(self.carried, self.calls)
        if low >= _HEALTHY_BOUND and self.carried / self.calls >= _HEALTHY_SHARE:
            return "Healthy"
        return "Broken" if high <= _BROKEN_BOUND else "Partial"


@dataclass(frozen=True)
class Traffic:
    """What a window of counters says about workloads."""

    edges: tuple[Edge, ...] = ()
    entering: Mapping[WorkloadReference, int] = field(default_factory=dict)
    """Requests that arrived without context, by callee: from users and load generators, or from behind a break."""
    leaving: Mapping[tuple[WorkloadReference, str], int] = field(default_factory=dict)
    """Calls by caller and address, to databases, brokers, hosts outside and addresses not known: no breaks."""
    senders: frozenset[WorkloadReference] = frozenset()
    """The workloads that sent at least one span."""


def traffic(counters: Counters, addresses: Addresses) -> Traffic:
    """What the counters of a window say, with addresses resolved to workloads."""
    calls: defaultdict[tuple[WorkloadReference, WorkloadReference], Counter[str]] = defaultdict(Counter)
    entering: Counter[WorkloadReference] = Counter()
    leaving: Counter[tuple[WorkloadReference, str]] = Counter()
    for call, count in counters.calls.items():
        caller, callee = _caller(call), _callee(call, addresses)
        if caller and callee:
            calls[caller, callee]["all"] += count
            calls[caller, callee]["carried"] += count if not call.virtual else 0
        elif caller:
            leaving[caller, call.server] += count
        elif callee and call.virtual == "client":
            entering[callee] += count
    edges = (Edge(caller, callee, count["all"], count["carried"]) for (caller, callee), count in calls.items())
    senders = {_workload(group.workload) for group, count in counters.spans.items() if count}
    return Traffic(tuple(sorted(edges)), entering, leaving, frozenset(sender for sender in senders if sender))


def count_states(edges: Iterable[Edge]) -> dict[EdgeState, int]:
    """How many edges are in each state; every state is there."""
    counts = Counter(edge.state for edge in edges)
    return {state: counts[state] for state in ("Healthy", "Partial", "Broken", "Unknown")}


def _caller(call: Call) -> WorkloadReference | None:
    return None if call.virtual == "client" else _workload(call.client)


def _callee(call: Call, addresses: Addresses) -> WorkloadReference | None:
    if call.connection == "database":
        return None
    if call.virtual != "server":
        return _workload(call.server)
    caller = _workload(call.client)
    return resolve(call.server, namespace=caller.namespace, addresses=addresses) if caller else None


def _workload(text: str) -> WorkloadReference | None:
    try:
        return WorkloadReference.parse(text)
    except ValueError:
        return None
