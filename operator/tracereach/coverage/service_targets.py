"""Which workload stands behind a Service: the one whose pods its selector selects."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Protocol, TypeVar

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import Addresses, service_addresses

PodLabels = Mapping[WorkloadReference, Mapping[str, str]]
"""The labels of each workload's pods."""


class Selecting(Protocol):
    """A Service, whether it was read from a cluster or from a file; without a selector it leads to no pods of ours."""

    @property
    def namespace(self) -> str:
        """Its own, in which alone it selects."""

    @property
    def name(self) -> str:
        """By which it is called."""

    @property
    def selector(self) -> Mapping[str, str]:
        """Labels of pods."""

    @property
    def cluster_ips(self) -> Collection[str]:
        """Its addresses; `None`, as a text, is the address of a headless one."""


S = TypeVar("S", bound=Selecting)


def service_targets(services: Iterable[S], pods: PodLabels) -> Iterator[tuple[S, WorkloadReference]]:
    """Each Service that leads to a workload, with the first one whose pods it selects."""
    labelled: defaultdict[tuple[str, str, str], list[WorkloadReference]] = defaultdict(list)
    for reference, labels in pods.items():
        for key, value in labels.items():
            labelled[reference.namespace, key, value].append(reference)
    for service in services:
        groups = [labelled.get((service.namespace, key, value), ()) for key, value in service.selector.items()]
        candidates = min(groups, key=len, default=())  # those with its rarest label
        if found := next((one for one in candidates if service.selector.items() <= pods[one].items()), None):
            yield service, found


def addresses_of(targets: Iterable[tuple[Selecting, WorkloadReference]]) -> Addresses:
    """The workload at each address of these Services."""
    found: dict[str, WorkloadReference] = {}
    for service, reference in targets:
        addresses = service_addresses(namespace=service.namespace, name=service.name, cluster_ips=service.cluster_ips)
        found.update(dict.fromkeys(addresses, reference))
    return found
