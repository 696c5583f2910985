"""From what was counted in a window to hops between workloads, each judged: does context cross it?"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from tracereach.api.coverage import TerminalKind
from tracereach.api.status import EdgeState
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import Addresses, resolve
from tracereach.coverage.counters import Call, Counters
from tracereach.coverage.spans import NO_SPANS, SpanCounts, span_counts
from tracereach.coverage.wilson import interval

ENOUGH_CALLS = 35
"""With fewer calls not even a perfect edge has a lower bound of 0.90, so none is judged."""
_SHARE_OF_REQUESTS = 0.2
"""Of the requests that a service takes: so many calls that begin a trace are no timer's."""
_EACH_REQUEST = 0.9
"""So many calls that continue a trace are one for each request: then those that begin one are beside them, and a
timer's unless each request makes one of these too."""
UNKNOWN_ADDRESS = "unknown"
"""What the service graph calls a server of which nothing is known."""
_DATABASE = "database"
"""The service graph's type of connection for a call to one."""
_BROKER = "messaging:"
"""How the gateway begins the name of a broker; the messaging system follows."""
HEALTHY_SHARE = 0.95
"""Of the calls over a hop: so many have to be continued."""
_HEALTHY_BOUND, _BROKEN_BOUND = 0.90, 0.10


@dataclass(frozen=True, order=True)
class Edge:
    """A hop from caller to callee, with the calls seen and those whose callee continued the trace."""

    caller: WorkloadReference
    callee: WorkloadReference
    calls: int = 0
    carried: int = 0
    """Calls over which a trace that had reached the caller went on in the callee."""
    begun: int = 0
    """Calls that the callee continued, and whose trace had only begun with them, though the caller was at work for
    somebody: context was lost inside it."""
    failed: int = 0
    """Calls beside these that failed and left no span at the callee: whether they arrived nobody knows, so they say
    nothing about context."""
    fresh: int = 0
    """Calls among those carried that are so new that lost ones of the same time are not counted yet."""
    excused: bool = False
    """Whether nothing can be said of it, for a reason that is no break, however many calls were seen."""

    @property
    def paired(self) -> int:
        """Calls of which both spans were seen."""
        return self.carried + self.begun

    @property
    def lost(self) -> int:
        """Calls over which a trace did not go on."""
        return self.calls - self.carried

    @property
    def hop(self) -> tuple[WorkloadReference, WorkloadReference]:
        """Caller and callee."""
        return self.caller, self.callee

    @property
    def fails(self) -> bool:
        """Whether so many calls failed that too few are left to judge it by."""
        return self.calls < ENOUGH_CALLS <= self.calls + self.failed

    @property
    def too_fresh(self) -> bool:
        """Whether too few of its calls are old enough for lost ones to have been counted with them."""
        return self.calls >= ENOUGH_CALLS > self.calls - self.fresh

    @cached_property
    def state(self) -> EdgeState:
        """The verdict: sure that context crosses, sure that it does not, something between, or too few calls."""
        if self.excused or self.calls < ENOUGH_CALLS:
            return "Unknown"
        low, high = interval(self.carried, self.calls)
        if low >= _HEALTHY_BOUND and self.carried / self.calls >= HEALTHY_SHARE:
            return "Unknown" if self.too_fresh else "Healthy"
        return "Broken" if high <= _BROKEN_BOUND else "Partial"


@dataclass(frozen=True, order=True)
class Terminal:
    """Who was called, where that is no workload."""

    kind: TerminalKind
    address: str


Leaving = tuple[WorkloadReference, Terminal]
"""Caller and terminal."""


@dataclass(frozen=True)
class Traffic:
    """What a window of counters says about workloads."""

    edges: tuple[Edge, ...] = ()
    entering: Mapping[WorkloadReference, int] = field(default_factory=dict)
    """Requests that arrived without context, by callee: from users and load generators, or from behind a break."""
    leaving: Mapping[Leaving, int] = field(default_factory=dict)
    """Calls to databases, brokers, hosts outside and addresses not known: no breaks."""
    spans: Mapping[WorkloadReference, SpanCounts] = field(default_factory=dict)
    """The spans of each workload that sent any."""

    @property
    def senders(self) -> Set[WorkloadReference]:
        """The workloads that sent at least one span."""
        return self.spans.keys()


def traffic(counters: Counters, addresses: Addresses) -> Traffic:
    """What the counters of a window say, with addresses resolved to workloads."""
    calls: defaultdict[tuple[WorkloadReference, WorkloadReference], Counter[str]] = defaultdict(Counter)
    entering: Counter[WorkloadReference] = Counter()
    leaving: Counter[Leaving] = Counter()
    spans = span_counts(counters)
    for call, count in counters.calls.items():
        caller = _caller(call)
        callee = likeliest(_callees(call, caller, addresses), spans)
        if caller and callee:
            _count(call, count, calls[caller, callee])
        elif caller:
            leaving[caller, _terminal(call)] += count
        elif callee and call.virtual == "client":
            entering[callee] += count
    edges = (_edge(caller, callee, count, spans) for (caller, callee), count in calls.items())
    return Traffic(tuple(sorted(edges)), entering, leaving, spans)


Ends = tuple[WorkloadReference, tuple[WorkloadReference, ...]]
"""A caller, and each workload that may be the callee."""


def possible_ends(call: Call, addresses: Addresses) -> Ends | None:
    """Between which workloads calls of the series may be; None where no workload calls."""
    caller = _caller(call)
    return (caller, _callees(call, caller, addresses)) if caller else None


def answered(counters: Counters) -> Mapping[tuple[WorkloadReference, WorkloadReference], int]:
    """The calls of which both spans were counted, by caller and callee."""
    found: Counter[tuple[str, str]] = Counter()
    for call, count in counters.calls.items():
        if not call.virtual and call.connection != _DATABASE:
            found[call.client, call.server] += count
    parsed = (
        (WorkloadReference.parsed(one), WorkloadReference.parsed(other), count) for (one, other), count in found.items()
    )
    return {(caller, callee): count for caller, callee, count in parsed if caller and callee}


def edge_of(
    hop: tuple[WorkloadReference, WorkloadReference],
    calls: Iterable[tuple[Call, int]],
    spans: Mapping[WorkloadReference, SpanCounts],
) -> Edge:
    """One hop alone, by the calls over it and the spans of its time."""
    counted: Counter[str] = Counter()
    for call, count in calls:
        _count(call, count, counted)
    return _edge(*hop, counted, spans)


def _count(call: Call, count: int, counted: Counter[str]) -> None:
    counted["failed" if call.failed else "all"] += count
    if not call.virtual:
        counted["begun" if call.begun else "carried"] += count


def _edge(
    caller: WorkloadReference,
    callee: WorkloadReference,
    calls: Mapping[str, int],
    spans: Mapping[WorkloadReference, SpanCounts],
) -> Edge:
    """The hop, with the calls that began a trace told apart where the caller should have continued one.

    Jobs, load generators and a service's own timers begin traces of their own, and nothing is lost with those: only
    where there are many for the requests that it took, the work of these requests is among them.
    """
    begun, taken = calls["begun"], spans.get(caller, NO_SPANS).taken
    least = _EACH_REQUEST if calls["carried"] >= taken * _EACH_REQUEST else _SHARE_OF_REQUESTS
    lost_inside = begun if taken >= ENOUGH_CALLS and begun > taken * least else 0
    carried = calls["carried"] + begun - lost_inside
    return Edge(caller, callee, calls["all"], carried, lost_inside, calls["failed"])


def _terminal(call: Call) -> Terminal:
    if call.connection == _DATABASE:
        return Terminal("Database", call.server)
    if call.server.startswith(_BROKER):
        return Terminal("Broker", call.server.removeprefix(_BROKER))
    return Terminal("Host", call.server)


def _caller(call: Call) -> WorkloadReference | None:
    return None if call.virtual == "client" else WorkloadReference.parsed(call.client)


def _callees(call: Call, caller: WorkloadReference | None, addresses: Addresses) -> tuple[WorkloadReference, ...]:
    """Each workload that may be the one called: one Service may lead to several."""
    if call.connection == _DATABASE:
        return ()
    if call.virtual != "server":
        callee = WorkloadReference.parsed(call.server)
        return (callee,) if callee else ()
    return resolve(call.server, namespace=caller.namespace, addresses=addresses) if caller else ()


def likeliest(
    behind: Sequence[WorkloadReference], spans: Mapping[WorkloadReference, SpanCounts]
) -> WorkloadReference | None:
    """Which of the workloads behind an address was called: the one that says nothing of it, if there is one, or else
    the one that begins most traces."""
    if len(behind) == 1:
        return behind[0]
    silent = (one for one in behind if one not in spans)
    return next(silent, None) or max(behind, key=lambda one: spans[one].server_root, default=None)
