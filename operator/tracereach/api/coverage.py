"""What `/api/coverage` answers, for pages and programs: all of what a policy's status names the worst of."""

from typing import Literal

from tracereach.api.causes import Silence
from tracereach.api.reasons import Reason
from tracereach.api.schema import Model
from tracereach.api.status import BreakStatus, CoverageStatus, EdgeStatus


class ServiceReport(Model):
    """One workload, and what is known of its part in traces."""

    workload: str
    """`namespace/kind/name`."""
    selected: bool
    """Whether the policy selects it; others are here because edges lead to them."""
    reason: Reason | None = None
    """Why it stands where it does in the rollout; missing where no policy has it."""
    configured: bool = False
    rolled_out: bool = False
    observed: bool = False
    entry: bool = False
    backend: Literal["Reached", "Unreachable", "Unknown"] = "Unknown"
    """Whether the backend takes its spans from the collectors beside it; unknown where there were none to take."""
    reached: Literal["Yes", "No", "Unknown"] = "Unknown"
    """Whether traces from the entries get here over healthy edges."""
    unknown: Silence | None = None
    """Why it sends no spans, where that is no break."""
    propagators: tuple[str, ...] = ()
    sampler: str = ""
    spans: dict[str, int] = {}
    """Spans in the window by kind; `ServerRoot` and the like count those of a kind that begin a trace."""


TerminalKind = Literal["Database", "Broker", "Host"]
TERMINALS = 200
"""How many terminals a report has at most: an application may dial a host of its own for each of its users."""


class TerminalStatus(Model):
    """Where calls go that no workload takes: no break, whatever becomes of the trace there."""

    caller: str
    """`namespace/kind/name`."""
    kind: TerminalKind
    address: str
    """The database's name, the messaging system, or the host that was dialled: outside, or of no workload known."""
    calls: int


class CoverageReport(Model):
    """The coverage of one policy, with every service, edge and break."""

    policy: str
    objective: str
    coverage: CoverageStatus
    services: tuple[ServiceReport, ...] = ()
    edges: tuple[EdgeStatus, ...] = ()
    breaks: tuple[BreakStatus, ...] = ()
    elsewhere: tuple[BreakStatus, ...] = ()
    """Breaks at hops to or from its workloads that another policy tells of, because the change has to be made there."""
    terminals: tuple[TerminalStatus, ...] = ()
    """Those with most calls."""


class CoverageReports(Model):
    """The answer of `/api/coverage`."""

    policies: tuple[CoverageReport, ...] = ()
