"""Which workloads answer at which address, from the Services of the cluster and the pods behind them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.projections import EndpointSliceRecord, ServiceRecord
from tracereach.controller.snapshot import Snapshot
from tracereach.coverage.addresses import Addresses, resolve, service_addresses

_Labelled = Mapping[tuple[str, str, str], Sequence[Workload]]
"""Workloads by namespace, key and value of each label of their pods."""


@dataclass(frozen=True)
class AddressBook:
    """Who answers where."""

    addresses: Addresses
    services: dict[WorkloadReference, ServiceRecord]
    """A Service of each workload that has one."""


def address_book(snapshot: Snapshot) -> AddressBook:
    """Which workloads answer at each Service, by its selector and the labels of their pods, and at each pod's address.

    Names that stand for others (`ExternalName`) come last: they may lead to a Service of the cluster.
    """
    labelled = _by_label(snapshot.workloads.values())
    addresses: dict[str, tuple[WorkloadReference, ...]] = {}
    services: dict[WorkloadReference, ServiceRecord] = {}
    for service in snapshot.services.values():
        if behind := _behind(service, labelled):
            keys = service_addresses(namespace=service.namespace, name=service.name, cluster_ips=service.cluster_ips)
            addresses.update(dict.fromkeys(keys, behind))
            for workload in behind:
                services.setdefault(workload, service)
    for slice_ in snapshot.endpoint_slices:
        addresses.update(_pods(slice_, addresses))
    for service in snapshot.services.values():
        if behind := resolve(service.external_name, namespace=service.namespace, addresses=addresses):
            addresses[f"{service.name}.{service.namespace}"] = behind
    return AddressBook(addresses, services)


def _by_label(workloads: Iterable[Workload]) -> _Labelled:
    labelled: defaultdict[tuple[str, str, str], list[Workload]] = defaultdict(list)
    for workload in workloads:
        for key, value in workload.pod_labels.items():
            labelled[workload.reference.namespace, key, value].append(workload)
    return labelled


def _behind(service: ServiceRecord, labelled: _Labelled) -> tuple[WorkloadReference, ...]:
    """The workloads whose pods the Service selects, looked for among those with its rarest label.

    Those without pods answer nothing, as the blue of a pair of which the green has taken over.
    """
    groups = [labelled.get((service.namespace, key, value), ()) for key, value in service.selector.items()]
    candidates = min(groups, key=len, default=())
    selected = [one for one in candidates if service.selector.items() <= one.pod_labels.items()]
    at_work = [one for one in selected if one.replicas.desired] or selected
    return tuple(sorted(one.reference for one in at_work))


def _pods(slice_: EndpointSliceRecord, addresses: Addresses) -> Iterator[tuple[str, tuple[WorkloadReference, ...]]]:
    """The address of each pod, with the workload whose name the pod's begins with where several may have it."""
    behind = addresses.get(f"{slice_.service}.{slice_.namespace}", ())
    for address, pod in slice_.pods:
        named = tuple(one for one in behind if pod.startswith(f"{one.name}-"))
        if longest := named[-1:] if len(behind) > 1 else behind:
            yield address, longest
