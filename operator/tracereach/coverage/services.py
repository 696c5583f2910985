"""A workload as coverage sees it: what its template says, what its pods run, and what its spans show."""

from dataclasses import dataclass

from tracereach.api.propagators import PROPAGATORS
from tracereach.api.reasons import Reason
from tracereach.api.tracing import Route, Tracing
from tracereach.api.workload import WorkloadReference

_IGNORES_ITS_CALLER = frozenset({"always_off", "traceidratio"})
"""Samplers that leave out spans of traces that their callers record."""


@dataclass(frozen=True)
class Service:
    """One workload: of a policy, or one that edges lead to."""

    reference: WorkloadReference
    policy: str = ""
    """The policy that has it, as `TracingPolicy/shop/shop`; empty where none has."""
    reason: Reason | None = None
    """Why it stands where it does in the rollout of whichever policy has it; None where none has."""
    injected: bool = False
    """Whether its template has the injection."""
    rolled_out: bool = False
    """Whether all its pods run the whole of it."""
    tracing: Tracing | None = None
    """None where its template was not read."""
    revision: str = ""
    """Of the policy, as it is in the template."""
    rolled_out_lately: bool = False
    """Whether that was written, and its rollout ended, only minutes ago: not whether its user has released it."""

    @property
    def injects(self) -> frozenset[str] | None:
        """The headers that it writes on its calls; None where nobody can tell."""
        names = self.tracing.propagators if self.tracing else None
        return None if names is None else _headers(names, "injects")

    @property
    def extracts(self) -> frozenset[str] | None:
        """The headers any of which is enough for it to continue a trace; None where nobody can tell."""
        names = self.tracing.propagators if self.tracing else None
        return None if names is None else _headers(names, "extracts")

    @property
    def route(self) -> Route:
        """Where its spans go."""
        return self.tracing.route if self.tracing else Route.SIDECAR

    @property
    def sampler_ignores_its_caller(self) -> bool:
        """Whether it leaves out spans of traces that its callers record."""
        return bool(self.tracing and self.tracing.sampler in _IGNORES_ITS_CALLER and not self._records_everything)

    def sets(self, variable: str) -> bool:
        """Whether its user sets the variable, and not the injection."""
        return bool(self.tracing and variable in self.tracing.own)

    @property
    def _records_everything(self) -> bool:
        return bool(self.tracing and self.tracing.sampler == "traceidratio" and self.tracing.ratio >= 1)


def speak_alike(caller: Service, callee: Service) -> bool | None:
    """Whether the callee reads a header that the caller writes; None where nobody can tell."""
    if caller.injects is None or callee.extracts is None:
        return None
    return bool(caller.injects & callee.extracts)


def _headers(names: tuple[str, ...], what: str) -> frozenset[str] | None:
    """Of all named propagators together; None where one is unknown here."""
    if not all(name in PROPAGATORS for name in names):
        return None
    return frozenset(header for name in names for header in getattr(PROPAGATORS[name], what))
