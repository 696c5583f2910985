"""The whole cluster at one moment: every edge and every break, each judged over the time in which it can be trusted.

It is made once for all policies that look over the same time; `report` then tells each policy its part.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.breaks import Break, breaks, breaks_of, worst_first
from tracereach.coverage.collectors import Collectors
from tracereach.coverage.edges import Edge, Leaving, Traffic
from tracereach.coverage.glimpse import Glimpse, dated
from tracereach.coverage.scene import Hop, Scene
from tracereach.coverage.services import Service
from tracereach.coverage.silences import excused
from tracereach.coverage.spans import SpanCounts
from tracereach.coverage.view import View

FRESH_SECONDS = 30.0
"""So much later than its spans a lost call may be counted: the service graph waits for the other side, and flushes."""
_FINE_SECONDS, _FINE_UNTIL, _PARTS = 10, 120, 12
"""Changes are told apart to ten seconds while they are new, and later to a twelfth of the window: each time that is
told apart is a view of its own to be judged."""
_MOST_VIEWS = 6
"""Where workloads change all the time, some are judged over less than the time since: for each view but the window all
spans of its time are added up, and the calls around what has changed."""


@dataclass(frozen=True)
class Facts:
    """What all policies have in common."""

    services: Mapping[WorkloadReference, Service]
    traffic: Traffic
    """Of the whole window."""
    window: float = 0.0
    """Its seconds."""
    views: Mapping[float, View] = field(default_factory=dict)
    """Shorter times, by how many seconds back they go."""
    changed: Mapping[WorkloadReference, float] = field(default_factory=dict)
    """For workloads whose pods were replaced within the window, how long spans have been of the new ones alone."""
    expected: frozenset[Hop] = frozenset()
    boundaries: frozenset[Hop] = frozenset()
    proxies: frozenset[WorkloadReference] = frozenset()
    entries: frozenset[WorkloadReference] = frozenset()
    forwarded: Mapping[WorkloadReference, str] = field(default_factory=dict)
    fresh: Mapping[WorkloadReference, SpanCounts] = field(default_factory=dict)
    """The spans of the last `FRESH_SECONDS`."""
    fresh_calls: Mapping[Hop, int] = field(default_factory=dict)
    """The calls within the same time of which both spans were counted."""
    collectors: Mapping[WorkloadReference, Collectors] = field(default_factory=dict)
    """What the collectors beside workloads say of themselves."""

    def seconds_of(self, hop: Hop) -> float:
        """How far back the hop can be judged: not past a change of either end. 0 where both have only just changed."""
        caller, callee = hop
        since = min(self.changed.get(caller, self.window), self.changed.get(callee, self.window))
        if since >= self.window:
            return self.window
        return max((seconds for seconds in self.views if seconds <= since), default=0)

    def judged_over(self, seconds: float) -> Callable[[Hop], bool]:
        """Whether a hop is judged over just so long."""
        return lambda hop: self.seconds_of(hop) == seconds


@dataclass(frozen=True)
class Landscape:
    """Edges and breaks of the whole cluster."""

    scene: Scene
    """Of the whole window, with each edge over its own time."""
    breaks: tuple[Break, ...]
    changed: Mapping[WorkloadReference, float] = field(default_factory=dict)
    """As in the facts."""
    leaving: Mapping[Leaving, int] = field(default_factory=dict)
    """Calls to what is no workload, over the whole window."""

    @property
    def edges(self) -> tuple[Edge, ...]:
        """Every edge that spans have shown."""
        return self.scene.edges


def needed_views(window: float, ages: Iterable[float]) -> frozenset[float]:
    """How many seconds back to look beside the whole window, for workloads that changed so many seconds ago.

    Always among them is the shortest, so that what has changed last is judged at all.
    """
    parts = ((age, _FINE_SECONDS if age < _FINE_UNTIL else window / _PARTS) for age in ages if age < window)
    every = sorted({window} | {age // part * part for age, part in parts if age >= part})
    step = max(1, -(-(len(every) - 1) // (_MOST_VIEWS - 1)))
    return frozenset(every[:-1:step])


def landscape(facts: Facts) -> Landscape:
    """Judge everything."""
    whole = _scene(facts)
    leaving = facts.traffic.leaving
    if not facts.changed:
        return Landscape(whole, breaks(whole), leaving=leaving)
    lasting = [edge for edge in whole.edges if facts.seconds_of(edge.hop) == facts.window]
    found = [*breaks_of(whole, lasting, facts.judged_over(facts.window))]
    latest: dict[Hop, Edge] = {edge.hop: edge for edge in lasting}
    for seconds, hops in _by_time(facts).items():
        scene = _glimpse(facts, facts.views[seconds])
        edges = [edge for hop in hops if (edge := scene.edge(hop))]
        found += breaks_of(scene, edges, facts.judged_over(seconds))
        latest |= {edge.hop: edge for edge in edges}
    known = (latest.get(one.hop) or replace(one, calls=0, carried=0, begun=0, failed=0, fresh=0) for one in whole.edges)
    worst = tuple(sorted(found, key=worst_first))
    return Landscape(replace(whole, edges=tuple(known)), worst, facts.changed, leaving)


def _by_time(facts: Facts) -> Mapping[float, list[Hop]]:
    """The hops to be judged over each of the shorter times."""
    found: dict[float, list[Hop]] = {seconds: [] for seconds in facts.views}
    for hop in next(iter(facts.views.values())).hops if facts.views else ():
        seconds = facts.seconds_of(hop)
        if seconds in found:
            found[seconds].append(hop)
    return found


def _scene(facts: Facts) -> Scene:
    edges = facts.traffic.edges
    if facts.fresh_calls:
        edges = tuple(dated(edge, facts.fresh_calls) for edge in edges)
    return excused(Scene(edges=edges, **_known(facts, facts.traffic.spans)))


def _glimpse(facts: Facts, view: View) -> Glimpse:
    return Glimpse(edges=(), view=view, fresh_calls=facts.fresh_calls, **_known(facts, view.spans))


def _known(facts: Facts, spans: Mapping[WorkloadReference, SpanCounts]) -> dict[str, Any]:
    """All of a scene but its edges."""
    return {
        "services": facts.services,
        "spans": spans,
        "expected": facts.expected - facts.boundaries,
        "boundaries": facts.boundaries,
        "proxies": facts.proxies,
        "entries": facts.entries,
        "producers": {service: counts.producer for service, counts in spans.items() if counts.producer},
        "fresh": facts.fresh,
        "forwarded": facts.forwarded,
        "collectors": facts.collectors,
    }
