"""Everything that the rules of causes look at, with the questions that more than one of them asks."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from tracereach.api.tracing import Route
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.collectors import Collectors
from tracereach.coverage.edges import ENOUGH_CALLS, Edge
from tracereach.coverage.services import Service
from tracereach.coverage.spans import NO_SPANS, SpanCounts

Hop = tuple[WorkloadReference, WorkloadReference]
"""Caller and callee."""
_SHARE_THAT_COUNTS = 0.05
"""Of a service's requests: fewer without context are stray ones, by the bound of a healthy edge."""


@dataclass(frozen=True)
class Scene:
    """Services, what their spans show, and who calls whom."""

    services: Mapping[WorkloadReference, Service]
    spans: Mapping[WorkloadReference, SpanCounts]
    edges: tuple[Edge, ...]
    """Seen in spans, each with its calls."""
    expected: frozenset[Hop] = frozenset()
    """Hops that templates or the policy tell of, whether or not spans show them."""
    boundaries: frozenset[Hop] = frozenset()
    """Hops that end traces on purpose."""
    proxies: frozenset[WorkloadReference] = frozenset()
    """Workloads without spans that are declared to hand headers on."""
    entries: frozenset[WorkloadReference] = frozenset()
    producers: Mapping[WorkloadReference, int] = field(default_factory=dict)
    """How many messages each workload has sent to brokers."""
    fresh: Mapping[WorkloadReference, SpanCounts] = field(default_factory=dict)
    """The newest of the spans: calls that were lost along with them are not known to be lost yet."""
    forwarded: Mapping[WorkloadReference, str] = field(default_factory=dict)
    """What probes have shown of a silent workload: `Dropped`, `Rewritten` or `B3Only` where it forwards requests."""
    collectors: Mapping[WorkloadReference, Collectors] = field(default_factory=dict)
    """What the collectors beside each workload have last said of themselves; empty where that is not known yet."""

    def service(self, reference: WorkloadReference) -> Service:
        """The workload, also where nothing is known of it but its name."""
        return self.services.get(reference) or Service(reference)

    def counts(self, reference: WorkloadReference) -> SpanCounts:
        """Its spans."""
        return self.spans.get(reference, NO_SPANS)

    def is_silent(self, reference: WorkloadReference) -> bool:
        """Whether it has sent no span at all."""
        return self.counts(reference).total == 0

    @cached_property
    def policies_with_spans(self) -> frozenset[str]:
        """The policies of which at least one workload has sent spans."""
        return frozenset(self.service(one).policy for one in self.spans) - {""}

    def lost_its_collectors(self, reference: WorkloadReference) -> bool:
        """Whether its pods run with a collector, and none of them reports any more."""
        collectors, service = self.collectors.get(reference), self.service(reference)
        beside = service.injected and service.rolled_out and service.route is Route.SIDECAR
        return beside and collectors is not None and not collectors.alive

    def may_lose_its_collectors(self, reference: WorkloadReference) -> bool:
        """Whether a report of them is overdue, and it is too early to say that they are dead."""
        collectors = self.collectors.get(reference)
        return collectors is not None and collectors.late and not self.lost_its_collectors(reference)

    def calls_of(self, reference: WorkloadReference) -> Sequence[Edge]:
        """The edges by which it calls others."""
        return self._by_caller.get(reference, ())

    def calls_to(self, reference: WorkloadReference) -> Sequence[Edge]:
        """The edges by which it is called."""
        return self._by_callee.get(reference, ())

    @property
    def called(self) -> Set[WorkloadReference]:
        """The workloads that edges may lead to."""
        return self._by_callee.keys()

    @cached_property
    def _by_caller(self) -> Mapping[WorkloadReference, list[Edge]]:
        return _by(self.edges, "caller")

    @cached_property
    def _by_callee(self) -> Mapping[WorkloadReference, list[Edge]]:
        return _by(self.edges, "callee")

    @cached_property
    def _expected_callees(self) -> Mapping[WorkloadReference, frozenset[WorkloadReference]]:
        return _grouped(self.expected)

    @cached_property
    def _expected_callers(self) -> Mapping[WorkloadReference, frozenset[WorkloadReference]]:
        return _grouped((callee, caller) for caller, callee in self.expected)

    def callees(self, reference: WorkloadReference) -> frozenset[WorkloadReference]:
        """Whom it calls, by any kind of evidence."""
        seen = (edge.callee for edge in self.calls_of(reference))
        return self._expected_callees.get(reference, frozenset()).union(seen)

    def expected_callers(self, reference: WorkloadReference) -> frozenset[WorkloadReference]:
        """Who calls it, by templates or the policy."""
        return self._expected_callers.get(reference, frozenset())

    def leaving(self, reference: WorkloadReference) -> list[Edge]:
        """The edges by which it calls others, as far as there are enough calls to judge them."""
        return [edge for edge in self.calls_of(reference) if edge.calls >= ENOUGH_CALLS]

    def arriving(self, reference: WorkloadReference) -> list[Edge]:
        """The edges by which it is called, as far as there are enough calls to judge them."""
        return [edge for edge in self.calls_to(reference) if edge.calls >= ENOUGH_CALLS]

    def is_called_in_vain(self, reference: WorkloadReference) -> bool:
        """Whether calls to it fail, and nothing shows that they arrive."""
        return any(edge.fails for edge in self.calls_to(reference))

    def before(self, reference: WorkloadReference) -> frozenset[WorkloadReference]:
        """Every workload from which edges lead to it, and it itself."""
        return _spread(reference, lambda one: {edge.caller for edge in self.calls_to(one)})

    def after(self, reference: WorkloadReference) -> frozenset[WorkloadReference]:
        """Every workload that edges lead to from it, and it itself."""
        return _spread(reference, lambda one: {edge.callee for edge in self.calls_of(one)})

    def roots(self, reference: WorkloadReference) -> int:
        """Requests that brought it no context, unless so few that they are strays."""
        counts = self.counts(reference)
        return counts.server_root if counts.server_root > counts.server * _SHARE_THAT_COUNTS else 0

    def settled_roots(self, reference: WorkloadReference) -> int:
        """The same without the newest: lost calls are counted later than the new traces that they leave behind."""
        fresh = self.fresh.get(reference, NO_SPANS).server_root
        return max(0, self.roots(reference) - fresh)

    def paired(self, reference: WorkloadReference) -> int:
        """Requests to it of which the caller's span was seen too."""
        return sum(edge.paired for edge in self.calls_to(reference))

    def orphans(self, reference: WorkloadReference) -> int:
        """Requests that brought the context of a span that nobody has seen, unless so few that they are strays."""
        counts = self.counts(reference)
        taken = counts.server - counts.server_root
        orphans = taken - self.paired(reference) if taken else 0
        return orphans if orphans > counts.server * _SHARE_THAT_COUNTS else 0

    def roots_behind(self, silent: WorkloadReference, lost: int) -> int:
        """How many requests without context a workload without spans may have passed on of `lost` calls.

        Known callees count; where none is known, services of its namespace that took about as many such requests.
        """
        if known := self.callees(silent):
            return max(self.all_roots.get(callee, 0) for callee in known)
        near = (count for service, count in self.all_roots.items() if service.namespace == silent.namespace)
        return max((count for count in near if alike(count, lost)), default=0)

    def orphans_behind(self, silent: WorkloadReference, lost: int) -> int:
        """The same of requests with a context that nobody has seen."""
        if known := self.callees(silent):
            return max(map(self.orphans, known))
        return max((count for count in self._orphans_near(silent.namespace) if alike(count, lost)), default=0)

    def _orphans_near(self, namespace: str) -> Sequence[int]:
        """The orphans of each service of the namespace that has any: to know them takes every edge there."""
        if namespace not in self._orphans:
            every = (self.orphans(service) for service in self.spans if service.namespace == namespace)
            self._orphans[namespace] = tuple(count for count in every if count)
        return self._orphans[namespace]

    @cached_property
    def _orphans(self) -> dict[str, tuple[int, ...]]:
        return {}

    @cached_property
    def all_roots(self) -> Mapping[WorkloadReference, int]:
        """`roots` of every service that is no entry and has any."""
        found = {reference: self.roots(reference) for reference in self.spans if reference not in self.entries}
        return {reference: count for reference, count in found.items() if count}


def alike(one: int, other: int) -> bool:
    """Whether two counts of the same requests may be meant: they are read at different moments."""
    return abs(one - other) <= max(3, 0.1 * max(one, other))


def _spread(
    start: WorkloadReference, onward: Callable[[WorkloadReference], set[WorkloadReference]]
) -> frozenset[WorkloadReference]:
    found, waiting = {start}, [start]
    while waiting:
        new = onward(waiting.pop()) - found
        found |= new
        waiting.extend(new)
    return frozenset(found)


def _grouped(hops: Iterable[Hop]) -> Mapping[WorkloadReference, frozenset[WorkloadReference]]:
    """By the first of each pair."""
    found: defaultdict[WorkloadReference, set[WorkloadReference]] = defaultdict(set)
    for one, other in hops:
        found[one].add(other)
    return {one: frozenset(others) for one, others in found.items()}


def _by(edges: Iterable[Edge], end: str) -> Mapping[WorkloadReference, list[Edge]]:
    found: defaultdict[WorkloadReference, list[Edge]] = defaultdict(list)
    for edge in edges:
        found[getattr(edge, end)].append(edge)
    return found
