"""Which workloads answer at which address, from the Services of the cluster and the pods behind them."""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass

from tracereach.api.workload import WorkloadReference
from tracereach.cluster.projections import EndpointSliceRecord, ServiceRecord
from tracereach.controller.snapshot import Snapshot
from tracereach.coverage.addresses import Addresses
from tracereach.coverage.service_targets import Pods, addresses_of, service_targets, with_external_names


@dataclass(frozen=True)
class AddressBook:
    """Who answers where."""

    addresses: Addresses
    services: dict[WorkloadReference, ServiceRecord]
    """A Service of each workload that has one."""


def address_book(snapshot: Snapshot, stores: Container[WorkloadReference] = ()) -> AddressBook:
    """Which workloads answer at each Service, by its selector and the labels of their pods, and at each pod's address.

    No address leads to `stores`, databases and brokers. Names that stand for others (`ExternalName`) come last: they
    may lead to a Service of the cluster.
    """
    workloads = {
        one.reference: Pods(one.pod_labels, one.replicas.desired, store=one.reference in stores)
        for one in snapshot.workloads.values()
    }
    targets = tuple(service_targets(snapshot.services.values(), workloads))
    services: dict[WorkloadReference, ServiceRecord] = {}
    for service, behind in targets:
        for workload in behind:
            services.setdefault(workload, service)
    addresses = dict(addresses_of(targets))
    shared = _shared(snapshot.endpoint_slices)
    for slice_ in snapshot.endpoint_slices:
        addresses.update((address, one) for address, one in _pods(slice_, addresses) if address not in shared)
    return AddressBook(with_external_names(snapshot.services.values(), addresses), services)


def _shared(slices: Iterable[EndpointSliceRecord]) -> frozenset[str]:
    """Addresses of several pods: those of nodes, where others answer too, as with `hostNetwork`."""
    pods: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for slice_ in slices:
        for address, pod in slice_.pods:
            pods[address].add((slice_.namespace, pod))
    return frozenset(address for address, named in pods.items() if len(named) > 1)


def _pods(slice_: EndpointSliceRecord, addresses: Addresses) -> Iterator[tuple[str, tuple[WorkloadReference, ...]]]:
    """The address of each pod, with the workload whose name the pod's begins with where several may have it."""
    behind = addresses.get(f"{slice_.service}.{slice_.namespace}", ())
    for address, pod in slice_.pods:
        named = sorted((one for one in behind if pod.startswith(f"{one.name}-")), key=lambda one: len(one.name))
        if longest := tuple(named[-1:]) if len(behind) > 1 else behind:
            yield address, longest
