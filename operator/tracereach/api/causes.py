"""The one table of causes: why a trace stops at a hop, and why nothing is known of a service.

Status, events, the command line and the documentation all read this table, so a cause has one meaning everywhere.
"""

from enum import StrEnum

from tracereach.api.reasons import Explanation


class Cause(StrEnum):
    """Why context does not cross a hop. Each break has exactly one."""

    NOT_INSTRUMENTED = "NotInstrumented"
    PROPAGATOR_MISMATCH = "PropagatorMismatch"
    OVERRIDDEN_BY_APPLICATION = "OverriddenByApplication"
    SAMPLER_DROPS = "SamplerDrops"
    SPANS_NOT_EXPORTED = "SpansNotExported"
    HEADERS_DROPPED = "HeadersDropped"
    HEADERS_REWRITTEN = "HeadersRewritten"
    SERVER_LIBRARY_NOT_INSTRUMENTED = "ServerLibraryNotInstrumented"
    CLIENT_LIBRARY_NOT_INSTRUMENTED = "ClientLibraryNotInstrumented"
    CONTEXT_LOST_IN_PROCESS = "ContextLostInProcess"
    QUEUE_WITHOUT_LINK = "QueueWithoutLink"
    UNDECIDED = "Undecided"


CAUSES: dict[Cause, Explanation] = {
    Cause.NOT_INSTRUMENTED: Explanation(
        "The callee receives calls and sends no spans, and what it calls begins new traces: nothing in it takes part.",
        "Let a policy select it, or mend the reason for which it is left alone: tracereach explain SERVICE.",
    ),
    Cause.PROPAGATOR_MISMATCH: Explanation(
        "Caller and callee speak no common propagation format, so the callee begins a new trace.",
        "Give both a common format: take OTEL_PROPAGATORS out of the workload that sets its own, or add its format to"
        " spec.propagation.propagators.",
    ),
    Cause.OVERRIDDEN_BY_APPLICATION: Explanation(
        "Its environment is right, and yet context is lost on every hop into it and out of it: its own code sets"
        " another propagator or another SDK.",
        "Take the propagator out of the application's code, so that OTEL_PROPAGATORS counts.",
    ),
    Cause.SAMPLER_DROPS: Explanation(
        "The sampler of the service decides for itself which spans to record, whatever its caller decided.",
        "Use a sampler that begins with parentbased_: take OTEL_TRACES_SAMPLER out of the workload, or change"
        " spec.sampling.sampler.",
    ),
    Cause.SPANS_NOT_EXPORTED: Explanation(
        "The service hands context on and none of its spans arrive: they are lost on the way out.",
        "Look at the log of its collector, and at the endpoint and protocol that it exports to.",
    ),
    Cause.HEADERS_DROPPED: Explanation(
        "Something between caller and callee, such as a proxy, takes the headers with the context away.",
        "Let the proxy pass on traceparent, tracestate and baggage, or declare the hop as a Boundary.",
    ),
    Cause.HEADERS_REWRITTEN: Explanation(
        "Something between caller and callee, such as a proxy, replaces traceparent by one of a trace of its own.",
        "Let the proxy continue the trace that it receives, or switch off its own tracing.",
    ),
    Cause.SERVER_LIBRARY_NOT_INSTRUMENTED: Explanation(
        "The service sends spans of its outgoing calls and none of the requests that it takes, so each call begins a"
        " trace.",
        "Use a server library that the agent instruments, or switch its instrumentation on again.",
    ),
    Cause.CLIENT_LIBRARY_NOT_INSTRUMENTED: Explanation(
        "The service takes part in traces and sends no spans of the calls that it makes, so its callees begin new"
        " ones.",
        "Use a client library that the agent instruments, or switch its instrumentation on again.",
    ),
    Cause.CONTEXT_LOST_IN_PROCESS: Explanation(
        "The service continues traces, but some calls that it makes begin new ones: context does not follow the work"
        " to another thread, task or queue.",
        "Hand context over where work changes threads: wrap executors and callbacks, as with Context.current().wrap."
        " Where a timer of its own makes the calls, declare the hop as a Boundary.",
    ),
    Cause.QUEUE_WITHOUT_LINK: Explanation(
        "Messages arrive without the context of whoever sent them.",
        "Let producer and consumer use instrumented libraries, and brokers keep message headers.",
    ),
    Cause.UNDECIDED: Explanation(
        "Context is lost on the hop, and what is known fits more than one cause.",
        "Send a probe over the hop: tracereach probe.",
    ),
}


class Blindness(StrEnum):
    """Why the spans of a whole policy say nothing."""

    GATEWAY_UNREACHABLE = "GatewayUnreachable"
    PROMETHEUS_UNREACHABLE = "PrometheusUnreachable"
    MEASUREMENT_DEGRADED = "MeasurementDegraded"
    WARMING_UP = "WarmingUp"
    NO_SPANS = "NoSpans"


class Silence(StrEnum):
    """Why nothing is known of a service: it counts neither as covered nor as broken."""

    NOT_ROLLED_OUT = "NotRolledOut"
    EXPORTS_ELSEWHERE = "ExportsElsewhere"
    DIRECT = "Direct"
    SAMPLED_OUT = "SampledOut"
    WARMING_UP = "WarmingUp"
    NO_TRAFFIC = "NoTraffic"
    COLLECTORS_DOWN = "CollectorsDown"
    CALLS_FAIL = "CallsFail"
    MEASUREMENT_DEGRADED = "MeasurementDegraded"


SILENCES: dict[Silence, Explanation] = {
    Silence.NOT_ROLLED_OUT: Explanation(
        "Not all of its pods run with an injection: it is on its way, or no policy gives it one.",
        "Look at its state in tracereach status; where it has no row, let a policy select it.",
    ),
    Silence.EXPORTS_ELSEWHERE: Explanation(
        "The workload sets an endpoint of its own, so its spans go past the sidecar and are not counted here.",
        "Take OTEL_EXPORTER_OTLP_ENDPOINT out of the workload; its spans then reach the policy's backend.",
    ),
    Silence.DIRECT: Explanation(
        "Its spans go from the SDK straight to the backend, and are not counted here.",
        "Set spec.collector.mode to Sidecar to measure it.",
    ),
    Silence.SAMPLED_OUT: Explanation(
        "Its sampler records too few of its requests to tell.",
        "Nothing to do, or raise spec.sampling.ratio.",
    ),
    Silence.WARMING_UP: Explanation(
        "Its pods are new, or the window has only begun, as after a restart of the operator.",
        "Nothing to do; it is judged within two windows.",
    ),
    Silence.NO_TRAFFIC: Explanation(
        "No request has reached it within the window, or too few to tell.", "Nothing to do."
    ),
    Silence.COLLECTORS_DOWN: Explanation(
        "None of the collectors in its pods reports any more, so no span of it can arrive.",
        "Look at the state and the log of the container tracereach-collector in its pods.",
    ),
    Silence.CALLS_FAIL: Explanation(
        "Calls to it fail, and no span of it shows that they arrive: nothing answers, or what answers is not traced.",
        "Look at whether its port answers, and at the errors in the spans of its callers.",
    ),
    Silence.MEASUREMENT_DEGRADED: Explanation(
        "The coverage gateway's counters cannot be read, or it says that it drops spans.",
        "Look at the operator's log, at the gateway's pods and log, and at the Prometheus if one is read instead; give"
        " the gateway more memory or replicas by the chart's values.",
    ),
}

UNREACHABLE_BACKEND = Explanation(
    "The backend does not take its spans, so its traces are not kept; coverage is measured all the same.",
    "Look at spec.export.endpoint, and at the log of the container tracereach-collector in its pods.",
)
"""Said of a workload whose collectors get no spans through to the policy's endpoint."""
