"""A namespace `shop` with policies, workloads and what is remembered of them, as one look at the cluster."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from tests.unit.api.policies import body
from tests.unit.inject.conftest import CATALOGUE
from tests.unit.rollout.fleet import AT_ONCE, HEALTHY
from tracereach.api.acceptance import PolicyReference
from tracereach.api.catalogue import Catalogue
from tracereach.api.status import TracedWorkloadSpec, TracedWorkloadStatus
from tracereach.api.workload import Replicas, Workload, WorkloadReference
from tracereach.cluster.capabilities import Capabilities
from tracereach.cluster.projections import NamespaceRecord, ServiceRecord, TracedWorkloadRecord
from tracereach.controller.rendering import Surroundings
from tracereach.controller.snapshot import Policies, Snapshot, read_policies

SHOP = PolicyReference("TracingPolicy", "shop", "shop")
MODERN = Capabilities(image_volumes=True, native_sidecars=True)
HERE = Surroundings(MODERN)
TEMPLATE: dict[str, Any] = {"spec": {"containers": [{"name": "app", "command": ["node", "."]}]}}


def policy_body(name: str = "shop", *, metadata: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A policy as the API server sends it; without `spec.export` in `spec` it is one that is accepted."""
    found = body(**{"rollout": AT_ONCE} | spec)
    return found | {"metadata": found["metadata"] | {"name": name, "generation": 3} | (metadata or {})}


def policies(*bodies: dict[str, Any], catalogue: Catalogue = CATALOGUE) -> Policies:
    references = (PolicyReference("TracingPolicy", "shop", one["metadata"]["name"]) for one in bodies)
    return read_policies(dict(zip(references, bodies, strict=True)), catalogue)


def workload(
    name: str = "orders",
    *,
    template: Mapping[str, Any] = TEMPLATE,
    labels: Mapping[str, str] | None = None,
    replicas: Replicas = HEALTHY,
    pod_labels: Mapping[str, str] | None = None,
    namespace: str = "shop",
) -> Workload:
    return Workload(
        WorkloadReference(namespace, "Deployment", name),
        f"uid-{name}",
        "1",
        labels={"tracing": "enabled"} if labels is None else labels,
        template=json.dumps(template).encode(),
        replicas=replicas,
        pod_labels=pod_labels or {},
    )


def remembered(one: Workload, status: TracedWorkloadStatus, *, uid: str = "") -> TracedWorkloadRecord:
    spec = TracedWorkloadSpec(kind="Deployment", name=one.reference.name, uid=uid or one.uid, policy=str(SHOP))
    return TracedWorkloadRecord("shop", f"deployment-{one.reference.name}", spec, status, "1")


def snapshot(
    policies: Policies,
    *workloads: Workload,
    memories: Iterable[TracedWorkloadRecord] = (),
    services: Iterable[ServiceRecord] = (),
    namespace_labels: dict[str, str] | None = None,
    terminating: bool = False,
) -> Snapshot:
    return Snapshot(
        policies=policies,
        workloads={one.reference: one for one in workloads},
        namespaces={"shop": NamespaceRecord("shop", namespace_labels or {}, terminating=terminating)},
        services={(one.namespace, one.name): one for one in services},
        memories={memory.workload: memory for memory in memories},
        capabilities=MODERN,
    )
