"""What admission knows of the cluster when it decides: plain data, taken from the local copies."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.reasons import State
from tracereach.api.revision import Revision
from tracereach.api.status import TracedWorkloadStatus, failed_revisions
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.capabilities import Capabilities
from tracereach.cluster.objects import revision_name, traced_workload_name
from tracereach.cluster.projections import NamespacedName, NamespaceRecord, TracedWorkloadRecord
from tracereach.controller.rendering import Surroundings, surroundings_of
from tracereach.controller.snapshot import Policies
from tracereach.controller.subjects import UNTOUCHED
from tracereach.inject import PodTemplate
from tracereach.rollout.pace import AGENT_FAILURES
from tracereach.rollout.rollback import blames_agent
from tracereach.rollout.selection import Labels, match, pod_template_opts_out

_FAILED = frozenset({State.FAILED, State.ROLLING_BACK, State.ROLLED_BACK})


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """The cluster at one moment, as far as a new or changed workload depends on it."""

    policies: Policies
    namespaces: Mapping[str, NamespaceRecord]
    memories: Mapping[NamespacedName, TracedWorkloadRecord]
    """TracedWorkloads by namespace and name."""
    revisions: Mapping[NamespacedName, Revision]
    """What the ControllerRevisions keep, by namespace and name."""
    capabilities: Capabilities
    own_namespace: str

    def winner(self, workload: WorkloadReference, labels: Labels, template: PodTemplate) -> Policy | None:
        """The policy that the workload belongs to; none where it is opted out, or where nothing is ever injected."""
        namespace = self.namespaces.get(workload.namespace)
        if namespace is None or namespace.terminating or namespace.name in UNTOUCHED | {self.own_namespace}:
            return None
        found = match(
            self.policies.accepted.values(),
            namespace=namespace.name,
            labels=labels,
            namespace_labels=namespace.labels,
            pods_opt_out=pod_template_opts_out(template),
        )
        return found.winner

    def memory(self, workload: WorkloadReference, uid: str) -> TracedWorkloadRecord | None:
        """What is remembered of this very workload; one of the same name that was deleted before is another."""
        memory = self.memories.get((workload.namespace, traced_workload_name(workload)))
        return memory if memory and memory.spec.uid == uid else None

    def latched(self, workload: WorkloadReference) -> frozenset[str]:
        """The revisions that have failed on this workload, or on one that had its name before."""
        memory = self.memories.get((workload.namespace, traced_workload_name(workload)))
        return failed_revisions(memory.status) if memory and memory.status else frozenset()

    def surroundings(self, workload: WorkloadReference, memory: TracedWorkloadRecord | None) -> Surroundings:
        """What beside its policy decides what the workload gets."""
        namespace = self.namespaces[workload.namespace]
        return surroundings_of(self.capabilities, namespace, memory.status if memory else None)

    def owners(self, recorded: str, memory: TracedWorkloadRecord | None) -> list[Policy]:
        """Of the policies whose injection it may be that has `recorded` in its record, those in force."""
        accepted = self.policies.accepted
        found = (accepted[one] for one in self.policies.owners(recorded, memory) if one in accepted)
        return [policy for policy in found if policy.spec.mode != "DryRun"]

    def revision(self, policy: PolicyReference, name: str) -> Revision | None:
        """The revision `name` of an accepted policy, be it its newest or one before."""
        newest = self.policies.revisions[policy]
        if newest.name == name:
            return newest
        kept = self.revisions.get((policy.namespace or self.own_namespace, revision_name(policy, name)))
        # Its name is a hash made by the release that kept it; a later release may compute another for the same.
        return replace(kept, name=name) if kept else None

    def failures(self, policy: PolicyReference) -> int:
        """How many workloads of the policy have failed."""
        return self._failures[str(policy)]

    def has_stopped(self, agents: tuple[str, ...]) -> bool:
        """Whether one of these agents has failed on so many workloads that no other is begun with it."""
        return any(self._agent_failures[agent] >= AGENT_FAILURES for agent in agents)

    def has_passed(self, policy: PolicyReference, revision: str, agents: tuple[str, ...]) -> bool:
        """Whether some workload became healthy with `revision`, and with all of these agents in it."""
        return any(
            status.state is State.HEALTHY
            and status.revision == revision
            and status.attempted_at is None
            and set(status.agents) >= set(agents)
            for status in self._statuses.get(str(policy), ())
        )

    @cached_property
    def _statuses(self) -> Mapping[str, list[TracedWorkloadStatus]]:
        """What is remembered, by policy."""
        statuses: defaultdict[str, list[TracedWorkloadStatus]] = defaultdict(list)
        for memory in self.memories.values():
            if memory.status is not None:
                statuses[memory.spec.policy].append(memory.status)
        return statuses

    @cached_property
    def _failures(self) -> Counter[str]:
        """How many have failed, by policy."""
        return Counter(
            policy for policy, statuses in self._statuses.items() for status in statuses if status.state in _FAILED
        )

    @cached_property
    def _agent_failures(self) -> Counter[str]:
        """On how many workloads each agent has failed, whatever their policies."""
        every = (status for statuses in self._statuses.values() for status in statuses)
        return Counter(agent for status in every if blames_agent(status, status) for agent in status.agents)
