"""What a plan knows of coverage: services as they are and as the rollout leaves them, and who calls whom by templates.

It is the survey of the operator, made of manifests. All pods count as having what their template says.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from tracereach.api.reasons import Reason
from tracereach.api.revision import have_same_settings
from tracereach.api.workload import WorkloadReference
from tracereach.cli.config_maps import config_maps as config_maps_in
from tracereach.cli.decisions import Decision
from tracereach.cli.offline import Inputs
from tracereach.cli.rollouts import Memories, PlannedRollout, recorded, replicas
from tracereach.cli.services import services
from tracereach.coverage.configured import (
    configured_hops,
    hosts_by_key,
    hosts_from,
    named_hosts,
    referenced_config_maps,
)
from tracereach.coverage.service_targets import Pods, addresses_of, service_targets, with_external_names
from tracereach.coverage.services import Service
from tracereach.coverage.survey import Surveyed
from tracereach.inject import is_store, remove, tracing
from tracereach.rollout.order import Order, ranks


@dataclass(frozen=True)
class Surveys:
    """The same workloads twice."""

    before: Surveyed
    """As they are."""
    after: Surveyed
    """As they will be when the rollouts are over."""


def surveyed(given: Inputs, decisions: Sequence[Decision]) -> Surveyed:
    """The workloads as they are. Raises `InputRefused` for a Service that cannot be read."""
    documents = [document for source in given.sources for document in source.documents]
    known = [one for document in documents for one in services(document, namespace=given.settings.namespace)]
    workloads = {
        one.reference: Pods(one.pod_labels, replicas(one).desired, store=is_store(one.template))
        for one in (each.workload for each in decisions)
    }
    addresses = with_external_names(known, addresses_of(service_targets(known, workloads)))
    config_maps: defaultdict[str, dict[str, dict[str, frozenset[str]]]] = defaultdict(dict)
    for document in documents:
        for space, name, data in config_maps_in(document, namespace=given.settings.namespace):
            config_maps[space][name] = hosts_by_key(data)
    hosts = {
        one.reference: named_hosts(one.template)
        | hosts_from(referenced_config_maps(one.template), config_maps[one.reference.namespace])
        for one in (each.workload for each in decisions)
    }
    return Surveyed(
        {decision.workload.reference: _before(decision) for decision in decisions},
        addresses,
        configured_hops(hosts, addresses),
        policies=given.policies,
    )


def order(before: Surveyed) -> Order:
    """In which the operator would take the workloads: callees before callers, entries last."""
    return ranks(before.all_expected, before.all_entries)


def both(
    before: Surveyed, decisions: Sequence[Decision], rollouts: Iterable[PlannedRollout], memories: Memories
) -> Surveys:
    """The workloads as they are, and as the rollouts leave them."""
    ends = _Ends.of(rollouts, memories)
    after = {decision.workload.reference: ends.service(decision, before.services) for decision in decisions}
    return Surveys(before, replace(before, services=after))


def has(decision: Decision) -> bool:
    """Whether its policy has the workload: not where somebody opted it out."""
    return decision.policy is not None and not (decision.whole and decision.whole.reason is Reason.OPTED_OUT)


def _before(decision: Decision) -> Service:
    revision = recorded(decision.workload)
    return Service(
        decision.workload.reference,
        policy=str(decision.policy.reference) if decision.policy and has(decision) else "",
        reason=_reason(decision),
        injected=bool(revision),
        rolled_out=bool(revision),
        tracing=tracing(decision.workload.template),
        revision=revision,
    )


def _reason(decision: Decision) -> Reason | None:
    """Why it is not injected, as the operator would say: of several containers by the first."""
    if decision.policy is None:
        return None
    if decision.result and decision.result.injected:
        return Reason.IN_QUEUE
    inner = decision.result.skipped if decision.result else ()
    first = next(iter(inner), decision.whole)
    return first.reason if first else None


@dataclass(frozen=True)
class _Ends:
    """How the rollouts end for each workload."""

    going: frozenset[WorkloadReference]
    waiting: Mapping[WorkloadReference, Reason | None]
    memories: Memories

    @classmethod
    def of(cls, rollouts: Iterable[PlannedRollout], memories: Memories) -> "_Ends":
        found = tuple(rollouts)
        going = (one for rollout in found for stage in rollout.forecast.stages for one in stage.workloads)
        waiting = {one: verdict.reason for rollout in found for one, verdict in rollout.forecast.waiting.items()}
        return cls(frozenset(going), waiting, memories)

    def service(self, decision: Decision, before: Mapping[WorkloadReference, Service]) -> Service:
        """What becomes of it."""
        reference = decision.workload.reference
        service = before[reference]
        if reference in self.going and decision.result and decision.injection:
            return replace(
                service,
                reason=Reason.INJECTED,
                injected=True,
                rolled_out=True,
                tracing=tracing(decision.result.template),
                revision=decision.injection.revision.name,
            )
        if service.injected and _is_taken_out(decision, service.revision):
            restored = tracing(remove(decision.workload.template))
            return replace(service, injected=False, rolled_out=False, tracing=restored, revision="")
        if service.injected or service.reason is not Reason.IN_QUEUE:
            return service
        memory = self.memories.get(reference)
        return replace(service, reason=self.waiting.get(reference) or (memory.reason if memory else service.reason))


def _is_taken_out(decision: Decision, revision: str) -> bool:
    """Whether the operator restores it: its policy wants nothing of it any more, or cannot have what it wants."""
    if decision.policy is None or (decision.result and decision.result.injected):
        return False
    wanted = decision.injection.revision.name if decision.injection else ""
    return not have_same_settings(revision, wanted)
