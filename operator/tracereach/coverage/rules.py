"""Why context does not cross a hop: the rules, in the order in which they are asked. The first that answers is right.

The order goes from what is known for certain, as from templates, to what has to be told from the traces left behind;
what each cause leaves was measured on real pods, one cause at a time.
"""

from tracereach.api.causes import Cause
from tracereach.coverage import silent_callees, speaking_callees
from tracereach.coverage.diagnosis import Diagnosis, LossyHop, Rule


def lost_in_process(hop: LossyHop) -> Diagnosis | None:
    """The callee goes on with traces that the caller has only begun, although it was at work for somebody."""
    edge = hop.edge
    if edge.begun <= hop.unpaired:
        return None
    taken = hop.scene.counts(edge.caller).taken
    evidence = f"{edge.begun} of its {edge.calls} calls begin a trace, while it took {taken} requests"
    return Diagnosis(Cause.CONTEXT_LOST_IN_PROCESS, edge.caller, "High" if not edge.carried else "Medium", evidence)


def sampler_by_settings(hop: LossyHop) -> Diagnosis | None:
    """The callee's sampler does not ask its caller."""
    callee = hop.callee
    if not callee.sampler_ignores_its_caller or hop.explains(hop.scene.roots(callee.reference)):
        return None
    tracing = callee.tracing
    who = "its own" if callee.sets("OTEL_TRACES_SAMPLER") else "the policy's"
    evidence = f"{who} sampler is {tracing.sampler if tracing else ''}"
    if hop.is_counted:
        calls = f"{hop.unpaired} of {hop.edge.calls} calls"
        evidence = f"{evidence}, and {calls} left no span of it, nor a new trace behind it"
    return Diagnosis(Cause.SAMPLER_DROPS, callee.reference, "High", evidence)


def undecided(hop: LossyHop) -> Diagnosis:
    """What is left."""
    return Diagnosis(
        Cause.UNDECIDED, hop.edge.callee, "Low", f"{hop.unpaired} of {hop.edge.calls} calls were not continued"
    )


RULES: tuple[Rule, ...] = (
    lost_in_process,
    silent_callees.proxy_by_settings,
    silent_callees.proxy_by_probe,
    silent_callees.declared_proxy,
    silent_callees.not_injected,
    silent_callees.collectors_dead,
    silent_callees.exports_nothing,
    sampler_by_settings,
    silent_callees.export_lost,
    silent_callees.agent_asleep,
    silent_callees.silent_with_all_behind,
    silent_callees.silent_alone,
    speaking_callees.takes_no_requests,
    speaking_callees.mismatch_by_settings,
    speaking_callees.sampled_by_code,
    speaking_callees.rewritten_on_the_way,
    speaking_callees.own_propagator,
    speaking_callees.dropped_on_the_way,
)

BY_TEMPLATES: tuple[Rule, ...] = (
    silent_callees.proxy_by_settings,
    silent_callees.not_injected,
    silent_callees.exports_nothing,
    sampler_by_settings,
    speaking_callees.mismatch_by_settings,
)
"""Those of the rules that can answer before a call was counted, in the same order."""


def diagnose(hop: LossyHop) -> Diagnosis:
    """The cause of a hop that loses calls."""
    return next((found for rule in RULES if (found := rule(hop))), None) or undecided(hop)


def foresee(hop: LossyHop) -> Diagnosis | None:
    """Why a hop of which no call was counted will lose them; None where templates give no reason to expect it."""
    return next((found for rule in BY_TEMPLATES if (found := rule(hop))), None)
