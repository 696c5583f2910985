"""Why context does not cross a hop: the rules, in the order in which they are asked. The first that answers is right.

Each is a small function of a hop that loses calls. The order goes from what is known for certain, as from templates, to
what has to be told from the traces left behind; what each cause leaves was measured on real pods, one cause at a time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from tracereach.api.causes import Cause
from tracereach.api.reasons import EXPLANATIONS
from tracereach.api.tracing import Route
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.edges import Edge
from tracereach.coverage.scene import Scene
from tracereach.coverage.services import Service, speak_alike

Confidence = Literal["High", "Medium", "Low"]
_MOST = 0.5
"""The share of lost calls that must be found again elsewhere to count as explained."""


@dataclass(frozen=True)
class Diagnosis:
    """A cause, where it sits, and what it rests on."""

    cause: Cause
    at: WorkloadReference
    confidence: Confidence
    evidence: str
    alternatives: tuple[Cause, ...] = ()
    remedy: str = ""
    """Where there is a better one than the cause's own."""


@dataclass(frozen=True)
class LossyHop:
    """A hop that loses calls, and all that is known around it."""

    edge: Edge
    scene: Scene

    @property
    def caller(self) -> Service:
        """The calling end."""
        return self.scene.service(self.edge.caller)

    @property
    def callee(self) -> Service:
        """The end that is called."""
        return self.scene.service(self.edge.callee)

    @property
    def callee_is_silent(self) -> bool:
        """Whether the callee has sent no span."""
        return self.scene.is_silent(self.edge.callee)

    @property
    def unpaired(self) -> int:
        """Calls that the callee did not continue."""
        return self.edge.calls - self.edge.paired

    def explains(self, count: int) -> bool:
        """Whether `count` requests seen elsewhere are most of the lost calls."""
        return count >= max(1, self.unpaired * _MOST)

    @property
    def roots_behind(self) -> int:
        """Requests without context that a silent callee may have passed on."""
        return self.scene.behind(self.edge.callee, self.unpaired, self.scene.all_roots)

    @property
    def orphans_behind(self) -> int:
        """Requests with a context that nobody has seen, which a silent callee may have passed on."""
        return self.scene.behind(self.edge.callee, self.unpaired, self.scene.all_orphans)


Rule = Callable[[LossyHop], Diagnosis | None]


def lost_in_process(hop: LossyHop) -> Diagnosis | None:
    """The callee goes on with traces that the caller has only begun, although it was at work for somebody."""
    edge = hop.edge
    if edge.begun <= hop.unpaired:
        return None
    taken = hop.scene.counts(edge.caller).taken
    evidence = f"{edge.begun} of its {edge.calls} calls begin a trace, while it took {taken} requests"
    return Diagnosis(Cause.CONTEXT_LOST_IN_PROCESS, edge.caller, "High" if not edge.carried else "Medium", evidence)


def proxy_by_probe(hop: LossyHop) -> Diagnosis | None:
    """A probe went through the callee and came out at another service with other headers: a proxy."""
    found = {
        "Dropped": (Cause.HEADERS_DROPPED, "without context"),
        "Rewritten": (Cause.HEADERS_REWRITTEN, "with the context of another trace"),
        "B3Only": (Cause.PROPAGATOR_MISMATCH, "only with B3 headers"),
    }.get(hop.scene.forwarded.get(hop.edge.callee, ""))
    if found is None or not hop.callee_is_silent:
        return None
    cause, how = found
    return Diagnosis(cause, hop.edge.callee, "High", f"a probe that it forwarded arrived {how}")


def proxy_by_settings(hop: LossyHop) -> Diagnosis | None:
    """A callee without the injection has propagators of its own, none of which its caller speaks."""
    callee = hop.callee
    if callee.injected or not callee.sets("OTEL_PROPAGATORS") or speak_alike(hop.caller, callee) is not False:
        return None
    return _mismatch(hop, callee, "High" if hop.scene.is_silent(callee.reference) else "Medium")


def declared_proxy(hop: LossyHop) -> Diagnosis | None:
    """The callee is declared to hand headers on, and what came out of it has none, or others."""
    if hop.edge.callee not in hop.scene.proxies or not hop.callee_is_silent:
        return None
    if hop.explains(hop.orphans_behind):
        evidence = f"{hop.orphans_behind} requests behind it continue a trace that nobody knows"
        return Diagnosis(Cause.HEADERS_REWRITTEN, hop.edge.callee, "High", evidence)
    evidence = f"{hop.unpaired} calls, and {hop.roots_behind} requests behind it begin new traces"
    return Diagnosis(Cause.HEADERS_DROPPED, hop.edge.callee, "High", evidence)


def not_injected(hop: LossyHop) -> Diagnosis | None:
    """The callee has no injection, and sends nothing."""
    callee = hop.callee
    if callee.injected or not hop.callee_is_silent:
        return None
    if hop.explains(hop.orphans_behind):
        evidence = f"no spans from it, and {hop.orphans_behind} requests behind it continue a trace that nobody knows"
        return Diagnosis(
            Cause.HEADERS_REWRITTEN, callee.reference, "Medium", evidence, (Cause.NOT_INSTRUMENTED,), _PROBE
        )
    why = f"{callee.reason}: {EXPLANATIONS[callee.reason].meaning}" if callee.reason else "no policy selects it"
    remedy = EXPLANATIONS[callee.reason].remedy if callee.reason else ""
    roots = hop.roots_behind
    begins = f", and {roots} requests behind it begin new traces" if roots else ""
    evidence = f"{hop.unpaired} calls, no spans from it{begins}; {why}"
    forwards = callee.reason is None and hop.explains(roots)
    alternatives = (Cause.HEADERS_DROPPED,) if forwards else ()
    confidence: Confidence = "Medium" if forwards else "High"
    return Diagnosis(Cause.NOT_INSTRUMENTED, callee.reference, confidence, evidence, alternatives, remedy)


def exports_nothing(hop: LossyHop) -> Diagnosis | None:
    """The callee's own settings name no exporter."""
    if hop.callee.route is not Route.NOWHERE or not hop.callee_is_silent:
        return None
    evidence = "it sets OTEL_TRACES_EXPORTER to something that exports nothing to its collector"
    return Diagnosis(
        Cause.SPANS_NOT_EXPORTED, hop.edge.callee, "High", evidence, remedy="Take OTEL_TRACES_EXPORTER out of it."
    )


def sampler_by_settings(hop: LossyHop) -> Diagnosis | None:
    """The callee's sampler does not ask its caller."""
    callee = hop.callee
    if not callee.sampler_ignores_its_caller or hop.explains(hop.scene.roots(callee.reference)):
        return None
    tracing = callee.tracing
    who = "its own" if callee.sets("OTEL_TRACES_SAMPLER") else "the policy's"
    evidence = f"{who} sampler is {tracing.sampler if tracing else ''}, and {hop.unpaired} of {hop.edge.calls} calls"
    return Diagnosis(
        Cause.SAMPLER_DROPS, callee.reference, "High", f"{evidence} left no span of it, nor a new trace behind it"
    )


def export_lost(hop: LossyHop) -> Diagnosis | None:
    """The callee sends nothing, and yet services behind it continue a trace that only it can have handed on."""
    if not hop.callee_is_silent or not hop.explains(hop.orphans_behind):
        return None
    evidence = f"no spans from it, and {hop.orphans_behind} requests behind it continue a trace that it handed on"
    return Diagnosis(Cause.SPANS_NOT_EXPORTED, hop.edge.callee, "High", evidence)


def agent_asleep(hop: LossyHop) -> Diagnosis | None:
    """The callee has the injection and sends nothing, and services behind it begin new traces."""
    if not hop.callee_is_silent or not hop.explains(hop.roots_behind):
        return None
    evidence = (
        f"it has the injection and sends no spans, and {hop.roots_behind} requests behind it begin new traces:"
        " no agent runs in it"
    )
    remedy = "Look at its log for what its agent says, and name the right one by the annotation tracereach.dev/agents."
    return Diagnosis(Cause.NOT_INSTRUMENTED, hop.edge.callee, "Medium", evidence, (Cause.HEADERS_DROPPED,), remedy)


def silent_with_all_behind(hop: LossyHop) -> Diagnosis | None:
    """The callee sends nothing, and neither does anything behind it: it decided for all of them."""
    behind = hop.scene.callees.get(hop.edge.callee, frozenset())
    if not hop.callee_is_silent or not behind or not all(map(hop.scene.is_silent, behind)):
        return None
    evidence = f"neither it nor the {len(behind)} services that it calls send spans, and no new trace begins there"
    return Diagnosis(Cause.SAMPLER_DROPS, hop.edge.callee, "Medium", evidence, (Cause.SPANS_NOT_EXPORTED,))


def silent_alone(hop: LossyHop) -> Diagnosis | None:
    """The callee has the injection and sends nothing, and nobody is behind it who could tell more."""
    if not hop.callee_is_silent:
        return None
    evidence = f"{hop.unpaired} calls and no spans from it, although its pods run with the injection"
    others = (Cause.SPANS_NOT_EXPORTED, Cause.SAMPLER_DROPS, Cause.NOT_INSTRUMENTED)
    return Diagnosis(Cause.SERVER_LIBRARY_NOT_INSTRUMENTED, hop.edge.callee, "Low", evidence, others)


def takes_no_requests(hop: LossyHop) -> Diagnosis | None:
    """The callee sends spans, and none of a request that it took."""
    counts = hop.scene.counts(hop.edge.callee)
    if counts.taken or not counts.total:
        return None
    evidence = f"{hop.unpaired} calls to it, {counts.client} by it that begin a trace each, and none that it took"
    return Diagnosis(Cause.SERVER_LIBRARY_NOT_INSTRUMENTED, hop.edge.callee, "High", evidence)


def mismatch_by_settings(hop: LossyHop) -> Diagnosis | None:
    """By their templates, the callee reads no header that the caller writes."""
    caller, callee = hop.caller, hop.callee
    if speak_alike(caller, callee) is not False:
        return None
    callee_differs = callee.sets("OTEL_PROPAGATORS") or not caller.sets("OTEL_PROPAGATORS")
    return _mismatch(hop, callee if callee_differs else caller, "High")


def sampled_by_code(hop: LossyHop) -> Diagnosis | None:
    """Some calls are continued, the others leave nothing: neither new traces nor unknown parents."""
    callee = hop.edge.callee
    if hop.scene.roots(callee) or hop.scene.orphans(callee):
        return None
    evidence = f"{hop.unpaired} of {hop.edge.calls} calls left no span of it at all, and the others were continued"
    return Diagnosis(Cause.SAMPLER_DROPS, callee, "Medium", evidence, (Cause.SPANS_NOT_EXPORTED,))


def rewritten_on_the_way(hop: LossyHop) -> Diagnosis | None:
    """The callee continues traces, but others than its caller's."""
    orphans = hop.scene.orphans(hop.edge.callee)
    if not hop.explains(orphans):
        return None
    evidence = f"{orphans} requests continue a trace that nobody knows, and {hop.unpaired} calls are missing"
    return Diagnosis(Cause.HEADERS_REWRITTEN, hop.edge.callee, "Medium", evidence)


def own_propagator(hop: LossyHop) -> Diagnosis | None:
    """One end loses context on all its hops, and its environment is right: its code decides otherwise."""
    scene, caller, callee = hop.scene, hop.edge.caller, hop.edge.callee
    if not hop.explains(scene.roots(callee)):
        return None
    ways_on, ways_in = scene.leaving(callee), scene.arriving(callee)
    if ways_on and all(map(_loses_everything, [*ways_on, *ways_in])):
        return _overridden(callee, f"all {len(ways_on) + len(ways_in)} hops into it and out of it lose their context")
    others, before = scene.leaving(caller), scene.arriving(caller)
    if before and all(map(_loses_everything, [*others, *before])):
        return _overridden(caller, f"all {len(others) + len(before)} hops into it and out of it lose their context")
    if len(others) > 1 and all(map(_loses_everything, others)):
        return _overridden(caller, f"all its {len(others)} callees begin new traces")
    return None


def dropped_on_the_way(hop: LossyHop) -> Diagnosis | None:
    """The callee begins new traces on this hop."""
    roots = hop.scene.roots(hop.edge.callee)
    if not hop.explains(roots):
        return None
    evidence = f"{roots} requests begin new traces in it, and {hop.unpaired} calls of its caller are missing"
    alone = len(hop.scene.arriving(hop.edge.callee)) < 2 and not hop.scene.leaving(hop.edge.callee)
    if alone:
        evidence = f"{evidence}; nothing else is called by it or calls it that would tell the two apart"
        return _overridden(hop.edge.callee, evidence, "Low", Cause.HEADERS_DROPPED)
    return Diagnosis(
        Cause.HEADERS_DROPPED, hop.edge.callee, "Medium", evidence, (Cause.OVERRIDDEN_BY_APPLICATION,), _PROBE
    )


def undecided(hop: LossyHop) -> Diagnosis:
    """What is left."""
    return Diagnosis(
        Cause.UNDECIDED, hop.edge.callee, "Low", f"{hop.unpaired} of {hop.edge.calls} calls were not continued"
    )


RULES: tuple[Rule, ...] = (
    lost_in_process,
    proxy_by_settings,
    proxy_by_probe,
    declared_proxy,
    not_injected,
    exports_nothing,
    sampler_by_settings,
    export_lost,
    agent_asleep,
    silent_with_all_behind,
    silent_alone,
    takes_no_requests,
    mismatch_by_settings,
    sampled_by_code,
    rewritten_on_the_way,
    own_propagator,
    dropped_on_the_way,
)
_PROBE = "Send a probe over the hop, which tells a proxy from a service: tracereach probe."


def diagnose(hop: LossyHop) -> Diagnosis:
    """The cause of a hop that loses calls."""
    return next((found for rule in RULES if (found := rule(hop))), None) or undecided(hop)


def _mismatch(hop: LossyHop, at: Service, confidence: Confidence) -> Diagnosis:
    caller, callee = hop.caller, hop.callee
    evidence = f"{_spoken(caller)} by its caller, {_spoken(callee)} by the callee, and no header in common"
    return Diagnosis(Cause.PROPAGATOR_MISMATCH, at.reference, confidence, evidence)


def _spoken(service: Service) -> str:
    names = service.tracing.propagators if service.tracing else None
    return ",".join(names) if names else "no propagator"


def _overridden(
    at: WorkloadReference, evidence: str, confidence: Confidence = "Medium", *alternatives: Cause
) -> Diagnosis:
    return Diagnosis(Cause.OVERRIDDEN_BY_APPLICATION, at, confidence, evidence, alternatives)


def _loses_everything(edge: Edge) -> bool:
    return edge.state == "Broken"
