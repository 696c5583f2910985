"""Which workloads stand behind a Service: those whose pods its selector selects, as of blue and green alike."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import Addresses, resolve, service_addresses


@dataclass(frozen=True)
class Pods:
    """What a Service sees of a workload."""

    labels: Mapping[str, str]
    desired: int
    store: bool = False
    """Whether they are a database or a broker: no call to one is a hop of a trace."""


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

    @property
    def external_name(self) -> str:
        """The host that it stands for, where it is only a name for another."""


S = TypeVar("S", bound=Selecting)


def service_targets(
    services: Iterable[S], workloads: Mapping[WorkloadReference, Pods]
) -> Iterator[tuple[S, tuple[WorkloadReference, ...]]]:
    """Each Service that leads to workloads, with these; to databases and brokers none leads."""
    labelled: defaultdict[tuple[str, str, str], list[WorkloadReference]] = defaultdict(list)
    for reference, pods in workloads.items():
        if pods.store:
            continue
        for key, value in pods.labels.items():
            labelled[reference.namespace, key, value].append(reference)
    for service in services:
        groups = [labelled.get((service.namespace, key, value), ()) for key, value in service.selector.items()]
        candidates = min(groups, key=len, default=())  # those with its rarest label
        selected = [one for one in candidates if service.selector.items() <= workloads[one].labels.items()]
        # Those without pods answer nothing, as the blue of a pair of which the green has taken over.
        at_work = [one for one in selected if workloads[one].desired] or selected
        if at_work:
            yield service, tuple(sorted(at_work))


def addresses_of(targets: Iterable[tuple[Selecting, tuple[WorkloadReference, ...]]]) -> Addresses:
    """The workloads at each address of these Services."""
    found: dict[str, tuple[WorkloadReference, ...]] = {}
    for service, behind in targets:
        keys = service_addresses(namespace=service.namespace, name=service.name, cluster_ips=service.cluster_ips)
        found.update(dict.fromkeys(keys, behind))
    return found


def with_external_names(services: Iterable[Selecting], addresses: Addresses) -> Addresses:
    """`addresses`, and the names that only stand for others (`ExternalName`), where these are among them."""
    found = dict(addresses)
    for service in services:
        if behind := resolve(service.external_name, namespace=service.namespace, addresses=found):
            found[f"{service.name}.{service.namespace}"] = behind
    return found
