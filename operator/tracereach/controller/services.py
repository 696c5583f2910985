"""What coverage wants to know of each workload, from its template, its pods and what was decided about it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.tracing import Tracing
from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.projections import ConfigMapRecord
from tracereach.controller.ages import rolled_out_at
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import PARTIAL
from tracereach.coverage.addresses import Addresses
from tracereach.coverage.configured import (
    ConfigMapReference,
    configured_hops,
    hosts_from,
    named_hosts,
    referenced_config_maps,
)
from tracereach.coverage.services import Service
from tracereach.inject import is_store, tracing
from tracereach.rollout.verdict import Verdict, Verdicts

_LATELY = timedelta(minutes=3)
"""For so long a break may be one that came with a rollout: pods, spans and counters take their time."""


@dataclass(frozen=True)
class TemplateFacts:
    """What coverage takes from one pod template."""

    tracing: Tracing | None
    """None where it cannot be read."""
    hosts: frozenset[str]
    """Whom it names."""
    config_maps: frozenset[ConfigMapReference]
    """Where it has more from."""
    store: bool
    """Whether it is a database or a broker."""


class Templates:
    """The facts of each workload's template, read once for as long as the template stays as it is."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[bytes, TemplateFacts]] = {}
        self._equal: dict[TemplateFacts, TemplateFacts] = {}

    def facts(self, workload: Workload) -> TemplateFacts:
        """What the workload's template says. Equal facts of thousands of workloads are kept once."""
        known = self._known.get(workload.uid)
        if known is None or known[0] != workload.template:
            template = workload.pod_template
            found = TemplateFacts(
                tracing(template), named_hosts(template), referenced_config_maps(template), is_store(template)
            )
            known = workload.template, self._equal.setdefault(found, found)
            self._known[workload.uid] = known
        return known[1]

    def expected(
        self, workloads: Iterable[Workload], addresses: Addresses, config_maps: Iterable[ConfigMapRecord] = ()
    ) -> frozenset[tuple[WorkloadReference, WorkloadReference]]:
        """The hops that templates tell of, by themselves and by those `config_maps` that they refer to."""
        known: defaultdict[str, dict[str, Mapping[str, frozenset[str]]]] = defaultdict(dict)
        for one in config_maps:
            known[one.namespace][one.name] = one.hosts
        hosts = {}
        for workload in workloads:
            facts, here = self.facts(workload), known[workload.reference.namespace]
            hosts[workload.reference] = facts.hosts | hosts_from(facts.config_maps, here) if here else facts.hosts
        return configured_hops(hosts, addresses)

    def stores(self, workloads: Iterable[Workload]) -> frozenset[WorkloadReference]:
        """Those that are databases or brokers."""
        return frozenset(one.reference for one in workloads if self.facts(one).store)

    def forget_all_but(self, uids: set[str]) -> None:
        """Drop what is remembered of workloads that are gone."""
        for uid in self._known.keys() - uids:
            del self._known[uid]
        if len(self._equal) > len(self._known):  # some are of templates that were replaced
            self._equal = {facts: facts for _, facts in self._known.values()}


def services(
    workloads: Iterable[Workload], cases: Iterable[Case], verdicts: Verdicts, templates: Templates, now: datetime
) -> dict[WorkloadReference, Service]:
    """Every workload of the cluster, whether or not a policy has it."""
    found = {
        workload.reference: Service(workload.reference, tracing=templates.facts(workload).tracing)
        for workload in workloads
    }
    for case in cases:
        reference = case.reference
        if reference in found:
            found[reference] = _of_policy(case, verdicts, found[reference], now)
    return found


def _of_policy(case: Case, verdicts: Verdicts, service: Service, now: datetime) -> Service:
    subject, verdict = case.subject, verdicts.get(case.reference)
    passed_over = case.passed_over[0][1] if case.passed_over else None
    injected = bool(subject.recorded)
    return Service(
        service.reference,
        policy=str(subject.goal.policy) if subject.goal else "",
        reason=verdict.reason if verdict and subject.goal else passed_over,
        injected=injected,
        rolled_out=injected and subject.workload.of_one_template and verdict is not None and _is_whole(verdict),
        tracing=service.tracing,
        revision=subject.recorded,
        rolled_out_lately=injected and _ended_lately(subject.memory, now),
    )


def _ended_lately(memory: TracedWorkloadStatus | None, now: datetime) -> bool:
    """Whether a rollout of the operator's own writing has only just ended."""
    ended = rolled_out_at(memory)
    return ended is not None and now - ended < _LATELY


def _is_whole(verdict: Verdict) -> bool:
    """Whether all pods have what the template says. Of a workload without pods that cannot be said."""
    replaced = verdict.state in {State.PROGRESSING, State.RESTORING, State.ROLLING_BACK, State.FAILED}
    return not replaced and verdict.reason not in {*PARTIAL, Reason.SCALED_TO_ZERO}
