"""The pods behind a Service, read now: where a probe may be sent.

By the Service's selector, and never by its Endpoints: those may lead out of its namespace, and out of the cluster.
"""

from dataclasses import dataclass

from tracereach.api.workload import WorkloadReference
from tracereach.cluster.client import ApiServer
from tracereach.cluster.pods import workload_of
from tracereach.cluster.projections import ServicePort, ServiceRecord
from tracereach.cluster.resources import PODS, Object


@dataclass(frozen=True)
class PodAddress:
    """Where a ready pod answers for a Service."""

    address: str
    port: int


def chosen_port(service: ServiceRecord, port: int | None) -> ServicePort | None:
    """The port of that number, or the first one; None where the Service has no such port."""
    return next((one for one in service.ports if port in {None, one.port}), None)


async def ready_pods(
    api: ApiServer, service: ServiceRecord, port: int | None = None, *, of: WorkloadReference | None = None
) -> list[PodAddress]:
    """Where the ready pods of `service` answer on its `port`, or on its first one. Raises `ApiError`.

    Only those `of` a workload, where several share the Service. None where it has no selector, or no such port.
    """
    chosen = chosen_port(service, port)
    if chosen is None or not service.selector:
        return []
    labels = ",".join(f"{key}={value}" for key, value in sorted(service.selector.items()))
    path = PODS.collection(service.namespace)
    found = [obj async for page in api.pages(path, labels=labels) for obj in page["items"]]
    asked = (obj for obj in found if _is_ready(obj) and (of is None or workload_of(obj["metadata"]) == of))
    addresses = ((obj["status"]["podIP"], _number(obj, chosen.target)) for obj in asked)
    return [PodAddress(address, number) for address, number in addresses if number]


def _is_ready(obj: Object) -> bool:
    """Whether it takes requests, on an address of its own: on the node's, another process may answer."""
    status, spec = obj.get("status") or {}, obj.get("spec") or {}
    ready = any(one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions") or ())
    return ready and bool(status.get("podIP")) and not spec.get("hostNetwork")


def _number(obj: Object, target: int | str) -> int | None:
    if isinstance(target, int):
        return target
    ports = (port for container in obj["spec"]["containers"] for port in container.get("ports") or ())
    return next((int(port["containerPort"]) for port in ports if port.get("name") == target), None)
