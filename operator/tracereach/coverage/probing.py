"""What a probe tells: how far its trace got, where it stopped, and what a workload without spans did to its headers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tracereach.coverage.tree import Span

Forwarding = Literal["Passed", "Dropped", "Rewritten", "B3Only", "NotForwarded"]
"""What became of a request that was sent to a workload without spans, at whoever is behind it."""


@dataclass(frozen=True)
class Seen:
    """The spans of one probe: of its own trace, and strays that have its user agent and another trace."""

    trace: tuple[Span, ...] = ()
    strays: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Stop:
    """A call of a service that the trace reached, over which it did not go on."""

    caller: str
    """`namespace/kind/name`."""
    address: str
    """Whom it dialled."""


def stops(spans: Iterable[Span]) -> tuple[Stop, ...]:
    """Where the trace stopped: calls that no span of a callee belongs to."""
    every = tuple(spans)
    answered = {span.parent_id for span in every}
    unanswered = (span for span in every if span.kind in {"Client", "Producer"} and span.span_id not in answered)
    return tuple(
        sorted({Stop(span.workload, span.peer) for span in unanswered}, key=lambda one: (one.caller, one.address))
    )


def forwarding(target: str, w3c: Seen, b3: Seen) -> Forwarding:
    """What `target`, a workload that sends no spans, did to two probes: one with W3C headers only, one with B3 only.

    Whoever is behind it was asked by a request of the probe's own if that still has the probe's user agent, which a
    service that makes calls of its own would not hand on.
    """
    if _elsewhere(w3c.trace, target):
        return "Passed"
    if _elsewhere(b3.trace, target):
        return "B3Only"
    arrived = _elsewhere(w3c.strays, target)
    if not arrived:
        return "NotForwarded"
    return "Rewritten" if all(span.parent_id for span in arrived) else "Dropped"


def _elsewhere(spans: Iterable[Span], target: str) -> list[Span]:
    return [span for span in spans if span.kind == "Server" and span.workload != target]
