"""What a policy may say and most likely does not mean: it is accepted, with a warning in status or terminal."""

from collections.abc import Iterator
from itertools import pairwise
from typing import get_args
from urllib.parse import urlsplit

from tracereach.api.acceptance import Problem
from tracereach.api.export import GRPC_PORT, HTTP_PORT
from tracereach.api.policy import PolicySpec
from tracereach.api.propagators import PROPAGATORS
from tracereach.api.workload import WorkloadKind

_END = "name a Service, as NAME or NAME.NAMESPACE, or a workload, as NAMESPACE/KIND/NAME"


def warnings(spec: PolicySpec) -> tuple[Problem, ...]:
    """What is allowed and yet most likely a mistake."""
    return (
        *_unusual_port(spec),
        *_privileged_agent(spec),
        *_unknown_propagators(spec),
        *_none_among_others(spec),
        *_idle_ratio(spec),
        *_waves_that_do_not_grow(spec),
        *_hops_of_nobody(spec),
    )


def _unusual_port(spec: PolicySpec) -> Iterator[Problem]:
    port = urlsplit(spec.export.endpoint).port
    expected = {"grpc": GRPC_PORT, "http/protobuf": HTTP_PORT}[spec.export.protocol]
    if port in {GRPC_PORT, HTTP_PORT} and port != expected:
        message = f"port {port} does not usually speak {spec.export.protocol}; that is port {expected}"
        yield Problem("spec.export.endpoint", message)


def _privileged_agent(spec: PolicySpec) -> Iterator[Problem]:
    if "go" in spec.agents:
        message = (
            "go needs a privileged container in each pod, which namespaces with PodSecurity baseline or restricted"
            " refuse, and a kernel that lets eBPF programs write headers"
        )
        yield Problem(f"spec.agents[{spec.agents.index('go')}]", message)


def _unknown_propagators(spec: PolicySpec) -> Iterator[Problem]:
    """Propagators that an agent which is asked for by name does not have: the trace breaks there.

    Not `baggage`, which is there by default and carries no trace.
    """
    for index, name in enumerate(spec.propagation.propagators):
        if name == "baggage":
            continue
        unable = [agent for agent in spec.agents if agent != "Auto" and agent not in PROPAGATORS[name].agents]
        if unable:
            yield Problem(f"spec.propagation.propagators[{index}]", f"{name} is not known to {', '.join(unable)}")


def _none_among_others(spec: PolicySpec) -> Iterator[Problem]:
    names = spec.propagation.propagators
    if "none" in names and len(names) > 1:
        message = "none stands for no propagator at all; what it means among others is up to each SDK"
        yield Problem(f"spec.propagation.propagators[{names.index('none')}]", message)


def _idle_ratio(spec: PolicySpec) -> Iterator[Problem]:
    """A share for a sampler that takes none. The default, which the API server fills in, records all."""
    sampler = spec.sampling.sampler
    if not sampler.endswith("traceidratio") and float(spec.sampling.ratio) != 1:
        better = "parentbased_traceidratio" if sampler.startswith("parentbased_") else "traceidratio"
        yield Problem("spec.sampling.ratio", f"has no effect with {sampler}; choose {better}")


def _waves_that_do_not_grow(spec: PolicySpec) -> Iterator[Problem]:
    for index, (before, share) in enumerate(pairwise(spec.rollout.waves), start=1):
        if int(share[:-1]) <= int(before[:-1]):
            message = (
                f"{share} is not more than {before} before it;"
                " each share includes those before it, so list them in ascending order"
            )
            yield Problem(f"spec.rollout.waves[{index}]", message)


def _hops_of_nobody(spec: PolicySpec) -> Iterator[Problem]:
    """Ends that can never lead to a workload, whatever is in the cluster; coverage tells of those that might."""
    for index, edge in enumerate(spec.coverage.declared_edges):
        for field, end in (("caller", edge.caller), ("callee", edge.callee)):
            if problem := _nobody(end):
                yield Problem(f"spec.coverage.declaredEdges[{index}].{field}", problem)


def _nobody(end: str) -> str:
    parts = end.split("/")
    if not end.strip():
        return f"is empty; {_END}"
    if len(parts) not in {1, 3} or not all(parts):
        return f"leads to no workload; {_END}"
    *kinds, last = get_args(WorkloadKind)
    if len(parts) == 3 and parts[1] not in {*kinds, last}:
        must = f"it must be {', '.join(kinds)} or {last}"
        return f"{parts[1]} is no kind of workload, so no call is found there: {must}"
    return ""
