"""Whom a workload calls, by what its pod template says: addresses in the environment, the command and the arguments.

They are only candidates: an edge is what resolves to a workload. A word is taken for an address where it looks like
one, or where the variable says so; a hop that is not there would be worse than one that is missing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tracereach.api import names
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import Addresses, resolve

_HOST = r"[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?"
_ADDRESS = re.compile(
    rf"[a-zA-Z][a-zA-Z0-9+.-]*://(?:[^/\s@]*@)?({_HOST})"  # http://orders:8080/, jdbc:postgresql://db/shop
    rf"|(?<![-\w./@:])(?=[^:]*[a-zA-Z.])({_HOST}):\d{{2,5}}(?![\d:])"  # orders:8080
    rf"|(?<![-\w./@])((?:[-a-z0-9]+\.)+svc(?:\.[-a-z0-9.]+)?)(?![-\w])"  # orders.shop.svc.cluster.local
    rf"|(?:^|[\s;,?&])(?:host|server|addr|address)=({_HOST})",  # host=orders port=5432
)
_BARE = re.compile(rf"\s*{_HOST}(?:\s*[,; ]\s*{_HOST})*\s*")
_ADDRESS_VARIABLE = re.compile(
    r"(?:^|_)(?:HOSTS?|HOSTNAME|ADDR|ADDRESS(?:ES)?|URLS?|URI|ENDPOINTS?|TARGETS?|UPSTREAMS?|SERVERS?)$"
)
_OTHER_MEANING = re.compile(
    rf"^(?:OTEL_|{names.PREFIX.upper().replace('-', '_')}|NO_PROXY$|CORS_)|(?:^|_)(?:ALLOWED_HOSTS|ORIGINS?|DOMAINS?)$",
    re.IGNORECASE,
)
"""Variables that hold addresses of whoever calls, of collectors, or of nobody in particular."""


def named_hosts(template: Mapping[str, Any]) -> frozenset[str]:
    """Every host that the containers of a pod template name. Values that come from elsewhere are not known here."""
    spec = template.get("spec") or {}
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    own = (container for container in containers if not container["name"].startswith(names.PREFIX))
    return frozenset(host.lower().rstrip(".") for container in own for host in _hosts(container))


def configured_hops(
    hosts: Mapping[WorkloadReference, frozenset[str]], addresses: Addresses
) -> frozenset[tuple[WorkloadReference, WorkloadReference]]:
    """Caller and callee of each hop, from the hosts that each workload names."""
    return frozenset(
        (caller, callee)
        for caller, named in hosts.items()
        for host in named
        for callee in resolve(host, namespace=caller.namespace, addresses=addresses)
        if callee != caller
    )


def _hosts(container: Mapping[str, Any]) -> Iterator[str]:
    for entry in container.get("env") or ():
        name, value = entry["name"], entry.get("value")
        if value and not _OTHER_MEANING.search(name):
            yield from _in(value)
            if _ADDRESS_VARIABLE.search(name.upper()) and _BARE.fullmatch(value):
                yield from re.findall(_HOST, value)
    words: Iterable[Any] = (*(container.get("command") or ()), *(container.get("args") or ()))
    for word in words:
        yield from _in(str(word))


def _in(text: str) -> Iterator[str]:
    for found in _ADDRESS.finditer(text):
        yield next(host for host in found.groups() if host)
