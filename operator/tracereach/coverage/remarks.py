"""What limits the figures of one policy's coverage, in sentences."""

from collections.abc import Iterable, Iterator

from tracereach.api.causes import Blindness
from tracereach.api.listing import listed
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.edges import ENOUGH_CALLS, Edge
from tracereach.coverage.part import Part
from tracereach.coverage.policy_facts import PolicyFacts
from tracereach.coverage.scene import Hop

_BLINDNESS = {
    Blindness.GATEWAY_UNREACHABLE: "The coverage gateway does not answer, so nothing is known about spans. See the"
    " operator's log.",
    Blindness.PROMETHEUS_UNREACHABLE: "The Prometheus in place of the coverage gateway gives no counters of it, so"
    " nothing is known about spans. See the operator's log.",
    Blindness.MEASUREMENT_DEGRADED: "The measuring cannot be trusted: {degraded}.",
    Blindness.WARMING_UP: "Waiting for the second reading of the coverage gateway's counters.",
    Blindness.NO_SPANS: "No spans within spec.coverage.windowSeconds: there were no requests, or no spans arrived.",
}


def remarks(part: Part) -> Iterator[str]:
    """What limits the figures, most important first."""
    facts, scene = part.facts, part.land.scene
    if part.blind:
        yield _BLINDNESS[part.blind].format(degraded=facts.degraded)
        yield from _names_of_nobody(facts)
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
    yield from _unjudged(part.unjudged)


def _unjudged(edges: Iterable[Edge]) -> Iterator[str]:
    """Why hops on the way are not judged; each is in one sentence only."""
    every = list(edges)
    judgeable = [edge for edge in every if not edge.excused]
    failing = [edge.hop for edge in judgeable if edge.fails]
    fresh = sum(edge.too_fresh for edge in judgeable)
    if failing:
        yield (
            f"Not judged: {_hops_named(failing)}, where calls fail and nothing shows that they arrive."
            " Look at whether the callee's port answers."
        )
    if fresh:
        yield f"Not judged yet: {_edges(fresh)} with new calls alone, while lost ones of the same time do not show."
    if few := len(judgeable) - len(failing) - fresh:
        yield f"Not judged yet: {_edges(few)} with fewer than {ENOUGH_CALLS} calls."
    if excused := len(every) - len(judgeable):
        yield (f"Not judged: {_edges(excused)} to services whose spans go elsewhere, or may be missing for the moment.")


def _edges(count: int) -> str:
    return f"{count} edge{'s' * (count > 1)}"


def _hops_named(hops: Iterable[Hop]) -> str:
    return listed(f"{caller.name} -> {callee.name}" for caller, callee in hops)


def omissions(facts: PolicyFacts, *, candidates: str = "") -> Iterator[str]:
    """What the policy itself leaves open; `candidates` are said to whom no entry is known."""
    yield from _names_of_nobody(facts)
    if not facts.entries and not facts.missing_entries:
        yield f"Reach is unknown: name the entry services in spec.coverage.entrypoints.{candidates}"


def _names_of_nobody(facts: PolicyFacts) -> Iterator[str]:
    """What the policy names that no workload answers to. It can be mended whether or not there are spans."""
    if facts.missing_entries:
        yield f"No workload answers to the entry points {listed(facts.missing_entries)}."
    if facts.missing_ends:
        yield f"No workload answers to {listed(facts.missing_ends)} in spec.coverage.declaredEdges."


def _candidates(part: Part) -> str:
    """Workloads that requests enter by and that no known edge leads to."""
    called = {edge.callee for edge in part.land.edges}
    candidates = [one for one in part.facts.ours - called if part.land.scene.counts(one).server_root]
    return f" Requests without context arrive at {named(candidates)}." if candidates else ""


def named(references: Iterable[WorkloadReference]) -> str:
    """The names of the first few."""
    return listed(sorted({reference.name for reference in references}))
