"""The whole cluster at one moment: every edge and every break, each judged over the time in which it can be trusted.

It is made once for all policies that look over the same time; `report` then tells each policy its part.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.breaks import Break, breaks
from tracereach.coverage.collectors import Collectors
from tracereach.coverage.edges import Edge, Leaving, Traffic
from tracereach.coverage.scene import Hop, Scene
from tracereach.coverage.services import Service
from tracereach.coverage.silences import excused
from tracereach.coverage.spans import SpanCounts

FRESH_SECONDS = 30.0
"""So much later than its spans a lost call may be counted: the service graph waits for the other side, and flushes."""
_FINE_SECONDS, _FINE_UNTIL, _PARTS = 10, 120, 12
"""Changes are told apart to ten seconds while they are new, and later to a twelfth of the window: each time that is
told apart is a view of its own to be judged."""
_MOST_VIEWS = 6
"""Where workloads change all the time, some are judged over less than the time since: each view costs as much as the
whole window."""


@dataclass(frozen=True)
class Facts:
    """What all policies have in common."""

    services: Mapping[WorkloadReference, Service]
    views: Mapping[float, Traffic]
    """Traffic by how many seconds back it goes. The longest is the window."""
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

    @cached_property
    def window(self) -> float:
        """Seconds of the longest view."""
        return max(self.views)

    def seconds_of(self, hop: Hop) -> float:
        """How far back the hop can be judged: not past a change of either end. 0 where both have only just changed."""
        since = min(self.changed.get(end, self.window) for end in hop)
        return max((seconds for seconds in self.views if seconds <= since), default=0)


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
    """How many seconds back to look, for workloads that changed so many seconds ago: the whole window, and less.

    Always among them is the shortest, so that what has changed last is judged at all.
    """
    parts = ((age, _FINE_SECONDS if age < _FINE_UNTIL else window / _PARTS) for age in ages if age < window)
    every = sorted({window} | {age // part * part for age, part in parts if age >= part})
    step = max(1, -(-(len(every) - 1) // (_MOST_VIEWS - 1)))
    return frozenset((window, *every[:-1:step]))


def landscape(facts: Facts) -> Landscape:
    """Judge everything."""
    scenes = {seconds: _scene(facts, traffic) for seconds, traffic in facts.views.items()}
    whole = scenes[facts.window]
    leaving = facts.views[facts.window].leaving
    if not facts.changed:
        return Landscape(whole, breaks(whole), leaving=leaving)
    latest = {seconds: {(edge.caller, edge.callee): edge for edge in scene.edges} for seconds, scene in scenes.items()}
    edges = []
    for edge in whole.edges:
        hop = edge.caller, edge.callee
        seconds = facts.seconds_of(hop)
        edges.append(latest.get(seconds, {}).get(hop) or replace(edge, calls=0, carried=0, begun=0, failed=0, fresh=0))
    found = [
        one
        for seconds, scene in scenes.items()
        for one in breaks(scene)
        if facts.seconds_of((one.caller, one.callee)) == seconds
    ]
    worst_first = tuple(sorted(found, key=lambda one: -one.lost))
    return Landscape(replace(whole, edges=tuple(edges)), worst_first, facts.changed, leaving)


def _dated(edge: Edge, fresh: Mapping[Hop, int]) -> Edge:
    """The edge, with how many of its calls are new."""
    return replace(edge, fresh=min(edge.carried, fresh[edge.hop])) if edge.hop in fresh else edge


def _scene(facts: Facts, traffic: Traffic) -> Scene:
    return excused(
        Scene(
            services=facts.services,
            spans=traffic.spans,
            edges=tuple(_dated(edge, facts.fresh_calls) for edge in traffic.edges)
            if facts.fresh_calls
            else traffic.edges,
            expected=facts.expected - facts.boundaries,
            boundaries=facts.boundaries,
            proxies=facts.proxies,
            entries=facts.entries,
            producers={service: counts.producer for service, counts in traffic.spans.items() if counts.producer},
            fresh=facts.fresh,
            forwarded=facts.forwarded,
            collectors=facts.collectors,
        )
    )
