"""A shorter time than the window, for hops whose ends have changed within it.

All that is judged over it are the hops of what has changed, so edges are counted only when somebody asks for them:
those hops, and what the rules look at around them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cached_property
from typing import Protocol

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import Addresses
from tracereach.coverage.counters import Call, Counters, SpanGroup
from tracereach.coverage.edges import Edge, edge_of, likeliest, possible_ends
from tracereach.coverage.scene import Hop
from tracereach.coverage.spans import SpanCounts, span_counts


class Counted(Protocol):
    """What was counted over some time."""

    def spans(self) -> Mapping[SpanGroup, int]:
        """All spans."""

    def calls(self, series: Call) -> int:
        """The calls of one series."""


class Routes:
    """The series of the whole window by the hops that they may be of: one Service may lead to several workloads."""

    def __init__(self, calls: Iterable[Call], addresses: Addresses) -> None:
        self.series: defaultdict[Hop, list[tuple[Call, tuple[WorkloadReference, ...]]]] = defaultdict(list)
        """With all that may be the callee."""
        self.callees: defaultdict[WorkloadReference, list[WorkloadReference]] = defaultdict(list)
        self.callers: defaultdict[WorkloadReference, list[WorkloadReference]] = defaultdict(list)
        for call in calls:
            if ends := possible_ends(call, addresses):
                caller, behind = ends
                for callee in dict.fromkeys(behind):
                    self.series[caller, callee].append((call, behind))
        for caller, callee in self.series:
            self.callees[caller].append(callee)
            self.callers[callee].append(caller)


class View:
    """The edges of a shorter time, each counted when it is first asked for."""

    def __init__(self, routes: Routes, counted: Counted) -> None:
        self._routes = routes
        self._counted = counted
        self._edges: dict[Hop, Edge | None] = {}

    @cached_property
    def spans(self) -> Mapping[WorkloadReference, SpanCounts]:
        """The spans of each workload that sent any."""
        return span_counts(Counters(spans=self._counted.spans()))

    @property
    def hops(self) -> Set[Hop]:
        """Every hop that may have been called."""
        return self._routes.series.keys()

    @property
    def called(self) -> Set[WorkloadReference]:
        """Every workload that may have been called."""
        return self._routes.callers.keys()

    def edge(self, hop: Hop) -> Edge | None:
        """The hop, if it was called."""
        if hop not in self._edges:
            calls = tuple(self._calls(hop))
            self._edges[hop] = edge_of(hop, calls, self.spans) if calls else None
        return self._edges[hop]

    def calls_of(self, caller: WorkloadReference) -> Iterator[Edge]:
        """The edges by which it calls others."""
        found = (self.edge((caller, callee)) for callee in self._routes.callees.get(caller, ()))
        return (edge for edge in found if edge)

    def calls_to(self, callee: WorkloadReference) -> Iterator[Edge]:
        """The edges by which it is called."""
        found = (self.edge((caller, callee)) for caller in self._routes.callers.get(callee, ()))
        return (edge for edge in found if edge)

    def paired(self, callee: WorkloadReference) -> int:
        """The calls to it of which both spans were seen."""
        hops = ((caller, callee) for caller in self._routes.callers.get(callee, ()))
        series = (call for hop in hops for call, _ in self._routes.series[hop] if not call.virtual)
        return sum(map(self._counted.calls, series))

    def _calls(self, hop: Hop) -> Iterator[tuple[Call, int]]:
        for call, behind in self._routes.series.get(hop, ()):
            if likeliest(behind, self.spans) == hop[1] and (count := self._counted.calls(call)):
                yield call, count


def views(
    calls: Iterable[Call], addresses: Addresses, lengths: Set[float], counted: Callable[[float], Counted]
) -> Mapping[float, View]:
    """A view of each of these lengths, in seconds, in a window with these `calls`; `counted` tells of each length."""
    if not lengths:
        return {}
    routes = Routes(calls, addresses)
    return {seconds: View(routes, counted(seconds)) for seconds in lengths}
