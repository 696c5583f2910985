"""How far a trace gets from the entries: the services behind healthy edges, of all that can be reached."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.edges import Edge


@dataclass(frozen=True)
class Reach:
    """Services that a trace gets to, and services that it should get to; entries belong to both."""

    reached: frozenset[WorkloadReference]
    reachable: frozenset[WorkloadReference]
    judged: int
    """Judged edges that lead away from a reachable service."""
    unjudged: int
    """Edges of which too little is known, leading away from a reachable service. They count on neither side."""

    @property
    def known(self) -> bool:
        """Whether the share says anything: not where every edge is still unjudged."""
        return bool(self.reachable) and not (self.unjudged and not self.judged)


def reach(entries: Iterable[WorkloadReference], edges: Iterable[Edge]) -> Reach:
    """How far context travels from the entries over these edges."""
    starts, every = frozenset(entries), tuple(edges)
    judged = [edge for edge in every if edge.state != "Unknown"]
    reachable = reachable_from(starts, judged)
    leading_on = [edge for edge in every if edge.caller in reachable]
    unjudged = sum(edge.state == "Unknown" for edge in leading_on)
    reached = reachable_from(starts, (edge for edge in judged if edge.state == "Healthy"))
    return Reach(reached, reachable, judged=len(leading_on) - unjudged, unjudged=unjudged)


def reachable_from(starts: Iterable[WorkloadReference], edges: Iterable[Edge]) -> frozenset[WorkloadReference]:
    """Every workload that the edges lead to, and the starts themselves."""
    callees: defaultdict[WorkloadReference, set[WorkloadReference]] = defaultdict(set)
    for edge in edges:
        callees[edge.caller].add(edge.callee)
    found = set(starts)
    waiting = list(found)
    while waiting:
        new = callees[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return frozenset(found)
