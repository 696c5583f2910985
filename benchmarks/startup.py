"""How long a pod takes to become ready with agents in it, against the same pod without any: `make bench-startup`.

The three services of the demo that have an agent of ours, each as a Pod made from its own template by `inject`: no
operator takes part. The pod without an injection is the raw limit, measured in the same rounds. Images are on the node
already, as they are for every pod but a node's first, so what is timed is mounting or copying the agents, starting the
collector, and the application's start with its agent. Needs a cluster with the demo's images, as `make images` leaves
it; names of services as arguments measure those alone.
"""

import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from tests.shop.kubernetes import kubectl
from tests.shop.steps import ROOT
from tracereach.api import names
from tracereach.api.acceptance import accept
from tracereach.api.catalogue import Catalogue
from tracereach.api.revision import revision_of
from tracereach.api.workload import WorkloadReference
from tracereach.inject import Injection, PodTemplate, inject
from tracereach.inject.injection import Delivery

_ROUNDS = 3
_NAMESPACE = "startup"
_SERVICES = {"payments": "java", "storefront": "nodejs", "orders": "python"}
_EVERY_AGENT = tuple(_SERVICES.values())
_CATALOGUE = Catalogue(
    agents={name: f"localhost/tracereach/agent-{name}:dev" for name in _EVERY_AGENT},
    collector="localhost/tracereach/collector:dev",
    gateway="tracereach-gateway.tracereach-system:4317",
)


@dataclass(frozen=True)
class Variant:
    """One way of making the pod."""

    title: str
    agents: tuple[str, ...]
    delivery: Delivery = "ImageVolume"


def main(services: tuple[str, ...]) -> None:
    """Measure every variant of each service, one pod at a time, and print the medians."""
    table = Table("seconds to Ready", *services, title=f"medians of {_ROUNDS} rounds, {os.cpu_count()} CPUs")
    with _namespace():
        columns = [_measure(service) for service in services]
    for titled in zip(*(column.items() for column in columns), strict=True):
        table.add_row(titled[0][0], *(_cell(seconds) for _, seconds in titled))
    Console().print(table)


def _measure(service: str) -> dict[str, list[float]]:
    """The seconds of each round by variant. Rounds take turns, so that what else the machine does meets all alike."""
    workload = _workload(service)
    templates = {variant.title: _template(workload, variant) for variant in _variants(_SERVICES[service])}
    seconds: dict[str, list[float]] = {title: [] for title in templates}
    for _ in range(_ROUNDS):
        for title, template in templates.items():
            seconds[title].append(_seconds_to_ready(service, template))
    return seconds


def _variants(own: str) -> tuple[Variant, ...]:
    return (
        Variant("no injection", ()),
        Variant("collector, no agent", ("sdk",)),
        Variant("own agent, image volume", (own,)),
        Variant("all agents, image volume", _EVERY_AGENT),
        Variant("own agent, init container", (own,), "InitContainer"),
        Variant("all agents, init container", _EVERY_AGENT, "InitContainer"),
    )


def _workload(service: str) -> dict[str, Any]:
    """The service's Deployment, with a probe that sees at once when it is ready."""
    documents = yaml.safe_load_all((ROOT / f"manifests/demo/{service}.yaml").read_text(encoding="utf-8"))
    workload: dict[str, Any] = next(document for document in documents if document["kind"] == "Deployment")
    workload["spec"]["template"]["spec"]["containers"][0]["readinessProbe"]["periodSeconds"] = 1
    return workload


def _template(workload: dict[str, Any], variant: Variant) -> PodTemplate:
    template: PodTemplate = workload["spec"]["template"]
    if not variant.agents:
        return template
    policy = accept(
        {
            "apiVersion": names.API_VERSION,
            "kind": names.POLICY_KIND,
            "metadata": {"name": "startup", "namespace": _NAMESPACE},
            "spec": {
                "selector": {"matchLabels": {"tracing": "enabled"}},
                "agents": list(variant.agents),
                "export": {"endpoint": "http://backend.shop:4317"},
            },
        }
    )
    injection = Injection(
        policy=policy.reference,
        revision=revision_of(policy.spec, _CATALOGUE),
        workload=WorkloadReference(_NAMESPACE, "Deployment", workload["metadata"]["name"]),
        delivery=variant.delivery,
        native_sidecars=True,
    )
    return inject(template, injection).template


def _seconds_to_ready(name: str, template: PodTemplate) -> float:
    """From the moment that the API server has stored the pod."""
    metadata = template["metadata"] | {"name": name, "namespace": _NAMESPACE}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    kubectl("create", "--filename", "-", stdin=json.dumps(pod))
    begun = time.perf_counter()
    kubectl("--namespace", _NAMESPACE, "wait", "--for=condition=Ready", f"pod/{name}", "--timeout=120s")
    seconds = time.perf_counter() - begun
    kubectl("--namespace", _NAMESPACE, "delete", "pod", name, "--grace-period=1", "--wait")
    return seconds


@contextmanager
def _namespace() -> Iterator[None]:
    """A namespace of PodSecurity level restricted, as the demo's."""
    labels = {"pod-security.kubernetes.io/enforce": "restricted"}
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": _NAMESPACE, "labels": labels}}
    kubectl("apply", "--filename", "-", stdin=json.dumps(body))
    try:
        kubectl("--namespace", _NAMESPACE, "wait", "--for=create", "serviceaccount/default", "--timeout=30s")
        yield
    finally:
        kubectl("delete", "namespace", _NAMESPACE, "--wait")


def _cell(seconds: list[float]) -> str:
    return f"{statistics.median(seconds):.1f} ({min(seconds):.1f} to {max(seconds):.1f})"


if __name__ == "__main__":
    main(tuple(sys.argv[1:]) or tuple(_SERVICES))
