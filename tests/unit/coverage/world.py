"""A small world of services: requests go through it, spans come out, and a gateway counts them.

It does by its own simple rules what agents, SDKs and the service graph do, so that any shape of calls with any fault
gives counters. What single faults leave was compared with what real agents left in a chain of four (see `shop`).
"""

import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tracereach.api.propagators import PROPAGATORS
from tracereach.api.tracing import Route, Tracing
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.counters import Call, Counters, SpanGroup
from tracereach.coverage.edges import traffic
from tracereach.coverage.scene import Hop, Scene
from tracereach.coverage.services import Service
from tracereach.coverage.silences import excused

POLICY = "TracingPolicy/shop/shop"
"""Which has all that are injected."""
W3C = ("tracecontext", "baggage")


def workload(name: str) -> WorkloadReference:
    return WorkloadReference("shop", "Deployment", name)


@dataclass
class AllOf:
    """Counters as a view takes them; tells which series were asked for."""

    counters: Counters
    asked: set[Call] = field(default_factory=set)

    def spans(self) -> Mapping[SpanGroup, int]:
        return self.counters.spans

    def calls(self, series: Call) -> int:
        self.asked.add(series)
        return self.counters.calls.get(series, 0)


@dataclass(frozen=True)
class Node:
    """One service, and everything that may be wrong with it."""

    calls: tuple[str, ...] = ()
    injected: bool = True
    speaks: tuple[str, ...] = W3C
    """What it really speaks."""
    says: tuple[str, ...] | None = None
    """What its own environment says that it speaks; None where it says nothing."""
    keeps: float = 1.0
    """The share of traces that its own sampler keeps, whatever its caller says."""
    says_sampler: str = ""
    exports: bool = True
    route: Route = Route.SIDECAR
    server_spans: bool = True
    client_spans: bool = True
    loses_inside: bool = False
    forwards: str = ""
    """For a proxy, which has no spans: `all` headers, `none`, `new` ones of a trace of its own, or only `b3`."""
    timer: int = 0
    """Calls to each callee that it makes by itself for every ten requests of the world."""
    known: bool = True
    """Whether its template names its callees."""


@dataclass
class World:
    """Services by name; requests enter by the first."""

    nodes: Mapping[str, Node]
    spans: list[tuple[str, str, str, str, str, str]] = field(default_factory=list)
    """Workload, kind, trace, id, parent and address dialled."""
    first_id: int = 1
    """Of traces and spans; worlds whose spans are put together need their own."""
    _kept: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._ids = itertools.count(self.first_id)

    @property
    def entry(self) -> str:
        return next(iter(self.nodes))

    def requests(self, count: int) -> "World":
        for index in range(count):
            self._take(self.entry, {})
            for name, node in self.nodes.items():
                if node.timer and index % 10 < node.timer:
                    self._call_all(name, "", "", sampled=True)
        return self

    def scene(self, forwarded: Mapping[str, str] | None = None) -> Scene:
        """What coverage sees of it."""
        seen = traffic(self.counters(), {f"{name}.shop": (workload(name),) for name in self.nodes})
        services = {workload(name): _service(name, node) for name, node in self.nodes.items()}
        probed = {workload(name): how for name, how in (forwarded or {}).items()}
        entries = frozenset({workload(self.entry)})
        return excused(Scene(services, seen.spans, seen.edges, self._expected(), entries=entries, forwarded=probed))

    def counters(self) -> Counters:
        """As the service graph and the span counter of a gateway give them."""
        calls: Counter[Call] = Counter()
        groups: Counter[SpanGroup] = Counter()
        known = {span[3] for span in self.spans}
        answered = {span[4]: span for span in self.spans if span[1] == "Server"}
        for name, kind, _, identity, parent, address in self.spans:
            caller = str(workload(name))
            groups[SpanGroup(caller, kind, root=not parent)] += 1
            if kind == "Client":
                callee = answered.get(identity)
                if callee:
                    calls[Call(caller, str(workload(callee[0])), begun=not parent)] += 1
                else:
                    calls[Call(caller, address, "server", "virtual_node", begun=not parent)] += 1
            elif not parent:
                calls[Call("user", caller, "client", "virtual_node")] += 1
            assert parent in known or kind  # an unknown parent makes no edge, as in the service graph
        return Counters(calls, groups)

    def _expected(self) -> frozenset[Hop]:
        hops = (
            (workload(name), workload(callee))
            for name, node in self.nodes.items()
            if node.known
            for callee in node.calls
        )
        return frozenset(hops)

    def _take(self, name: str, headers: Mapping[str, tuple[str, str, bool]]) -> None:
        node = self.nodes[name]
        if node.forwards:
            passed = {"all": headers, "none": {}, "new": self._new_context(), "b3": _only_b3(headers)}[node.forwards]
            for callee in node.calls:
                self._take(callee, passed)
            return
        if not node.injected:
            for callee in node.calls:
                self._take(callee, {})
            return
        trace, parent, sampled = _read(headers, node.speaks) or (f"t{next(self._ids)}", "", True)
        sampled = sampled and self._keeps(name)
        if not node.server_spans:
            self._call_all(name, "", "", sampled=sampled)
            return
        span = self._span(name, "Server", trace, parent, "", kept=sampled)
        inside = ("", "") if node.loses_inside else (trace, span)
        self._call_all(name, *inside, sampled=sampled)

    def _call_all(self, name: str, trace: str, parent: str, *, sampled: bool) -> None:
        node = self.nodes[name]
        for callee in node.calls:
            if not node.client_spans:
                self._take(callee, {})
                continue
            own = trace or f"t{next(self._ids)}"
            span = self._span(name, "Client", own, parent, callee, kept=sampled)
            headers = {header: (own, span, sampled) for each in node.speaks for header in PROPAGATORS[each].injects}
            self._take(callee, headers)

    def _span(self, name: str, kind: str, trace: str, parent: str, address: str, *, kept: bool) -> str:
        identity = f"s{next(self._ids)}"
        node = self.nodes[name]
        if kept and node.exports and node.route is Route.SIDECAR:
            self.spans.append((name, kind, trace, identity, parent, address))
        return identity

    def _keeps(self, name: str) -> bool:
        self._kept[name] += 1
        done = self._kept[name]
        return int(done * self.nodes[name].keeps) > int((done - 1) * self.nodes[name].keeps)

    def _new_context(self) -> Mapping[str, tuple[str, str, bool]]:
        return {"traceparent": (f"t{next(self._ids)}", f"s{next(self._ids)}", True)}


def _read(headers: Mapping[str, tuple[str, str, bool]], speaks: tuple[str, ...]) -> tuple[str, str, bool] | None:
    found = [headers[header] for each in speaks for header in PROPAGATORS[each].extracts if header in headers]
    return found[-1] if found else None


def _only_b3(headers: Mapping[str, tuple[str, str, bool]]) -> Mapping[str, tuple[str, str, bool]]:
    return {name: value for name, value in headers.items() if "b3" in name}


def _service(name: str, node: Node) -> Service:
    own = {"OTEL_PROPAGATORS"} if node.says else set()
    own |= {"OTEL_TRACES_SAMPLER"} if node.says_sampler else set()
    sampler = node.says_sampler or "parentbased_always_on"
    tracing = Tracing(node.says or W3C, sampler, node.keeps, node.route, frozenset(own))
    running = node.injected and not node.forwards
    return Service(workload(name), POLICY if running else "", None, running, running, tracing)
