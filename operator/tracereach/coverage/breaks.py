"""The breaks of a scene: each hop that context does not cross, with its one cause and what mends it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tracereach.api.causes import CAUSES
from tracereach.api.status import BreakStatus
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.diagnosis import Diagnosis, LossyHop
from tracereach.coverage.edges import Edge
from tracereach.coverage.gaps import gaps
from tracereach.coverage.rules import diagnose
from tracereach.coverage.scene import Scene

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
    lossy = [edge for edge in scene.edges if edge.state in _LOSSY]
    found = [_of(edge, scene) for edge in lossy]
    explained = {service for edge in lossy for service in _accounted_for(edge, scene)}
    found += [Break(*hop, count, count, why) for hop, count, why in gaps(scene, explained)]
    return tuple(sorted(found, key=lambda one: (-one.lost, one.caller, one.callee)))


def _of(edge: Edge, scene: Scene) -> Break:
    return Break(edge.caller, edge.callee, edge.calls, edge.lost, diagnose(LossyHop(edge, scene)))


def _accounted_for(edge: Edge, scene: Scene) -> Iterator[WorkloadReference]:
    """Where the new traces begin that a lossy hop leaves behind: in its callee, or behind it where that is silent.

    Where nobody knows whom that calls, it may be any service of its namespace that is not before the hop.
    """
    yield edge.callee
    if not scene.is_silent(edge.callee):
        return
    if told := scene.callees.get(edge.callee):
        yield from told
    elif near := {service for service in scene.all_roots if service.namespace == edge.callee.namespace}:
        yield from near - scene.before(edge.caller)
