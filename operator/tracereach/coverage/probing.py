"""What a probe tells: how far its trace got, where it stopped, and what a workload without spans did to its headers."""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Literal

from tracereach.api.causes import Silence
from tracereach.api.coverage import CoverageReport
from tracereach.api.probes import Halt
from tracereach.api.status import EdgeStatus
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import Addresses, resolve
from tracereach.coverage.edges import ENOUGH_CALLS, HEALTHY_SHARE
from tracereach.coverage.tree import Span

Forwarding = Literal["Passed", "Dropped", "Rewritten", "B3Only", "NotForwarded"]
"""What became of a request that was sent to a workload without spans, at whoever is behind it."""


_BY_WISH = frozenset({Silence.EXPORTS_ELSEWHERE, Silence.DIRECT, Silence.SAMPLED_OUT})
"""Why a service shows no span of a request that it has taken and handed on."""


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


def halts(spans: Iterable[Span], addresses: Addresses, reports: Iterable[CoverageReport]) -> tuple[Halt, ...]:
    """The hops that the trace did not get over, each with what coverage knows of it.

    A call that nobody answered shows itself. Where context is lost inside a service, its trace has no call at all, so
    there the breaks that coverage has found are asked for. Calls to what lies outside, and over hops that say nothing
    by somebody's wish, stop nothing.
    """
    every, told = tuple(spans), tuple(reports)
    reached = {span.workload for span in every}
    known = {(one.caller, one.callee): one for report in told for one in (*report.elsewhere, *report.breaks)}
    quiet = {service.workload for report in told for service in report.services if service.unknown in _BY_WISH}
    silent = {(edge.caller, edge.callee) for report in told for edge in report.edges if _says_nothing(edge)}
    lost = {hop for hop in known if hop[0] in reached and hop[1] not in reached}
    for stop in stops(every):
        hop = _resolved(stop, reached, known, addresses)
        if hop and hop[1] not in quiet and hop not in silent:
            lost.add(hop)
    return tuple(
        Halt(caller=caller, callee=callee, found=known.get((caller, callee))) for caller, callee in sorted(lost)
    )


def _resolved(
    stop: Stop, reached: Container[str], known: Container[tuple[str, str]], addresses: Addresses
) -> tuple[str, str] | None:
    """Caller and callee: of several one that the trace has not been at, and that calls are known to be lost at."""
    caller = WorkloadReference.parsed(stop.caller)
    behind = resolve(stop.address, namespace=caller.namespace, addresses=addresses) if caller else ()
    hops = [(stop.caller, str(one)) for one in behind]
    unreached = [hop for hop in hops if hop[1] not in reached] or hops
    return next((hop for hop in unreached if hop in known), unreached[0] if unreached else None)


def _says_nothing(edge: EdgeStatus) -> bool:
    """Whether nothing can be said of the hop however many calls there are: not where all that is missing is time."""
    return edge.state == "Unknown" and edge.calls >= ENOUGH_CALLS and edge.carried < edge.calls * HEALTHY_SHARE


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
