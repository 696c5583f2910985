"""A scene of a shorter time, whose edges are counted and judged only as far as somebody looks at them."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.edges import Edge
from tracereach.coverage.scene import Hop, Scene
from tracereach.coverage.silences import says_nothing
from tracereach.coverage.view import View


def dated(edge: Edge, fresh: Mapping[Hop, int]) -> Edge:
    """The edge, with how many of its calls are new."""
    return replace(edge, fresh=min(edge.carried, fresh[edge.hop])) if edge.hop in fresh else edge


@dataclass(frozen=True, kw_only=True)
class Glimpse(Scene):
    """`edges` is empty: each is found by its ends alone."""

    view: View
    fresh_calls: Mapping[Hop, int] = field(default_factory=dict)

    @cached_property
    def _found(self) -> dict[Hop, Edge]:
        return {}

    def edge(self, hop: Hop) -> Edge | None:
        """The hop, if it was called."""
        counted = self.view.edge(hop)
        return self._judged(counted) if counted else None

    def calls_of(self, reference: WorkloadReference) -> Sequence[Edge]:
        """The edges by which it calls others."""
        return [self._judged(edge) for edge in self.view.calls_of(reference)]

    def calls_to(self, reference: WorkloadReference) -> Sequence[Edge]:
        """The edges by which it is called."""
        return [self._judged(edge) for edge in self.view.calls_to(reference)]

    def paired(self, reference: WorkloadReference) -> int:
        """Without an edge for each caller: this may be asked of a whole namespace."""
        return self.view.paired(reference)

    @property
    def called(self) -> Set[WorkloadReference]:
        """The workloads that edges may lead to."""
        return self.view.called

    def _judged(self, edge: Edge) -> Edge:
        if edge.hop not in self._found:
            known = dated(edge, self.fresh_calls)
            self._found[edge.hop] = replace(known, excused=True) if says_nothing(known, self) else known
        return self._found[edge.hop]
