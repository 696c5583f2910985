"""A cause with what it rests on, and the hop that a cause is looked for."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tracereach.api.causes import Cause
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.edges import Edge
from tracereach.coverage.scene import Scene
from tracereach.coverage.services import Service

Confidence = Literal["High", "Medium", "Low"]
_MOST = 0.5
"""The share of lost calls that must be found again elsewhere to count as explained."""


@dataclass(frozen=True)
class Diagnosis:
    """A cause, where it sits, and what it rests on."""

    cause: Cause
    at: WorkloadReference
    confidence: Confidence
    evidence: str
    alternatives: tuple[Cause, ...] = ()
    remedy: str = ""
    """Where there is a better one than the cause's own."""


@dataclass(frozen=True)
class LossyHop:
    """A hop that loses calls, and all that is known around it."""

    edge: Edge
    scene: Scene

    @property
    def caller(self) -> Service:
        """The calling end."""
        return self.scene.service(self.edge.caller)

    @property
    def callee(self) -> Service:
        """The end that is called."""
        return self.scene.service(self.edge.callee)

    @property
    def callee_is_silent(self) -> bool:
        """Whether the callee has sent no span."""
        return self.scene.is_silent(self.edge.callee)

    @property
    def callee_fell_silent(self) -> bool:
        """Whether the callee has sent spans, and none of the newest."""
        return not self.callee_is_silent and bool(self.scene.fresh) and self.edge.callee not in self.scene.fresh

    @property
    def is_counted(self) -> bool:
        """Whether any call was counted; else only templates tell of the hop."""
        return self.edge.calls > 0

    @property
    def unpaired(self) -> int:
        """Calls that the callee did not continue."""
        return self.edge.calls - self.edge.paired

    def explains(self, count: int) -> bool:
        """Whether `count` requests seen elsewhere are most of the lost calls."""
        return count >= max(1, self.unpaired * _MOST)

    @property
    def roots_behind(self) -> int:
        """Requests without context that a silent callee may have passed on."""
        return self.scene.roots_behind(self.edge.callee, self.unpaired)

    @property
    def orphans_behind(self) -> int:
        """Requests with a context that nobody has seen, which a silent callee may have passed on."""
        return self.scene.orphans_behind(self.edge.callee, self.unpaired)


Rule = Callable[[LossyHop], Diagnosis | None]
"""A rule answers where it applies. Rules are asked in order, so each may rely on the silence of those before it."""

PROBE = "Send a probe over the hop, which tells a proxy from a service: tracereach probe."
"""What to do where counters fit two causes."""


def mismatch(hop: LossyHop, at: Service, confidence: Confidence) -> Diagnosis:
    """No common format between the two ends."""
    caller, callee = hop.caller, hop.callee
    evidence = f"{_spoken(caller)} by its caller, {_spoken(callee)} by the callee, and no header in common"
    return Diagnosis(Cause.PROPAGATOR_MISMATCH, at.reference, confidence, evidence)


def _spoken(service: Service) -> str:
    names = service.tracing.propagators if service.tracing else None
    return ",".join(names) if names else "no propagator"
