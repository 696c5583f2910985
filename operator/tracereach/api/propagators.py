"""The propagators of `OTEL_PROPAGATORS`, the headers each one writes and reads, and who can speak them.

Sources: the OpenTelemetry specification, *General SDK configuration* and *Propagators API*; W3C Trace Context and
Baggage; the B3 specification, by which an extractor reads the single and the multi header form in either mode.
"""

from dataclasses import dataclass
from typing import Literal, get_args

PropagatorName = Literal["tracecontext", "baggage", "b3", "b3multi", "jaeger", "none"]
AgentName = Literal["java", "nodejs", "python", "dotnet", "go", "sdk"]


@dataclass(frozen=True)
class Propagator:
    """One value of `OTEL_PROPAGATORS`."""

    name: PropagatorName
    injects: frozenset[str]
    """Headers written on outgoing requests, lower case."""
    extracts: frozenset[str]
    """Headers any of which is enough to continue a trace. Baggage carries no trace id, so it extracts none."""
    agents: frozenset[AgentName]
    """Agents that ship this propagator; another agent would ignore the value, or refuse to start. What an application's
    own SDK ships nobody knows here, so `sdk` is always among them."""


_EVERY_AGENT: frozenset[AgentName] = frozenset(get_args(AgentName))
_CONFIGURABLE: frozenset[AgentName] = _EVERY_AGENT - {"go"}
"""Go's eBPF agent writes and reads `traceparent` itself, whatever the variable says."""
_FULL: frozenset[AgentName] = _CONFIGURABLE - {"dotnet"}
_B3_MULTI = frozenset({"x-b3-traceid", "x-b3-spanid", "x-b3-sampled"})

PROPAGATORS: dict[str, Propagator] = {
    propagator.name: propagator
    for propagator in (
        Propagator("tracecontext", frozenset({"traceparent"}), frozenset({"traceparent"}), _EVERY_AGENT),
        Propagator("baggage", frozenset({"baggage"}), frozenset(), _CONFIGURABLE),
        Propagator("b3", frozenset({"b3"}), frozenset({"b3"}) | _B3_MULTI, _CONFIGURABLE),
        Propagator("b3multi", _B3_MULTI, frozenset({"b3"}) | _B3_MULTI, _CONFIGURABLE),
        Propagator("jaeger", frozenset({"uber-trace-id"}), frozenset({"uber-trace-id"}), _FULL),
        Propagator("none", frozenset(), frozenset(), _FULL - {"python"}),
    )
}
DEFAULT_PROPAGATORS: tuple[PropagatorName, ...] = ("tracecontext", "baggage")
"""What every OpenTelemetry SDK uses when nobody says otherwise."""
