"""Which workloads an address means: what a caller dials is a Service's name in some form, or an IP address.

The controller builds the mapping from Services with `service_addresses`; `edges` resolves callees that sent no span.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from tracereach.api.workload import WorkloadReference

Addresses = Mapping[str, tuple[WorkloadReference, ...]]
"""Workloads by address, in the form that `service_addresses` gives. One Service may select the pods of several, as of
blue and green."""

_ORDINAL = re.compile(r"-\d+$")
"""At the end of a StatefulSet's pod, which alone has an address by its name."""


def service_addresses(*, namespace: str, name: str, cluster_ips: Iterable[str] = ()) -> tuple[str, ...]:
    """The keys under which one Service is found. Cluster IPs that are no addresses, such as `None`, are left out."""
    return (f"{name}.{namespace}", *(str(ip) for text in cluster_ips if (ip := _ip(text)) is not None))


def resolve(address: str, *, namespace: str, addresses: Addresses) -> tuple[WorkloadReference, ...]:
    """The workloads that answer at `address` for a caller in `namespace`; none for all that is outside.

    Takes what agents write into `server.address`: `payments`, `payments.shop`, `payments.shop.svc.cluster.local`,
    `web-0.payments`, `web-0.payments.shop.svc`, `10.96.0.7`, each also with a port.
    """
    host = _host(address)
    if _ip(host) is not None:
        return addresses.get(str(_ip(host)), ())
    labels = host.split(".")
    if "svc" in labels[2:]:
        service = labels.index("svc", 2)
        return addresses.get(".".join(labels[service - 2 : service]), ())
    found = (addresses.get(name, ()) for name in _meant(labels, namespace))
    return next((behind for behind in found if behind), ())


def _meant(labels: Sequence[str], namespace: str) -> Iterator[str]:
    """The Services that a name without `svc` may mean, whole or with one pod of a StatefulSet before it."""
    match labels:
        case [service]:
            yield f"{service}.{namespace}"
        case [service, elsewhere]:
            yield f"{service}.{elsewhere}"
    match labels:
        case [pod, service] if _ORDINAL.search(pod):
            yield f"{service}.{namespace}"
        case [pod, service, elsewhere] if _ORDINAL.search(pod):
            yield f"{service}.{elsewhere}"


def _host(address: str) -> str:
    if _ip(address) is not None:
        return address
    try:
        parts = urlsplit(f"//{address}")
        # No host stands before what is no port, as in `messaging:kafka`: to ask for that port raises the error.
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        host = None
    return (host or "").rstrip(".")


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
