"""The coverage of one policy in figures, for its status. A figure of which nothing is known is missing, never zero."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal

from tracereach.api.status import WORST, Count, CoverageStatus, EdgeStatus
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.edges import ENOUGH_CALLS, Edge, Traffic
from tracereach.coverage.graph import Reach, reach

_NAMED = 5
"""How many workloads a message names at most."""
_WORST_FIRST = ("Broken", "Partial", "Unknown", "Healthy")


@dataclass(frozen=True)
class MatchedWorkload:
    """A workload that the policy selects: whether its template has the injection, and whether all its pods run it."""

    reference: WorkloadReference
    configured: bool
    rolled_out: bool


@dataclass(frozen=True)
class Facts:
    """All that a policy's coverage is judged from."""

    workloads: tuple[MatchedWorkload, ...]
    traffic: Traffic
    """Of the window, and of the whole cluster."""
    entries: tuple[WorkloadReference, ...] = ()
    """The workloads behind `spec.coverage.entrypoints`."""
    missing_entries: tuple[str, ...] = ()
    """Entry points that name no workload."""
    gateway_reachable: bool = True
    measured_seconds: float = 0
    """How much of the window has been watched; 0 with the first reading, which is only something to compare with."""
    measured_at: str | None = None
    """When the gateway was last read, RFC 3339."""


def assess(facts: Facts) -> CoverageStatus:
    """The policy's coverage at its three levels, how far traces reach, and why any figure is missing."""
    blind, seen = _blindness(facts), facts.traffic.senders
    edges = () if blind else edges_of(facts)
    farthest = reach((entry for entry in facts.entries if entry in seen), edges)
    known = not blind and farthest.known
    judged = [edge for edge in edges if edge.state != "Unknown"]
    rolled_out = {workload.reference for workload in facts.workloads if workload.rolled_out}
    return CoverageStatus(
        configured=_count(sum(workload.configured for workload in facts.workloads), len(facts.workloads)),
        rolled_out=_count(len(rolled_out), len(facts.workloads)),
        observed=_count(len(rolled_out & seen), len(rolled_out), known=not blind),
        reach=_ratio(len(farthest.reached), len(farthest.reachable)) if known else None,
        message=blind or _remarks(facts, farthest),
        edges=tuple(_status(edge) for edge in sorted(edges, key=_worst_first)[:WORST]),
        breaks=sum(edge.state != "Healthy" for edge in judged) if judged else None,
        last_measured=facts.measured_at,
    )


def edges_of(facts: Facts) -> tuple[Edge, ...]:
    """The edges that begin or end at a workload of the policy, whatever their state."""
    ours = {workload.reference for workload in facts.workloads}
    return tuple(edge for edge in facts.traffic.edges if edge.caller in ours or edge.callee in ours)


def _blindness(facts: Facts) -> str:
    """Why spans say nothing at all, or an empty text."""
    if not facts.gateway_reachable:
        return "The coverage gateway does not answer, so nothing is known about spans. See the operator's log."
    if facts.measured_seconds <= 0:
        return "Waiting for the second reading of the coverage gateway."
    if not any(workload.reference in facts.traffic.senders for workload in facts.workloads):
        return "No spans within spec.coverage.windowSeconds: there were no requests, or no spans arrived."
    return ""


def _remarks(facts: Facts, farthest: Reach) -> str:
    """What limits the figures, most important first."""
    remarks = []
    silent = [entry for entry in facts.entries if entry not in facts.traffic.senders]
    if facts.missing_entries:
        remarks.append(f"No workload answers to the entry points {', '.join(facts.missing_entries[:_NAMED])}.")
    if not facts.entries and not facts.missing_entries:
        remarks.append(f"Reach is unknown: name the entry services in spec.coverage.entrypoints.{_candidates(facts)}")
    if silent:
        remarks.append(f"No spans from the entries {_names(silent)}.")
    if farthest.unjudged:
        remarks.append(f"{farthest.unjudged} edges have fewer than {ENOUGH_CALLS} calls and are not judged yet.")
    return " ".join(remarks)


def _candidates(facts: Facts) -> str:
    """Matched services that requests enter by and that no known edge leads to."""
    called = {edge.callee for edge in facts.traffic.edges}
    ours = {workload.reference for workload in facts.workloads}
    candidates = [callee for callee in facts.traffic.entering if callee in ours - called]
    return f" Requests without context arrive at {_names(candidates)}." if candidates else ""


def _names(references: Iterable[WorkloadReference]) -> str:
    names = sorted({reference.name for reference in references})
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _worst_first(edge: Edge) -> tuple[int, int, Edge]:
    return _WORST_FIRST.index(edge.state), -edge.calls, edge


def _status(edge: Edge) -> EdgeStatus:
    return EdgeStatus(
        caller=str(edge.caller), callee=str(edge.callee), calls=edge.calls, carried=edge.carried, state=edge.state
    )


def _count(count: int, total: int, *, known: bool = True) -> Count:
    return Count(count=count, total=total, ratio=_ratio(count, total) if known and total else None)


def _ratio(count: int, total: int) -> str:
    """Rounded down, so that only what is complete reads as 1."""
    share = (Decimal(count) / Decimal(total)).quantize(Decimal("0.001"), ROUND_DOWN)
    return f"{share.normalize():f}"
