"""Why traces do not go on in a callee that sends spans: what its new traces, unknown parents and missing spans tell."""

from tracereach.api.causes import Cause
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.diagnosis import PROBE, Confidence, Diagnosis, LossyHop, mismatch
from tracereach.coverage.edges import Edge
from tracereach.coverage.services import speak_alike


def takes_no_requests(hop: LossyHop) -> Diagnosis | None:
    """The callee sends spans, and none of a request that it took."""
    counts = hop.scene.counts(hop.edge.callee)
    if counts.taken or not counts.total:
        return None
    evidence = f"{hop.unpaired} calls to it, {counts.client_root} by it that begin a trace each, and none that it took"
    return Diagnosis(Cause.SERVER_LIBRARY_NOT_INSTRUMENTED, hop.edge.callee, "High", evidence)


def mismatch_by_settings(hop: LossyHop) -> Diagnosis | None:
    """By their templates, the callee reads no header that the caller writes."""
    caller, callee = hop.caller, hop.callee
    if speak_alike(caller, callee) is not False:
        return None
    callee_differs = callee.sets("OTEL_PROPAGATORS") or not caller.sets("OTEL_PROPAGATORS")
    return mismatch(hop, callee if callee_differs else caller, "High")


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
    if hop.edge.callee in hop.scene.entries:
        evidence = f"{evidence}; users begin traces there too"
        others = (Cause.OVERRIDDEN_BY_APPLICATION, Cause.SAMPLER_DROPS)
        return Diagnosis(Cause.HEADERS_DROPPED, hop.edge.callee, "Low", evidence, others, PROBE)
    alone = len(hop.scene.arriving(hop.edge.callee)) < 2 and not hop.scene.leaving(hop.edge.callee)
    if alone:
        evidence = f"{evidence}; nothing else is called by it or calls it that would tell the two apart"
        return _overridden(hop.edge.callee, evidence, "Low", Cause.HEADERS_DROPPED)
    return Diagnosis(
        Cause.HEADERS_DROPPED, hop.edge.callee, "Medium", evidence, (Cause.OVERRIDDEN_BY_APPLICATION,), PROBE
    )


def _overridden(
    at: WorkloadReference, evidence: str, confidence: Confidence = "Medium", *alternatives: Cause
) -> Diagnosis:
    return Diagnosis(Cause.OVERRIDDEN_BY_APPLICATION, at, confidence, evidence, alternatives)


def _loses_everything(edge: Edge) -> bool:
    return edge.state == "Broken"
