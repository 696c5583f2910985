"""What to expect of every hop before a request has shown anything: by what templates and policies say of its ends.

It asks the same rules as for hops that were counted, those of them that templates alone can answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from tracereach.api.causes import SILENCES, Silence
from tracereach.api.status import EvidenceKind
from tracereach.api.tracing import Route
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.breaks import Break
from tracereach.coverage.diagnosis import Diagnosis, LossyHop
from tracereach.coverage.edges import ENOUGH_CALLS, Edge, Traffic
from tracereach.coverage.landscape import Facts, landscape
from tracereach.coverage.rules import foresee
from tracereach.coverage.scene import Hop, Scene
from tracereach.coverage.services import Service, speak_alike
from tracereach.coverage.silences import silence
from tracereach.coverage.survey import Surveyed


class Expectation(StrEnum):
    """What becomes of context on a hop."""

    CARRIED = "Carried"
    LOST = "Lost"
    """It breaks, for a cause that is known."""
    UNTRACED = "Untraced"
    """Its caller takes no part in traces, or sends no spans: there is nothing that could go on, and no break."""
    UNKNOWN = "Unknown"
    """Templates cannot tell, or nobody will see it."""


@dataclass(frozen=True)
class ExpectedHop:
    """A hop with what is expected of it."""

    caller: WorkloadReference
    callee: WorkloadReference
    evidence: tuple[EvidenceKind, ...]
    configured: bool
    """Whether both ends are."""
    expectation: Expectation
    diagnosis: Diagnosis | None = None
    """Why context is lost, where it is."""
    unknown: str = ""
    """Why nothing is known, where nothing is."""

    @property
    def as_break(self) -> Break | None:
        """The break that it will be."""
        return Break(self.caller, self.callee, 0, 0, self.diagnosis) if self.diagnosis else None

    @property
    def as_called(self) -> Edge:
        """The hop as if it were called just often enough to be judged."""
        carried = ENOUGH_CALLS if self.expectation is Expectation.CARRIED else 0
        unknown = self.expectation is Expectation.UNKNOWN
        return Edge(self.caller, self.callee, ENOUGH_CALLS, carried, excused=unknown)


@dataclass(frozen=True)
class Outlook:
    """The whole of what was surveyed, before any traffic. Services count as rolled out as soon as they are injected."""

    surveyed: Surveyed

    @cached_property
    def scene(self) -> Scene:
        """As of counted traffic, with hops that nobody has called yet."""
        declared, expected = self.surveyed.all_declared, self.surveyed.all_expected
        hops = tuple(Edge(*hop) for hop in sorted(expected - declared.boundaries))
        facts = Facts(
            self.surveyed.services,
            Traffic(hops),
            expected=expected,
            boundaries=declared.boundaries,
            proxies=declared.proxies,
            entries=self.surveyed.all_entries,
        )
        return landscape(facts).scene

    @cached_property
    def hops(self) -> tuple[ExpectedHop, ...]:
        """Every hop that templates and policies tell of, but for those that end traces on purpose."""
        return tuple(self._expected(edge) for edge in self.scene.edges)

    def sends_spans(self, reference: WorkloadReference) -> bool:
        """Whether spans of it will be counted as soon as it has requests."""
        service = self.scene.service(reference)
        return service.route is not Route.NOWHERE and self._silence(service) is Silence.NO_TRAFFIC

    def calls_somebody(self, reference: WorkloadReference) -> bool:
        """Whether templates or policies tell of anybody whom it calls."""
        told = (*self.scene.expected, *self.scene.boundaries)
        return any(caller == reference != callee for caller, callee in told)

    def _silence(self, service: Service) -> Silence | None:
        return silence(service, self.scene, new=False)

    def _expected(self, edge: Edge) -> ExpectedHop:
        hop = LossyHop(edge, self.scene)
        expectation, diagnosis, unknown = self._judged(hop)
        configured = hop.caller.injected and hop.callee.injected
        evidence = tuple(self._evidence(edge.hop))
        return ExpectedHop(edge.caller, edge.callee, evidence, configured, expectation, diagnosis, unknown)

    def _judged(self, hop: LossyHop) -> tuple[Expectation, Diagnosis | None, str]:
        if not hop.caller.injected:
            return Expectation.UNTRACED, None, ""
        if unseen := self._unseen(hop):
            return Expectation.UNKNOWN, None, unseen
        if found := foresee(hop):
            return Expectation.LOST, found, ""
        if hop.caller.route is Route.NOWHERE:
            return Expectation.UNTRACED, None, ""
        untold = self._untold(hop)
        return Expectation.UNKNOWN if untold else Expectation.CARRIED, None, untold

    def _unseen(self, hop: LossyHop) -> str:
        """Why nobody will see what becomes of the hop, if so."""
        callee = hop.callee
        if hop.edge.excused:
            return self._quiet(callee)
        if callee.reference in self.scene.proxies:
            return f"{callee.reference} is declared to hand headers on, and requests have to show whether it does"
        return ""

    def _untold(self, hop: LossyHop) -> str:
        """Why templates cannot tell what becomes of the hop, if so."""
        if not self.sends_spans(hop.edge.caller):
            return self._quiet(hop.caller)
        if speak_alike(hop.caller, hop.callee) is None:
            return "what one of its ends has in OTEL_PROPAGATORS cannot be told from templates"
        return ""

    def _quiet(self, service: Service) -> str:
        why = self._silence(service)
        return f"{service.reference}: {why}: {SILENCES[why].meaning} {SILENCES[why].remedy}" if why else ""

    def _evidence(self, hop: Hop) -> Iterator[EvidenceKind]:
        if hop in self.surveyed.expected:
            yield "Configured"
        if hop in self.surveyed.all_declared.calls:
            yield "Declared"
