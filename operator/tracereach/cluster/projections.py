"""From an object of the API server to the small record that is kept of it, for every kind we watch."""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import ValidationError

from tracereach.api import names
from tracereach.api.status import TracedWorkloadSpec, TracedWorkloadStatus
from tracereach.api.workload import Workload, WorkloadKind, WorkloadReference
from tracereach.cluster.informer import Projection
from tracereach.cluster.replicas import replicas_of
from tracereach.cluster.resources import (
    CONFIG_MAPS,
    ENDPOINT_SLICES,
    NAMESPACES,
    NODES,
    SERVICES,
    TRACED_WORKLOADS,
    WORKLOADS,
    Object,
)
from tracereach.cluster.versions import version_of
from tracereach.coverage.configured import hosts_by_key
from tracereach.inject.other_agents import marks
from tracereach.rollout.downtime import downtime
from tracereach.rollout.selection import pod_template_opts_out

_log = logging.getLogger(__name__)
_GRPC_PROTOCOLS = frozenset({"grpc", "kubernetes.io/h2c"})
_GRPC_PORT_NAME = re.compile("grpc(-(?!web)|$)")
"""A name of a port, or its beginning; gRPC-Web is spoken over HTTP/1.1 too."""
_SERVICE_OF_A_SLICE = "kubernetes.io/service-name"
_REQUESTS = {"retry": names.RETRY_ANNOTATION, "rollback": names.ROLLBACK_ANNOTATION}

NamespacedName = tuple[str, str]
"""Namespace and name."""


@dataclass(frozen=True)
class NamespaceRecord:
    """A namespace."""

    name: str
    labels: dict[str, str]
    terminating: bool
    marks: dict[str, str] = field(default_factory=dict)
    """Those of its annotations and labels by which another tracing system may be asked into its pods."""


@dataclass(frozen=True)
class NodeRecord:
    """What of a node decides how agents can be delivered to it."""

    name: str
    container_runtime: str
    """Name and version as one text, such as `containerd://2.3.7`."""
    kubelet_version: str
    os: str
    unschedulable: bool


@dataclass(frozen=True)
class ServicePort:
    """A port of a Service, and the one of its pods behind it: a number, or a container port's name."""

    port: int
    target: int | str
    grpc: bool | None = None
    """Whether it speaks gRPC, by its `appProtocol`, or else by a name as service meshes read it; None where neither
    tells."""


@dataclass(frozen=True)
class ServiceRecord:
    """A Service; without a selector it leads to no pods of ours."""

    namespace: str
    name: str
    selector: dict[str, str]
    cluster_ips: tuple[str, ...] = ()
    """Its addresses; `None`, as a text, is the address of a headless one."""
    ports: tuple[ServicePort, ...] = ()
    """Over TCP."""
    external_name: str = ""
    """The host that it stands for, where it is only a name for another."""


@dataclass(frozen=True)
class EndpointSliceRecord:
    """The addresses of some of a Service's pods."""

    namespace: str
    service: str
    pods: tuple[tuple[str, str], ...]
    """Address and name of each pod."""


@dataclass(frozen=True)
class ConfigMapRecord:
    """The hosts that a ConfigMap names; nothing else of it is kept."""

    namespace: str
    name: str
    hosts: Mapping[str, frozenset[str]]
    """By key."""


@dataclass(frozen=True)
class TracedWorkloadRecord:
    """A TracedWorkload; the status is missing between its creation and the first report."""

    namespace: str
    name: str
    spec: TracedWorkloadSpec
    status: TracedWorkloadStatus | None
    resource_version: str
    requests: dict[str, str] = field(default_factory=dict)
    """What people ask for by its annotations `retry` and `rollback`, and the value of each."""

    @property
    def workload(self) -> WorkloadReference:
        """The workload it is about."""
        return WorkloadReference(self.namespace, self.spec.kind, self.spec.name)


def workload_record(obj: Object, kind: WorkloadKind) -> Workload:
    """The record of a Deployment, StatefulSet or DaemonSet; objects of a LIST do not say their own kind."""
    metadata, spec, status = obj["metadata"], obj["spec"], obj.get("status") or {}
    return Workload(
        reference=WorkloadReference(metadata["namespace"], kind, metadata["name"]),
        uid=metadata["uid"],
        resource_version=version_of(obj),
        labels=metadata.get("labels") or {},
        template=json.dumps(spec["template"], separators=(",", ":")).encode(),
        replicas=replicas_of(kind, spec, status),
        pod_labels=(spec["template"].get("metadata") or {}).get("labels") or {},
        pods_opt_out=pod_template_opts_out(spec["template"]),
        generation=metadata.get("generation", 0),
        observed_generation=status.get("observedGeneration", 0),
        paused=spec.get("paused", False),
        on_delete=(spec.get("updateStrategy") or {}).get("type") == "OnDelete",
        deadline_exceeded=_deadline_exceeded(metadata, status),
        refusal=_refusal(status),
        apply_managers=_apply_managers(metadata),
        downtime=downtime(kind, spec) or "",
    )


def namespace_record(obj: Object) -> NamespaceRecord:
    """The record of a Namespace."""
    metadata = obj["metadata"]
    return NamespaceRecord(
        metadata["name"],
        metadata.get("labels") or {},
        terminating="deletionTimestamp" in metadata,
        marks=marks(metadata),
    )


def node_record(obj: Object) -> NodeRecord:
    """The record of a Node."""
    info = obj["status"]["nodeInfo"]
    return NodeRecord(
        name=obj["metadata"]["name"],
        container_runtime=info["containerRuntimeVersion"],
        kubelet_version=info["kubeletVersion"],
        os=info["operatingSystem"],
        unschedulable=obj["spec"].get("unschedulable", False),
    )


def service_record(obj: Object) -> ServiceRecord:
    """The record of a Service."""
    (namespace, name), spec = namespaced_name(obj), obj["spec"]
    tcp = (one for one in spec.get("ports") or () if one.get("protocol", "TCP") == "TCP")
    ports = tuple(ServicePort(one["port"], one.get("targetPort") or one["port"], _speaks_grpc(one)) for one in tcp)
    cluster_ips = tuple(spec.get("clusterIPs") or ())
    external_name = str(spec.get("externalName") or "")
    return ServiceRecord(namespace, name, spec.get("selector") or {}, cluster_ips, ports, external_name)


def _speaks_grpc(port: Object) -> bool | None:
    if protocol := port.get("appProtocol"):
        return protocol in _GRPC_PROTOCOLS
    return _GRPC_PORT_NAME.match(port.get("name") or "") is not None or None


def config_map_record(obj: Object) -> ConfigMapRecord | None:
    """The record of a ConfigMap; None of one that names no host."""
    hosts = hosts_by_key(obj.get("data") or {})
    return ConfigMapRecord(*namespaced_name(obj), hosts) if hosts else None


def endpoint_slice_record(obj: Object) -> EndpointSliceRecord | None:
    """The record of an EndpointSlice; None of one that was not made for a Service, or leads to no pods."""
    service = (obj["metadata"].get("labels") or {}).get(_SERVICE_OF_A_SLICE)
    targets = ((endpoint, endpoint.get("targetRef") or {}) for endpoint in obj.get("endpoints") or ())
    pods = tuple(
        (str(address), str(target["name"]))
        for endpoint, target in targets
        if target.get("kind") == "Pod" and target.get("name")
        for address in endpoint.get("addresses") or ()
    )
    return EndpointSliceRecord(obj["metadata"]["namespace"], service, pods) if service and pods else None


def traced_workload_record(obj: Object) -> TracedWorkloadRecord | None:
    """The record of a TracedWorkload; None, with a warning, of one that another version made beyond recognition."""
    namespace, name = namespaced_name(obj)
    try:
        spec = TracedWorkloadSpec.model_validate(obj.get("spec") or {})
        status = TracedWorkloadStatus.model_validate(obj["status"]) if obj.get("status") else None
    except ValidationError as error:
        _log.warning("TracedWorkload %s/%s cannot be read and is left alone: %s", namespace, name, error)
        return None
    annotations = obj["metadata"].get("annotations") or {}
    requests = {what: annotations[key] for what, key in _REQUESTS.items() if annotations.get(key)}
    return TracedWorkloadRecord(namespace, name, spec, status, version_of(obj), requests)


def _deadline_exceeded(metadata: Object, status: Object) -> bool:
    """Whether its controller gave up on the template as it is now, and not on one before."""
    observed = status.get("observedGeneration", 0) >= metadata.get("generation", 0)
    return observed and any(
        condition["type"] == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded"
        for condition in status.get("conditions") or ()
    )


def _refusal(status: Object) -> str:
    found = (one for one in status.get("conditions") or () if one["type"] == "ReplicaFailure")
    return next((str(one.get("message") or "") for one in found if one["status"] == "True"), "")


def _apply_managers(metadata: dict[str, Any]) -> tuple[str, ...]:
    entries = metadata.get("managedFields") or ()
    return tuple(sorted({str(entry.get("manager") or "") for entry in entries if entry.get("operation") == "Apply"}))


def namespaced_name(obj: Object) -> NamespacedName:
    """Namespace and name of an object."""
    return obj["metadata"]["namespace"], obj["metadata"]["name"]


def _name(obj: Object) -> str:
    return str(obj["metadata"]["name"])


def _workloads(kind: WorkloadKind) -> Projection[WorkloadReference, Workload]:
    return Projection(
        WORKLOADS[kind],
        key=lambda obj: WorkloadReference(obj["metadata"]["namespace"], kind, obj["metadata"]["name"]),
        record=lambda obj: workload_record(obj, kind),
    )


WORKLOAD_RECORDS = {kind: _workloads(kind) for kind in get_args(WorkloadKind)}
NAMESPACE_RECORDS = Projection(NAMESPACES, key=_name, record=namespace_record)
NODE_RECORDS = Projection(NODES, key=_name, record=node_record)
SERVICE_RECORDS = Projection(SERVICES, key=namespaced_name, record=service_record)
CONFIG_MAP_RECORDS = Projection(CONFIG_MAPS, key=namespaced_name, record=config_map_record)
ENDPOINT_SLICE_RECORDS = Projection(ENDPOINT_SLICES, key=namespaced_name, record=endpoint_slice_record)
TRACED_WORKLOAD_RECORDS = Projection(TRACED_WORKLOADS, key=namespaced_name, record=traced_workload_record)
