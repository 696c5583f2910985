"""The breaks of a scene: each hop that context does not cross, with its one cause and what mends it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from tracereach.api.causes import CAUSES
from tracereach.api.status import BreakStatus
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.diagnosis import Diagnosis, LossyHop
from tracereach.coverage.edges import Edge
from tracereach.coverage.gaps import gaps
from tracereach.coverage.rules import diagnose
from tracereach.coverage.scene import Hop, Scene

_LOSSY = frozenset({"Broken", "Partial"})


@dataclass(frozen=True)
class Break:
    """A hop that loses calls, and why."""

    caller: WorkloadReference
    callee: WorkloadReference
    calls: int
    lost: int
    diagnosis: Diagnosis

    def status(self, *, since: str | None = None, revision: str = "") -> BreakStatus:
        """As it is reported; `since` and `revision` tell when, and with which rollout, it began.

        One of which no call was counted is predicted.
        """
        found = self.diagnosis
        return BreakStatus(
            caller=str(self.caller),
            callee=str(self.callee),
            at=str(found.at),
            cause=found.cause,
            confidence=found.confidence,
            calls=self.calls,
            lost=self.lost,
            message=found.evidence,
            remedy=found.remedy or CAUSES[found.cause].remedy,
            alternatives=found.alternatives,
            predicted=self.calls == 0,
            since=since,
            revision=revision,
        )


def breaks(scene: Scene) -> tuple[Break, ...]:
    """All of them, those that lose most first."""
    return breaks_of(scene, scene.edges, lambda _: True)


def breaks_of(scene: Scene, edges: Iterable[Edge], asked: Callable[[Hop], bool]) -> tuple[Break, ...]:
    """Those of these edges, and of hops without edges that are asked for; those that lose most first."""
    found = [_of(edge, scene) for edge in edges if edge.state in _LOSSY]
    found += [Break(*hop, count, count, why) for hop, count, why in gaps(scene, _Explained(scene), asked)]
    return tuple(sorted(found, key=worst_first))


def worst_first(one: Break) -> tuple[int, WorkloadReference, WorkloadReference]:
    """The order in which breaks are told."""
    return -one.lost, one.caller, one.callee


def _of(edge: Edge, scene: Scene) -> Break:
    return Break(edge.caller, edge.callee, edge.calls, edge.lost, diagnose(LossyHop(edge, scene)))


@dataclass(frozen=True)
class _Explained:
    """The services whose new traces a lossy hop leaves behind: its callee, or those behind it where that is silent."""

    scene: Scene

    def __call__(self, service: WorkloadReference) -> bool:
        return any(edge.state in _LOSSY for edge in self.scene.calls_to(service)) or service in self._behind_silent

    @cached_property
    def _behind_silent(self) -> frozenset[WorkloadReference]:
        silent = (callee for callee in self.scene.called if self.scene.is_silent(callee))
        lossy = (edge for callee in silent for edge in self.scene.calls_to(callee) if edge.state in _LOSSY)
        return frozenset(service for edge in lossy for service in _behind(edge, self.scene))


def _behind(edge: Edge, scene: Scene) -> Iterator[WorkloadReference]:
    """Where nobody knows whom a silent callee calls, it may be any service of its namespace not before the hop."""
    if told := scene.callees(edge.callee):
        yield from told
    elif near := {service for service in scene.all_roots if service.namespace == edge.callee.namespace}:
        yield from near - scene.before(edge.caller)
