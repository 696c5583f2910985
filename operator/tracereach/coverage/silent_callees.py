"""Why a callee is silent: rules of hops into workloads that have sent no span, or that are proxies.

First what is known of proxies, then workloads without the injection, then those that have it.
"""

from tracereach.api.causes import SILENCES, Cause, Silence
from tracereach.api.reasons import EXPLANATIONS, Reason
from tracereach.api.tracing import Route
from tracereach.coverage.diagnosis import Confidence, Diagnosis, LossyHop, mismatch
from tracereach.coverage.services import speak_alike

_MAY_TRACE_ITSELF = frozenset({None, Reason.OTHER_AGENT})
"""Why a callee is without the injection, where it may take part in traces all the same: only its silence tells."""


def proxy_by_settings(hop: LossyHop) -> Diagnosis | None:
    """A callee without the injection has propagators of its own, none of which its caller speaks."""
    callee = hop.callee
    if callee.injected or not callee.sets("OTEL_PROPAGATORS") or speak_alike(hop.caller, callee) is not False:
        return None
    return mismatch(hop, callee, "High" if hop.scene.is_silent(callee.reference) else "Medium")


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
    """The callee has no injection, and sends nothing: never within the window, or not any more.

    It may be a proxy, which only a probe tells. An SDK of its own that exports elsewhere is far more common than a
    proxy that makes up traces, so where requests behind it continue one that nobody knows, it is taken for that.
    """
    callee = hop.callee
    if callee.injected or not (hop.callee_is_silent or hop.callee_fell_silent):
        return None
    why = f"{callee.reason}: {EXPLANATIONS[callee.reason].meaning}" if callee.reason else "no policy selects it"
    remedy = EXPLANATIONS[callee.reason].remedy if callee.reason else ""
    ever = "" if hop.callee_is_silent else " any more"
    counted = f"{hop.unpaired} calls, no spans from it{ever}{_behind(hop)}; " if hop.is_counted else ""
    proxy = _as_proxy(hop)
    sure = not proxy and (hop.is_counted or callee.reason not in _MAY_TRACE_ITSELF)
    confidence: Confidence = "High" if sure else "Medium"
    return Diagnosis(Cause.NOT_INSTRUMENTED, callee.reference, confidence, f"{counted}{why}", proxy, remedy)


def _behind(hop: LossyHop) -> str:
    """What requests behind a silent callee do, in words."""
    if hop.roots_behind:
        return f", and {hop.roots_behind} requests behind it begin new traces"
    if hop.callee_is_silent and hop.orphans_behind:
        return f", and {hop.orphans_behind} requests behind it continue a trace that nobody knows, as by its own SDK"
    return ""


def _as_proxy(hop: LossyHop) -> tuple[Cause, ...]:
    """The cause where a callee that no policy selects is a proxy: what it then does to the headers."""
    if hop.callee.reason is not None:
        return ()
    if hop.explains(hop.roots_behind):
        return (Cause.HEADERS_DROPPED,)
    return (Cause.HEADERS_REWRITTEN,) if hop.callee_is_silent and hop.explains(hop.orphans_behind) else ()


def exports_nothing(hop: LossyHop) -> Diagnosis | None:
    """The callee's own settings name no exporter."""
    if hop.callee.route is not Route.NOWHERE or not hop.callee_is_silent:
        return None
    evidence = "it sets OTEL_TRACES_EXPORTER to something that exports nothing to its collector"
    return Diagnosis(
        Cause.SPANS_NOT_EXPORTED, hop.edge.callee, "High", evidence, remedy="Take OTEL_TRACES_EXPORTER out of it."
    )


def collectors_dead(hop: LossyHop) -> Diagnosis | None:
    """The callee's collectors do not report any more, whether or not spans of it arrived before."""
    if not hop.scene.lost_its_collectors(hop.edge.callee):
        return None
    evidence = f"{hop.unpaired} calls without a span of it, and none of the collectors in its pods reports any more"
    remedy = SILENCES[Silence.COLLECTORS_DOWN].remedy
    return Diagnosis(Cause.SPANS_NOT_EXPORTED, hop.edge.callee, "High", evidence, remedy=remedy)


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
    """The callee sends nothing, and neither does anything behind it that would: it decided for all of them."""
    called = map(hop.scene.service, hop.scene.callees(hop.edge.callee))
    behind = [one.reference for one in called if one.rolled_out and one.route is Route.SIDECAR]
    if not hop.callee_is_silent or not behind or not all(map(hop.scene.is_silent, behind)):
        return None
    evidence = (
        f"neither it nor any service with the injection that it calls ({len(behind)}) sends spans,"
        " and no new trace begins there"
    )
    return Diagnosis(Cause.SAMPLER_DROPS, hop.edge.callee, "Medium", evidence, (Cause.SPANS_NOT_EXPORTED,))


def silent_alone(hop: LossyHop) -> Diagnosis | None:
    """The callee has the injection and sends nothing, and nobody is behind it who could tell more."""
    if not hop.callee_is_silent:
        return None
    evidence = f"{hop.unpaired} calls and no span of them from it, although its pods run with the injection"
    others: tuple[Cause, ...] = (Cause.SPANS_NOT_EXPORTED, Cause.SAMPLER_DROPS, Cause.NOT_INSTRUMENTED)
    beside = hop.scene.collectors.get(hop.edge.callee)
    if beside and beside.alive:
        taken = (
            f"none of the {beside.accepted} spans that they have lately taken counts; those of health checks never do"
        )
        none = "have lately taken no span from it"
        evidence += f"; the collectors beside it live, and {taken if beside.accepted else none}"
        others = others[1:]
    return Diagnosis(Cause.SERVER_LIBRARY_NOT_INSTRUMENTED, hop.edge.callee, "Low", evidence, others)
