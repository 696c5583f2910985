"""What one policy asks for and has: all that its coverage rests on beside the landscape, which all policies share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracereach.api.causes import Blindness, Cause
from tracereach.api.status import BreakStatus
from tracereach.api.workload import WorkloadReference

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
