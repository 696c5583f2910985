"""One look at the cluster: everything that one pass of the loop decides upon, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tracereach.api import names
from tracereach.api.acceptance import Policy, PolicyReference, PolicyRefused, Problem, accept
from tracereach.api.catalogue import Catalogue
from tracereach.api.pod import Pod
from tracereach.api.policy import Rollout
from tracereach.api.revision import Revision, revision_of
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.capabilities import Capabilities
from tracereach.cluster.projections import (
    ConfigMapRecord,
    EndpointSliceRecord,
    NamespaceRecord,
    ServiceRecord,
    TracedWorkloadRecord,
)
from tracereach.rollout.inheritance import inherited

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Policies:
    """Every policy, by what can be done with it."""

    bodies: Mapping[PolicyReference, Body]
    accepted: Mapping[PolicyReference, Policy] = field(default_factory=dict)
    refused: Mapping[PolicyReference, tuple[Problem, ...]] = field(default_factory=dict)
    leaving: frozenset[PolicyReference] = frozenset()
    """Those being deleted."""
    last_paces: Mapping[PolicyReference, Rollout] = field(default_factory=dict)
    """Of those being deleted, the pace that they ask for."""
    revisions: Mapping[PolicyReference, Revision] = field(default_factory=dict)
    """The revision that each accepted policy makes with the present catalogue."""
    unkept: Mapping[PolicyReference, str] = field(default_factory=dict)
    """Accepted policies whose revision could not be kept, and why. Nothing may be injected with it until it is."""
    all_paused: bool = False
    """Whether nothing new of any of them may be begun, by the setting of the operator."""
    bridging: Mapping[PolicyReference, tuple[str, ...]] = field(default_factory=dict)
    """Propagators that stay in force although they are not asked for any more, until everybody has the new ones."""

    def annotation(self, policy: PolicyReference, key: str) -> str:
        """What people have written on a policy; empty where it is not there."""
        annotations = self.bodies[policy]["metadata"].get("annotations") or {}
        return str(annotations.get(key) or "")

    def is_paused(self, policy: PolicyReference) -> bool:
        """Whether nothing new of the policy may be begun: by its specification or annotation, or with all others."""
        accepted = self.accepted.get(policy)
        annotated = self.annotation(policy, names.PAUSE_ANNOTATION) == "true"
        return self.all_paused or annotated or bool(accepted and accepted.spec.rollout.paused)

    def is_rolled_back(self, policy: PolicyReference) -> bool:
        """Whether everything of the policy is to be put back, and nothing begun."""
        return self.annotation(policy, names.ROLLED_BACK_ANNOTATION) == "true"

    def pace(self, policy: PolicyReference) -> Rollout:
        """At which its workloads are put back: its own while that can be read, whether it is going or not."""
        if accepted := self.accepted.get(policy):
            return accepted.spec.rollout
        return self.last_paces.get(policy, Rollout())

    def matched(self, policy: PolicyReference) -> int:
        """How many workloads it had when that was last reported."""
        reported = (self.bodies[policy].get("status") or {}).get("workloads") or {}
        return int(reported.get("matched") or 0)

    def owners(self, recorded: str, memory: TracedWorkloadRecord | None) -> tuple[PolicyReference, ...]:
        """The policies whose injection it may be that has `recorded` in its record, the likeliest first.

        Memory goes first: where a policy took over from one with the same revision, the record is as it was. But it
        also names a policy that has not had its turn yet. None that is not in the cluster is among them.
        """
        by_name = {str(reference): reference for reference in self.bodies}
        named = (memory.spec.policy, recorded) if memory else (recorded,)
        return tuple(dict.fromkeys(by_name[name] for name in named if name in by_name))


@dataclass(frozen=True)
class Snapshot:
    """The cluster at one moment."""

    policies: Policies
    workloads: Mapping[WorkloadReference, Workload]
    namespaces: Mapping[str, NamespaceRecord]
    services: Mapping[tuple[str, str], ServiceRecord]
    memories: Mapping[WorkloadReference, TracedWorkloadRecord]
    capabilities: Capabilities
    unmerged: Mapping[WorkloadReference, tuple[Pod, ...]] = field(default_factory=dict)
    """Pods that the webhook did not see or could not merge, by workload."""
    endpoint_slices: tuple[EndpointSliceRecord, ...] = ()
    config_maps: Mapping[tuple[str, str], ConfigMapRecord] = field(default_factory=dict)
    """Those that name hosts, where they may be read."""
    seen_at: Mapping[WorkloadReference, datetime] = field(default_factory=dict)
    """When each workload was seen to become what it is."""
    languages: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The languages that spans have just named, by the identity of the workload that sent them."""

    def namespace_labels(self, name: str) -> Mapping[str, str]:
        """The labels of a namespace; none for one that is not known yet."""
        namespace = self.namespaces.get(name)
        return namespace.labels if namespace else {}

    def remembered(self, workload: Workload) -> TracedWorkloadRecord | None:
        """Our memory of this very workload; one of the same name that was deleted before is another."""
        remembered = self.memories.get(workload.reference)
        return remembered if remembered and remembered.spec.uid == workload.uid else None

    def memory(self, workload: Workload) -> TracedWorkloadStatus | None:
        """What was last reported about this very workload; of one that it replaces, what went wrong there."""
        if remembered := self.remembered(workload):
            return remembered.status
        before = self.memories.get(workload.reference)
        return inherited(before.status) if before and before.status else None


def read_policies(
    bodies: Mapping[PolicyReference, Body], catalogue: Catalogue, *, all_paused: bool = False
) -> Policies:
    """Sort the policies into accepted, refused and leaving."""
    accepted: dict[PolicyReference, Policy] = {}
    refused: dict[PolicyReference, tuple[Problem, ...]] = {}
    leaving = frozenset(reference for reference, body in bodies.items() if body["metadata"].get("deletionTimestamp"))
    last_paces: dict[PolicyReference, Rollout] = {}
    for reference in bodies:
        try:
            policy = accept(bodies[reference])
        except PolicyRefused as error:
            if reference not in leaving:
                refused[reference] = error.problems
        else:
            if reference in leaving:
                last_paces[reference] = policy.spec.rollout
            else:
                accepted[reference] = policy
    revisions = {reference: revision_of(policy.spec, catalogue) for reference, policy in accepted.items()}
    return Policies(dict(bodies), accepted, refused, leaving, last_paces, revisions, all_paused=all_paused)
