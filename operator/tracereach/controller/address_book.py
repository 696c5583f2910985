"""Which workload answers at which address, from the Services of the cluster."""

from dataclasses import dataclass

from tracereach.api.workload import WorkloadReference
from tracereach.cluster.projections import ServiceRecord
from tracereach.controller.snapshot import Snapshot
from tracereach.coverage.addresses import Addresses
from tracereach.coverage.service_targets import addresses_of, service_targets


@dataclass(frozen=True)
class AddressBook:
    """Who answers where."""

    addresses: Addresses
    services: dict[WorkloadReference, ServiceRecord]
    """A Service of each workload that has one."""


def address_book(snapshot: Snapshot) -> AddressBook:
    """Which workload answers at which Service, by the Service's selector and the labels of the workload's pods."""
    pods = {workload.reference: workload.pod_labels for workload in snapshot.workloads.values()}
    targets = tuple(service_targets(snapshot.services.values(), pods))
    services: dict[WorkloadReference, ServiceRecord] = {}
    for service, reference in targets:
        services.setdefault(reference, service)
    return AddressBook(addresses_of(targets), services)
