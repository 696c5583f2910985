"""The coverage of one policy: its part of the landscape, in figures and in full.

What is not known is missing, never zero.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from heapq import nsmallest
from typing import Literal

from tracereach.api.causes import Blindness, Cause, Silence
from tracereach.api.coverage import TERMINALS, CoverageReport, ServiceReport, TerminalStatus
from tracereach.api.listing import listed
from tracereach.api.status import WORST, BreakStatus, CoverageStatus, EdgeStatus
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.breaks import Break
from tracereach.coverage.edges import ENOUGH_CALLS, UNKNOWN_ADDRESS, Edge
from tracereach.coverage.graph import Reach, reach
from tracereach.coverage.landscape import Landscape
from tracereach.coverage.onward import Onward, onward
from tracereach.coverage.ownership import owner
from tracereach.coverage.scene import Hop
from tracereach.coverage.services import Service
from tracereach.coverage.shares import count_of, ratio
from tracereach.coverage.silences import silence
from tracereach.coverage.spans import by_kind

_WORST_FIRST = ("Broken", "Partial", "Unknown", "Healthy")
_MOST_OF_IT = 0.9
"""Of the window: readings come at intervals, so it is never covered to the second."""
_ONSET_SECONDS = 120.0
"""A break that is seen so soon after a rollout has begun with it: spans and counters take their time."""

_BLINDNESS = {
    Blindness.GATEWAY_UNREACHABLE: "The coverage gateway does not answer, so nothing is known about spans. See the"
    " operator's log.",
    Blindness.PROMETHEUS_UNREACHABLE: "The Prometheus in place of the coverage gateway gives no counters of it, so"
    " nothing is known about spans. See the operator's log.",
    Blindness.MEASUREMENT_DEGRADED: "The measuring cannot be trusted: {degraded}.",
    Blindness.WARMING_UP: "Waiting for the second reading of the coverage gateway's counters.",
    Blindness.NO_SPANS: "No spans within spec.coverage.windowSeconds: there were no requests, or no spans arrived.",
}

BreakKey = tuple[str, str, Cause]
"""Caller, callee and cause: by these a break is the same as the one that was reported before."""


@dataclass(frozen=True)
class PolicyFacts:
    """What one policy asks for and has, and how well the measuring goes."""

    policy: str
    objective: str
    ours: frozenset[WorkloadReference]
    """The workloads that it has."""
    entries: tuple[WorkloadReference, ...] = ()
    """The workloads behind `spec.coverage.entrypoints`."""
    missing_entries: tuple[str, ...] = ()
    """Entry points that name no workload."""
    missing_ends: tuple[str, ...] = ()
    """Ends of `spec.coverage.declaredEdges` that name no workload."""
    unread: Blindness | None = None
    """Why there are no counters, where whoever is asked for them gives none."""
    degraded: str = ""
    """Why the measuring itself cannot be trusted; empty where it can."""
    measured_seconds: float = 0
    """How much of the window has been watched; 0 with the first reading, which is only something to compare with."""
    window_seconds: float = 300
    measured_at: str | None = None
    """When the gateway was last read, RFC 3339."""
    reported: Mapping[BreakKey, BreakStatus] = field(default_factory=dict)
    """The breaks that were reported before."""


def report(facts: PolicyFacts, land: Landscape) -> CoverageReport:
    """Everything about the policy's coverage."""
    part = _Part(facts, land)
    worst = tuple(_status_of(one, facts, land) for one in part.found)
    services = tuple(_services(part))
    return CoverageReport(
        policy=facts.policy,
        objective=facts.objective,
        coverage=_figures(part, services, worst),
        services=services,
        edges=tuple(_edge(edge) for edge in part.edges),
        breaks=worst,
        elsewhere=tuple(one.status() for one in part.elsewhere),
        terminals=tuple(_terminals(part)),
    )


def doubtful_workloads(told: CoverageReport) -> frozenset[WorkloadReference]:
    """Where breaks are laid to workloads without injection and spans: services, or proxies that a probe would show."""
    silent = {service.workload for service in told.services if not service.configured and not service.observed}
    found = (WorkloadReference.parsed(one.at) for one in (*told.breaks, *told.elsewhere) if one.at in silent)
    return frozenset(one for one in found if one)


def key_of(status: BreakStatus) -> BreakKey:
    """By what a break is known again."""
    return status.caller, status.callee, status.cause


@dataclass(frozen=True)
class _Part:
    """What of the landscape is the policy's."""

    facts: PolicyFacts
    land: Landscape

    @cached_property
    def blind(self) -> Blindness | None:
        """Why spans say nothing at all, if they do not."""
        facts = self.facts
        if facts.unread:
            return facts.unread
        if facts.degraded:
            return Blindness.MEASUREMENT_DEGRADED
        if facts.measured_seconds <= 0:
            return Blindness.WARMING_UP
        return Blindness.NO_SPANS if all(map(self.land.scene.is_silent, facts.ours)) else None

    @property
    def unexported(self) -> list[WorkloadReference]:
        """The policy's workloads whose spans the backend does not take."""
        told = self.land.scene.collectors
        return sorted(one for one in self.facts.ours if one in told and told[one].backend_reached is False)

    @cached_property
    def every_break(self) -> tuple[Break, ...]:
        """Breaks at a hop to or from a workload of the policy."""
        ours = self.facts.ours
        return () if self.blind else tuple(one for one in self.land.breaks if one.caller in ours or one.callee in ours)

    @cached_property
    def found(self) -> tuple[Break, ...]:
        """Those that the policy tells of."""
        return tuple(one for one in self.every_break if self._owner(one) in {"", self.facts.policy})

    @cached_property
    def elsewhere(self) -> tuple[Break, ...]:
        """Those that another policy tells of."""
        return tuple(one for one in self.every_break if self._owner(one) not in {"", self.facts.policy})

    @cached_property
    def told_by(self) -> list[str]:
        """The policies that tell of these."""
        return sorted({self._owner(one) for one in self.elsewhere})

    def _owner(self, one: Break) -> str:
        return owner(one, self.land.scene)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Hops to or from a workload of the policy, whatever their state."""
        ours = self.facts.ours
        return () if self.blind else tuple(one for one in self.land.edges if one.caller in ours or one.callee in ours)

    @cached_property
    def hidden(self) -> tuple[Edge, ...]:
        """Hops that are known to be there although no span shows them: those of breaks, and those of silent callees,
        behind which services would be reached if they were not silent."""
        scene, shown = self.land.scene, {(edge.caller, edge.callee) for edge in self.edges}
        hops = {(one.caller, one.callee): one.lost for one in self.every_break}
        for one in self.every_break:
            if scene.is_silent(one.callee):
                hops |= {(one.callee, behind): one.lost for behind in scene.callees.get(one.callee, ())}
        return tuple(Edge(*hop, max(lost, ENOUGH_CALLS)) for hop, lost in hops.items() if hop not in shown)

    @cached_property
    def speaking(self) -> tuple[WorkloadReference, ...]:
        """The entries that send spans."""
        return tuple(entry for entry in self.facts.entries if not self.land.scene.is_silent(entry))

    @cached_property
    def onward(self) -> Onward:
        """What is known of the hops that lead on from these."""
        return onward(self.speaking, self._hops, self.land.scene)

    @cached_property
    def farthest(self) -> Reach:
        """How far traces get from the entries of which enough is known."""
        return reach(self.onward.telling, self._hops)

    @cached_property
    def unjudged(self) -> Reach:
        """The same from all that send spans, for the hops that are not judged."""
        return reach(self.speaking, self._hops)

    @property
    def failing(self) -> list[Edge]:
        """Hops on the way from these that cannot be judged because their calls fail."""
        on_the_way = self.unjudged.reachable
        return [edge for edge in self._hops if edge.fails and not edge.excused and edge.caller in on_the_way]

    @cached_property
    def _hops(self) -> tuple[Edge, ...]:
        boundaries = self.land.scene.boundaries
        return tuple(edge for edge in (*self.edges, *self.hidden) if edge.hop not in boundaries)

    @property
    def reach_is_known(self) -> bool:
        return not self.blind and self.farthest.known


def _figures(part: _Part, services: tuple[ServiceReport, ...], worst: tuple[BreakStatus, ...]) -> CoverageStatus:
    ours = [service for service in services if service.selected]
    rolled_out = [service for service in ours if service.rolled_out]
    seen = sum(service.observed for service in rolled_out)
    judged = any(edge.state != "Unknown" for edge in part.edges) or bool(part.every_break)
    reached = ratio(len(part.farthest.reached), len(part.farthest.reachable)) if part.reach_is_known else None
    return CoverageStatus(
        configured=count_of(sum(service.configured for service in ours), len(ours)),
        rolled_out=count_of(len(rolled_out), len(ours)),
        observed=count_of(seen, len(rolled_out), known=not part.blind),
        reach=reached,
        reason=part.blind,
        message=" ".join(_remarks(part)),
        unexported=tuple(map(str, part.unexported[:WORST])),
        edges=tuple(_edge(edge) for edge in sorted(part.edges, key=_worst_first)[:WORST]),
        breaks=len(worst) if judged else None,
        worst=worst[:WORST],
        unknown=dict(sorted(Counter(str(service.unknown) for service in ours if service.unknown).items())),
        last_measured=part.facts.measured_at,
    )


def _services(part: _Part) -> Iterator[ServiceReport]:
    """The policy's workloads, and those that its edges and breaks lead to."""
    scene = part.land.scene
    blamed = {one.diagnosis.at for one in part.every_break}
    ends = {end for edge in (*part.edges, *part.hidden) for end in (edge.caller, edge.callee)}
    for reference in sorted(part.facts.ours | ends):
        service, counts = scene.service(reference), scene.counts(reference)
        tracing = service.tracing
        yield ServiceReport(
            workload=str(reference),
            selected=reference in part.facts.ours,
            reason=service.reason,
            configured=service.injected,
            rolled_out=service.rolled_out,
            observed=not part.blind and counts.total > 0,
            backend=_backend(reference, part),
            entry=reference in part.facts.entries,
            reached=_reached(reference, part),
            unknown=None if reference in blamed else _quiet(service, part),
            propagators=(tracing.propagators or ()) if tracing else (),
            sampler=tracing.sampler if tracing else "",
            spans=dict(by_kind(counts)),
        )


def _terminals(part: _Part) -> Iterator[TerminalStatus]:
    """What the policy's workloads call beside workloads, most calls first, where an address is known."""
    ours = (
        (-calls, caller, terminal)
        for (caller, terminal), calls in part.land.leaving.items()
        if caller in part.facts.ours and terminal.address != UNKNOWN_ADDRESS
    )
    for calls, caller, terminal in () if part.blind else nsmallest(TERMINALS, ours):
        yield TerminalStatus(caller=str(caller), kind=terminal.kind, address=terminal.address, calls=-calls)


def _quiet(service: Service, part: _Part) -> Silence | None:
    facts = part.facts
    if facts.degraded or facts.unread:
        return Silence.MEASUREMENT_DEGRADED
    new = service.reference in part.land.changed or facts.measured_seconds < facts.window_seconds * _MOST_OF_IT
    return silence(service, part.land.scene, new=new)


def _backend(reference: WorkloadReference, part: _Part) -> Literal["Reached", "Unreachable", "Unknown"]:
    told = part.land.scene.collectors.get(reference)
    reached = told.backend_reached if told else None
    if reached is None:
        return "Unknown"
    return "Reached" if reached else "Unreachable"


def _reached(reference: WorkloadReference, part: _Part) -> Literal["Yes", "No", "Unknown"]:
    if not part.reach_is_known or reference not in part.farthest.reachable:
        return "Unknown"
    return "Yes" if reference in part.farthest.reached else "No"


def _status_of(one: Break, facts: PolicyFacts, land: Landscape) -> BreakStatus:
    """The break with its beginning: as it was reported before, or this moment and the rollout that it came with."""
    before = facts.reported.get((str(one.caller), str(one.callee), one.diagnosis.cause))
    if before:
        return one.status(since=before.since, revision=before.revision)
    ends = (one.diagnosis.at, one.caller, one.callee)
    recent = [end for end in ends if land.changed.get(end, _ONSET_SECONDS) < _ONSET_SECONDS]
    revision = land.scene.service(recent[0]).revision if recent else ""
    return one.status(since=facts.measured_at, revision=revision)


def _remarks(part: _Part) -> Iterator[str]:
    """What limits the figures, most important first."""
    facts, scene = part.facts, part.land.scene
    if part.blind:
        yield _BLINDNESS[part.blind].format(degraded=facts.degraded)
        return
    if elsewhere := part.elsewhere:
        hops = _hops_named((one.caller, one.callee) for one in elsewhere)
        yield f"Traces stop at {hops} too, of which {listed(part.told_by)} tells."
    silent = [entry for entry in facts.entries if scene.is_silent(entry)]
    yield from omissions(facts, candidates=_candidates(part))
    if silent:
        yield f"No spans from the entries {named(silent)}."
    deaf = [entry for entry in part.speaking if not scene.counts(entry).taken]
    if deaf:
        yield (
            f"The entries {named(deaf)} send spans of calls that they make, and of no request:"
            " if they take any, use a server library that the agent instruments."
        )
    if unsure := [entry for entry in part.onward.alone if entry not in deaf]:
        yield (
            f"Too little is known of the entries {named(unsure)}: no hop leads on from them, and they have taken"
            f" fewer than {ENOUGH_CALLS} requests, too few to say that they call nobody."
        )
    if uncalled := part.onward.uncalled:
        yield (
            f"Not called yet: {_hops_named(uncalled)}, by what templates or the policy say."
            " Declare a hop that is never called as a Boundary."
        )
    if failing := part.failing:
        yield (
            f"Not judged: {_hops_named(edge.hop for edge in failing)}, where calls fail and nothing shows that they"
            " arrive. Look at whether the callee's port answers."
        )
    excused = part.unjudged.excused
    if few := part.unjudged.unjudged - excused - len(failing):
        yield f"Not judged yet: {few} edge{'s' * (few > 1)} with fewer than {ENOUGH_CALLS} calls."
    if excused:
        yield (
            f"Not judged: {excused} edge{'s' * (excused > 1)} to services whose spans go elsewhere, or may be missing"
            " for the moment."
        )


def _hops_named(hops: Iterable[Hop]) -> str:
    return listed(f"{caller.name} -> {callee.name}" for caller, callee in hops)


def omissions(facts: PolicyFacts, *, candidates: str = "") -> Iterator[str]:
    """What the policy itself leaves open; `candidates` are said to whom no entry is known."""
    if facts.missing_entries:
        yield f"No workload answers to the entry points {listed(facts.missing_entries)}."
    if facts.missing_ends:
        yield f"No workload answers to {listed(facts.missing_ends)} in spec.coverage.declaredEdges."
    if not facts.entries and not facts.missing_entries:
        yield f"Reach is unknown: name the entry services in spec.coverage.entrypoints.{candidates}"


def _candidates(part: _Part) -> str:
    """Workloads that requests enter by and that no known edge leads to."""
    called = {edge.callee for edge in part.land.edges}
    candidates = [one for one in part.facts.ours - called if part.land.scene.counts(one).server_root]
    return f" Requests without context arrive at {named(candidates)}." if candidates else ""


def named(references: Iterable[WorkloadReference]) -> str:
    """The names of the first few."""
    return listed(sorted({reference.name for reference in references}))


def _worst_first(edge: Edge) -> tuple[int, int, Edge]:
    return _WORST_FIRST.index(edge.state), -edge.calls, edge


def _edge(edge: Edge) -> EdgeStatus:
    return EdgeStatus(
        caller=str(edge.caller), callee=str(edge.callee), calls=edge.calls, carried=edge.carried, state=edge.state
    )
