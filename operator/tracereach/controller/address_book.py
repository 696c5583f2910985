"""Which workload answers at which address, from the Services of the cluster."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.projections import ServiceRecord
from tracereach.controller.snapshot import Snapshot
from tracereach.coverage.addresses import service_addresses


@dataclass(frozen=True)
class AddressBook:
    """Who answers where."""

    addresses: dict[str, WorkloadReference]
    services: dict[WorkloadReference, ServiceRecord]
    """A Service of each workload that has one."""


def address_book(snapshot: Snapshot) -> AddressBook:
    """Which workload answers at which Service, by the Service's selector and the labels of the workload's pods."""
    labelled: defaultdict[tuple[str, str, str], list[Workload]] = defaultdict(list)
    for workload in snapshot.workloads.values():
        for key, value in workload.pod_labels.items():
            labelled[workload.reference.namespace, key, value].append(workload)
    book = AddressBook({}, {})
    for service in snapshot.services.values():
        if behind := _behind(service, labelled):
            addresses = service_addresses(
                namespace=service.namespace, name=service.name, cluster_ips=service.cluster_ips
            )
            book.addresses.update(dict.fromkeys(addresses, behind.reference))
            book.services.setdefault(behind.reference, service)
    return book


def _behind(service: ServiceRecord, labelled: Mapping[tuple[str, str, str], Sequence[Workload]]) -> Workload | None:
    """The first workload whose pods the Service selects, looked for among those with its rarest label."""
    groups = [labelled.get((service.namespace, key, value), ()) for key, value in service.selector.items()]
    candidates = min(groups, key=len, default=())
    return next((one for one in candidates if service.selector.items() <= one.pod_labels.items()), None)
