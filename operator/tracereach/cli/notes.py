"""What the owner of a workload should know before it is injected."""

from collections.abc import Iterator, Mapping
from typing import Any

from tracereach.api import names
from tracereach.cli.costs import costs
from tracereach.cli.decisions import Decision
from tracereach.cli.workloads import texts
from tracereach.inject.containers import containers, uses_host_network
from tracereach.rollout.downtime import downtime


def notes(decision: Decision) -> Iterator[str]:
    """One line for each thing to know."""
    yield from _misplaced(decision)
    if not decision.containers:
        return
    workload = decision.workload
    if away := downtime(workload.reference.kind, workload.spec):
        yield f"it is away while it is rolled out: {away}"
    if decision.collector == "Direct" and uses_host_network(workload.template):
        yield "it gets no sidecar, because of hostNetwork: its spans go to the backend, unseen by coverage"
    if policy := _without_services(workload.template["spec"]):
        yield f"{policy} keeps it from names of Services: spans get to no collector or endpoint that is named so"
    yield from costs(workload.template, decision.containers)


def _without_services(spec: Mapping[str, Any]) -> str | None:
    """The field by which the pods ask the node's resolver, which knows no Service."""
    policy = spec.get("dnsPolicy") or "ClusterFirst"
    if policy == "Default":
        return "dnsPolicy: Default"
    if policy == "ClusterFirst" and spec.get("hostNetwork"):
        return "hostNetwork without dnsPolicy: ClusterFirstWithHostNet"
    return None


def _misplaced(decision: Decision) -> Iterator[str]:
    """Requests for agents, or for none, that nobody reads where they are."""
    workload = decision.workload
    if names.INJECT_LABEL in workload.annotations:
        where = "make it a label, or move it to spec.template.metadata"
        yield f"its annotation {names.INJECT_LABEL} has no effect on the workload: {where}"
    for field, own in (("annotation", workload.annotations), ("label", workload.labels)):
        for key in own:
            if key == names.AGENTS_ANNOTATION or key.startswith(names.CONTAINER_AGENTS_PREFIX):
                yield f"its {field} {key} has no effect on the workload: move it to spec.template.metadata"
    known = {container["name"] for container in containers(workload.template)}
    for key in texts(workload.template.get("metadata") or {}, "annotations"):
        name = key.removeprefix(names.CONTAINER_AGENTS_PREFIX)
        if name != key and name not in known:
            yield f"the annotation {key} names no container; there are {', '.join(sorted(known)) or 'none'}"
