"""What is known of a cluster, or of files, beside counters: services, who answers where, hops that templates tell of.

The controller judges counters by it; a plan has nothing else to go by.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from tracereach.api.acceptance import Policy
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import Addresses, resolve
from tracereach.coverage.declared import Declared, declared
from tracereach.coverage.policy_facts import PolicyFacts
from tracereach.coverage.scene import Hop
from tracereach.coverage.services import Service


@dataclass(frozen=True)
class Surveyed:
    """What is known of the cluster beside counters, for all policies."""

    services: Mapping[WorkloadReference, Service]
    addresses: Addresses
    expected: frozenset[Hop] = frozenset()
    """Hops that templates tell of."""
    forwarded: Mapping[WorkloadReference, str] = field(default_factory=dict)
    """What probes have shown of workloads without spans."""
    ages: Mapping[WorkloadReference, float] = field(default_factory=dict)
    """For how many seconds spans have been those of the present pods alone, of workloads of which that is known."""
    policies: Collection[Policy] = ()

    def declared_by(self, policy: Policy) -> Declared:
        """The hops that a policy declares."""
        return declared(policy.spec.coverage.declared_edges, self.addresses, policy.reference.namespace)

    @cached_property
    def all_declared(self) -> Declared:
        """Those of every policy together."""
        each = [self.declared_by(policy) for policy in self.policies]
        return Declared(
            frozenset(hop for one in each for hop in one.calls),
            frozenset(hop for one in each for hop in one.boundaries),
            frozenset(proxy for one in each for proxy in one.proxies),
        )

    @cached_property
    def all_expected(self) -> frozenset[Hop]:
        """Hops that templates or policies tell of."""
        return self.expected | self.all_declared.calls

    @cached_property
    def all_entries(self) -> frozenset[WorkloadReference]:
        """The entries of every policy: what begins traces at any of them is no loss."""
        found = (entries(policy, self.addresses).values() for policy in self.policies)
        return frozenset(entry for named in found for behind in named for entry in behind)


def entries(policy: Policy, addresses: Addresses) -> dict[str, tuple[WorkloadReference, ...]]:
    """The workloads behind each entry point that the policy names. One for the whole cluster has to say of which
    namespace each is."""
    namespace = policy.reference.namespace
    named = policy.spec.coverage.entrypoints
    return {name: resolve(name, namespace=namespace, addresses=addresses) for name in named}


def policy_facts(policy: Policy, ours: frozenset[WorkloadReference], surveyed: Surveyed) -> PolicyFacts:
    """What `policy` asks for, and that it has the workloads `ours`; nothing of how the measuring goes."""
    found = entries(policy, surveyed.addresses)
    return PolicyFacts(
        policy=str(policy.reference),
        objective=policy.spec.coverage.objective,
        ours=ours,
        entries=tuple(entry for behind in found.values() for entry in behind),
        missing_entries=tuple(name for name, behind in found.items() if not behind),
        missing_ends=tuple(_missing_ends(policy, surveyed)),
    )


def _missing_ends(policy: Policy, surveyed: Surveyed) -> Iterator[str]:
    """The ends of declared hops that lead to no workload, or name one that is not there."""
    nowhere = surveyed.declared_by(policy).unknown
    named = (end for edge in policy.spec.coverage.declared_edges for end in (edge.caller, edge.callee))
    for end in dict.fromkeys(named):
        reference = WorkloadReference.parsed(end)
        if end in nowhere or (reference and reference not in surveyed.services):
            yield end
