"""Whom a workload calls, by what its pod template says: addresses in environment, command, arguments and ConfigMaps.

They are only candidates: an edge is what resolves to a workload. A word is taken for an address where it looks like
one, or where the variable says so; a hop that is not there would be worse than one that is missing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tracereach.api import names
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import Addresses, resolve

ConfigMapReference = tuple[str, str]
"""The name of a ConfigMap of the pod's namespace, and a key in it; without one, all of them are meant."""

_HOST = r"[a-zA-Z0-9](?:[-a-zA-Z0-9.]*[a-zA-Z0-9])?"
_ADDRESS = re.compile(
    rf"[a-zA-Z][a-zA-Z0-9+.-]{{0,30}}://(?:[^/\s@]*@)?({_HOST})"  # http://orders:8080/, jdbc:postgresql://db/shop
    rf"|(?<![-\w./@:])(?=[-0-9]*[a-zA-Z.])({_HOST}):\d{{2,5}}(?![\d:])"  # orders:8080
    rf"|(?<![-\w./@])((?:[-a-z0-9]+\.)+svc(?:\.[-a-z0-9.]+)?)(?![-\w])"  # orders.shop.svc.cluster.local
    rf"|(?:^|[\s;,?&])(?:host|server|addr|address)=({_HOST})",  # host=orders port=5432
)
_BARE = re.compile(rf"\s*{_HOST}(?:(?:\s*[,;]\s*|(?=\s* )\s+){_HOST})*\s*")
_ADDRESS_VARIABLE = re.compile(
    r"(?:^|_)(?:HOSTS?|HOSTNAME|ADDR|ADDRESS(?:ES)?|URLS?|URI|ENDPOINTS?|TARGETS?|UPSTREAMS?|SERVERS?)$"
)
_OTHER_MEANING = re.compile(
    rf"^(?:OTEL_|{names.PREFIX.upper().replace('-', '_')}|NO_PROXY$|CORS_)|(?:^|_)(?:ALLOWED_HOSTS|ORIGINS?|DOMAINS?)$"
    r"|^(?:NEXT_PUBLIC|NUXT_PUBLIC|EXPO_PUBLIC|REACT_APP|VUE_APP|NG_APP|VITE|GATSBY)_",
    re.IGNORECASE,
)
"""Variables that hold addresses of whoever calls, of collectors, or of nobody in particular, and those that frameworks
for browsers put into their pages: it is users who call there."""


def named_hosts(template: Mapping[str, Any]) -> frozenset[str]:
    """Every host that the containers of a pod template name themselves."""
    return frozenset(_normal(host) for container in _own_containers(template) for host in _hosts(container))


def hosts_by_key(data: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """The hosts that each entry of a ConfigMap names; one that names none is left out."""
    found = {key: frozenset(map(_normal, _in_variable(key, value))) for key, value in data.items()}
    return {key: hosts for key, hosts in found.items() if hosts}


def referenced_config_maps(template: Mapping[str, Any]) -> frozenset[ConfigMapReference]:
    """Every ConfigMap that the containers take variables from, or that the pod mounts."""
    return frozenset(_references(template))


def hosts_from(
    references: Iterable[ConfigMapReference], known: Mapping[str, Mapping[str, frozenset[str]]]
) -> frozenset[str]:
    """The hosts in the entries that are referred to; `known` has those of each ConfigMap of the namespace, by key."""
    return frozenset(
        host
        for name, wanted in references
        for key, hosts in known.get(name, {}).items()
        if wanted in {"", key}
        for host in hosts
    )


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


def _own_containers(template: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    spec = template.get("spec") or {}
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    yield from (container for container in containers if not container["name"].startswith(names.PREFIX))


def _references(template: Mapping[str, Any]) -> Iterator[ConfigMapReference]:
    for container in _own_containers(template):
        for entry in container.get("env") or ():
            if one := (entry.get("valueFrom") or {}).get("configMapKeyRef"):
                yield one.get("name") or "", one.get("key") or ""
        for source in container.get("envFrom") or ():
            if one := source.get("configMapRef"):
                yield one.get("name") or "", ""
    for volume in (template.get("spec") or {}).get("volumes") or ():
        projected = (volume.get("projected") or {}).get("sources") or ()
        yield from ((one["configMap"].get("name") or "", "") for one in (volume, *projected) if one.get("configMap"))


def _normal(host: str) -> str:
    return host.lower().rstrip(".")


def _hosts(container: Mapping[str, Any]) -> Iterator[str]:
    for entry in container.get("env") or ():
        yield from _in_variable(entry["name"], entry.get("value") or "")
    words: Iterable[Any] = (*(container.get("command") or ()), *(container.get("args") or ()))
    for word in words:
        yield from _in(str(word))


def _in_variable(name: str, value: str) -> Iterator[str]:
    if not _OTHER_MEANING.search(name):
        yield from _in(value)
        if _ADDRESS_VARIABLE.search(name.upper()) and _BARE.fullmatch(value):
            yield from re.findall(_HOST, value)


def _in(text: str) -> Iterator[str]:
    for found in _ADDRESS.finditer(text):
        yield next(host for host in found.groups() if host)
