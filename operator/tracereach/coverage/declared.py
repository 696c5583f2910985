"""Hops that a policy declares: those that nothing else shows, and those that end traces on purpose."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from tracereach.api.policy import DeclaredEdge
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import Addresses, resolve
from tracereach.coverage.scene import Hop


@dataclass(frozen=True)
class Declared:
    """What became of the declared hops of a policy."""

    calls: frozenset[Hop] = frozenset()
    boundaries: frozenset[Hop] = frozenset()
    proxies: frozenset[WorkloadReference] = frozenset()
    """Callees that have to hand the headers on, and send no spans."""
    unknown: tuple[str, ...] = ()
    """Names that lead to no workload."""


def declared(edges: Iterable[DeclaredEdge], addresses: Addresses, namespace: str) -> Declared:
    """The hops of a policy in `namespace`, whose ends are Services, or workloads as `namespace/kind/name`."""
    hops: dict[str, set[Hop]] = {"Call": set(), "Boundary": set(), "PassThrough": set()}
    unknown: dict[str, None] = {}
    for edge in edges:
        ends = {name: _workloads(name, addresses, namespace) for name in (edge.caller, edge.callee)}
        unknown |= {name: None for name, workloads in ends.items() if not workloads}
        hops[edge.kind].update(product(ends[edge.caller], ends[edge.callee]))
    proxies = frozenset(callee for _, callee in hops["PassThrough"])
    return Declared(frozenset(hops["Call"] | hops["PassThrough"]), frozenset(hops["Boundary"]), proxies, tuple(unknown))


def _workloads(name: str, addresses: Addresses, namespace: str) -> tuple[WorkloadReference, ...]:
    named = WorkloadReference.parsed(name)
    return (named,) if named else resolve(name, namespace=namespace, addresses=addresses)
