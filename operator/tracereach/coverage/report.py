"""The coverage of one policy: its part of the landscape, in figures and in full.

What is not known is missing, never zero.
"""

from collections import Counter
from collections.abc import Iterator
from heapq import nsmallest
from typing import Literal

from tracereach.api.causes import Silence
from tracereach.api.coverage import TERMINALS, CoverageReport, ServiceReport, TerminalStatus
from tracereach.api.status import WORST, BreakStatus, CoverageStatus, EdgeStatus
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.breaks import Break
from tracereach.coverage.edges import UNKNOWN_ADDRESS, Edge
from tracereach.coverage.landscape import Landscape
from tracereach.coverage.part import Part
from tracereach.coverage.policy_facts import BreakKey, PolicyFacts
from tracereach.coverage.remarks import remarks
from tracereach.coverage.services import Service
from tracereach.coverage.shares import count_of, ratio
from tracereach.coverage.silences import silence
from tracereach.coverage.spans import by_kind

_WORST_FIRST = ("Broken", "Partial", "Unknown", "Healthy")
_MOST_OF_IT = 0.9
"""Of the window: readings come at intervals, so it is never covered to the second."""
_ONSET_SECONDS = 120.0
"""A break that is seen so soon after a rollout has begun with it: spans and counters take their time."""


def report(facts: PolicyFacts, land: Landscape) -> CoverageReport:
    """Everything about the policy's coverage."""
    part = Part(facts, land)
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


def _figures(part: Part, services: tuple[ServiceReport, ...], worst: tuple[BreakStatus, ...]) -> CoverageStatus:
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
        message=" ".join(remarks(part)),
        unexported=tuple(map(str, part.unexported[:WORST])),
        edges=tuple(_edge(edge) for edge in sorted(part.edges, key=_worst_first)[:WORST]),
        breaks=len(worst) if judged else None,
        worst=worst[:WORST],
        unknown=dict(sorted(Counter(str(service.unknown) for service in ours if service.unknown).items())),
        last_measured=part.facts.measured_at,
    )


def _services(part: Part) -> Iterator[ServiceReport]:
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


def _terminals(part: Part) -> Iterator[TerminalStatus]:
    """What the policy's workloads call beside workloads, most calls first, where an address is known."""
    ours = (
        (-calls, caller, terminal)
        for (caller, terminal), calls in part.land.leaving.items()
        if caller in part.facts.ours and terminal.address != UNKNOWN_ADDRESS
    )
    for calls, caller, terminal in () if part.blind else nsmallest(TERMINALS, ours):
        yield TerminalStatus(caller=str(caller), kind=terminal.kind, address=terminal.address, calls=-calls)


def _quiet(service: Service, part: Part) -> Silence | None:
    facts = part.facts
    if facts.degraded or facts.unread:
        return Silence.MEASUREMENT_DEGRADED
    new = service.reference in part.land.changed or facts.measured_seconds < facts.window_seconds * _MOST_OF_IT
    return silence(service, part.land.scene, new=new)


def _backend(reference: WorkloadReference, part: Part) -> Literal["Reached", "Unreachable", "Unknown"]:
    told = part.land.scene.collectors.get(reference)
    reached = told.backend_reached if told else None
    if reached is None:
        return "Unknown"
    return "Reached" if reached else "Unreachable"


def _reached(reference: WorkloadReference, part: Part) -> Literal["Yes", "No", "Unknown"]:
    if not part.reach_is_known or reference not in part.farthest.reachable:
        return "Unknown"
    return "Yes" if reference in part.farthest.reached else "No"


def _status_of(one: Break, facts: PolicyFacts, land: Landscape) -> BreakStatus:
    """The break with its beginning: as it was reported before, or this moment and the rollout that it came with."""
    before = facts.reported.get((str(one.caller), str(one.callee), one.diagnosis.cause))
    if before:
        return one.status(since=before.since, revision=before.revision)
    ends = (one.diagnosis.at, one.caller, one.callee)
    services = (land.scene.service(end) for end in ends if land.changed.get(end, _ONSET_SECONDS) < _ONSET_SECONDS)
    revision = next((service.revision for service in services if service.rolled_out_lately), "")
    return one.status(since=facts.measured_at, revision=revision)


def _worst_first(edge: Edge) -> tuple[int, int, Edge]:
    return _WORST_FIRST.index(edge.state), -edge.calls, edge


def _edge(edge: Edge) -> EdgeStatus:
    return EdgeStatus(
        caller=str(edge.caller), callee=str(edge.callee), calls=edge.calls, carried=edge.carried, state=edge.state
    )
