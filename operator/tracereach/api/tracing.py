"""What a pod template makes of a workload's tracing, whoever set it: read by `inject`, judged by `coverage`."""

from dataclasses import dataclass
from enum import StrEnum


class Route(StrEnum):
    """Where a workload's spans go."""

    SIDECAR = "Sidecar"
    DIRECT = "Direct"
    """From the SDK to the policy's backend, past all that counts them."""
    ELSEWHERE = "Elsewhere"
    """To an endpoint that the workload sets itself."""
    NOWHERE = "Nowhere"
    """By no exporter at all, as with `OTEL_TRACES_EXPORTER=none`."""


@dataclass(frozen=True)
class Tracing:
    """The settings that decide whether context crosses a workload."""

    propagators: tuple[str, ...] | None
    """Those of `OTEL_PROPAGATORS`, or the SDK's default; None where a reference hides them."""
    sampler: str = ""
    """`OTEL_TRACES_SAMPLER`, or the SDK's default; empty where a reference hides it."""
    ratio: float = 1.0
    """The share of traces that a ratio sampler records."""
    route: Route = Route.SIDECAR
    own: frozenset[str] = frozenset()
    """The variables of OpenTelemetry that the workload's user sets, and not the injection."""
