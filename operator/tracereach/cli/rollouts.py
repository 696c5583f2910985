"""The rollout of each policy, played through for the workloads that it would inject."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracereach.api import names
from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.revision import have_same_settings
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Replicas, Workload, WorkloadReference
from tracereach.cli.decisions import Decision
from tracereach.cli.progress import duration
from tracereach.cli.workloads import ManifestWorkload
from tracereach.cluster.replicas import replicas_of
from tracereach.inject import DamagedRecord, read_record
from tracereach.rollout.forecast import CANARIES, Forecast, forecast
from tracereach.rollout.order import Order
from tracereach.rollout.subject import Goal, Subject

Memories = Mapping[WorkloadReference, TracedWorkloadStatus]

_NO_MEMORIES: Memories = {}


@dataclass(frozen=True)
class PlannedRollout:
    """What one policy's rollout will be."""

    policy: PolicyReference
    forecast: Forecast
    pods: Mapping[WorkloadReference, int | None]
    """How many pods of each workload are replaced; None where no file can tell, as of a DaemonSet."""

    def data(self) -> dict[str, Any]:
        """For programs."""
        found = self.forecast
        return {
            "policy": str(self.policy),
            "stages": [
                {
                    "stage": "Canaries" if stage.wave == CANARIES else "Wave",
                    "wave": None if stage.wave == CANARIES else stage.wave,
                    "workloads": [str(one) for one in stage.workloads],
                    "pods": self._restarts(stage.workloads),
                }
                for stage in found.stages
            ],
            "waves": found.waves,
            "maxConcurrent": found.slots,
            "workloads": len(self._goers),
            "pods": self._restarts(self._goers),
            "injectedAlready": found.begun,
            "estimatedSeconds": found.seconds,
            "approval": found.approval,
            "waiting": [
                {"workload": str(one), "reason": str(verdict.reason), "message": verdict.message}
                for one, verdict in found.waiting.items()
            ],
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        found = self.forecast
        time = f", about {duration(found.seconds)}" if found.seconds else ""
        already = f", {found.begun} injected already" if found.begun else ""
        at_once = f", {found.slots} at once" if found.stages else ""
        yield f"Rollout of {self.policy}: {self._words(self._goers)}{at_once}{time}{already}"
        for stage in found.stages:
            name = "canaries" if stage.wave == CANARIES else f"wave {stage.wave} of {found.waves}"
            yield f"  {name}: {', '.join(map(str, stage.workloads))} ({self._words(stage.workloads)})"
        for one, verdict in found.waiting.items():
            yield f"  waits: {one}: {': '.join(filter(None, (str(verdict.reason), verdict.message)))}"
        if found.approval:
            yield f"  needs approval: the annotation {names.APPROVAL_ANNOTATION}={found.approval} on the policy"

    @property
    def _goers(self) -> tuple[WorkloadReference, ...]:
        return tuple(one for stage in self.forecast.stages for one in stage.workloads)

    def _restarts(self, workloads: Iterable[WorkloadReference]) -> int:
        return sum(self.pods[one] or 0 for one in workloads)

    def _words(self, workloads: tuple[WorkloadReference, ...]) -> str:
        number, pods = len(workloads), self._restarts(workloads)
        unknown = sum(self.pods[one] is None for one in workloads)
        more = f" and those of {unknown} DaemonSet{'s' * (unknown > 1)}" if unknown else ""
        return f"{number} workload{'s' * (number != 1)}, {pods} pod{'s' * (pods != 1)}{more} replaced"


def planned_rollouts(
    decisions: Iterable[Decision], now: datetime, memories: Memories = _NO_MEMORIES, order: Order | None = None
) -> tuple[PlannedRollout, ...]:
    """A rollout for each policy that injects anything; `memories` are what a cluster remembers of its workloads."""
    shares: defaultdict[PolicyReference, list[_Rendered]] = defaultdict(list)
    for decision in decisions:
        if decision.policy and decision.injection and decision.result and decision.result.injected:
            one = _Rendered(
                decision.workload, decision.policy, decision.injection.revision.name, decision.result.agents
            )
            shares[decision.policy.reference].append(one)
    return tuple(_planned(share, now, memories, order) for share in shares.values())


def recorded(workload: ManifestWorkload) -> str:
    """The revision that its template has; empty where it has none, or a record that cannot be read."""
    try:
        record = read_record(workload.template)
    except DamagedRecord:
        return ""
    return record.revision if record and record.belongs_to(workload.reference) else ""


@dataclass(frozen=True)
class _Rendered:
    """A workload that gets something."""

    workload: ManifestWorkload
    policy: Policy
    revision: str
    agents: tuple[str, ...]

    def subject(self, memory: TracedWorkloadStatus | None) -> Subject:
        """The workload as the operator would see it. Newer images alone wait for `tracereach upgrade`."""
        present = recorded(self.workload)
        wanted = present if have_same_settings(present, self.revision) else self.revision
        goal = Goal(self.policy.reference, wanted, rollout=self.policy.spec.rollout, agents=self.agents)
        return Subject(_workload(self.workload), goal, recorded=present, memory=memory)


def _planned(share: Sequence[_Rendered], now: datetime, memories: Memories, order: Order | None) -> PlannedRollout:
    subjects = [one.subject(memories.get(one.workload.reference)) for one in share]
    pods = {one.workload.reference: _pods(one.workload) for one in share}
    return PlannedRollout(share[0].policy.reference, forecast(subjects, now, order), pods)


def _workload(found: ManifestWorkload) -> Workload:
    return Workload(
        found.reference,
        found.uid,
        "",
        labels=found.labels,
        template=b"",
        replicas=replicas(found),
        generation=found.generation,
        observed_generation=_count(found.status.get("observedGeneration"), found.generation),
        paused=found.spec.get("paused") is True,
        on_delete=(found.spec.get("updateStrategy") or {}).get("type") == "OnDelete",
    )


def replicas(found: ManifestWorkload) -> Replicas:
    """Of a workload that is in no cluster yet, all are taken to be ready: it has to be before its turn comes."""
    kind = found.reference.kind
    if found.status:
        counts = {key: value for key, value in found.status.items() if isinstance(value, int)}
        return replicas_of(kind, {**found.spec, "replicas": _count(found.spec.get("replicas"), 1)}, counts)
    desired = 1 if kind == "DaemonSet" else _count(found.spec.get("replicas"), 1)
    return Replicas(desired, desired, desired, desired, desired)


def _pods(found: ManifestWorkload) -> int | None:
    return None if found.reference.kind == "DaemonSet" and not found.status else replicas(found).desired


def _count(value: object, default: int) -> int:
    """A number of a manifest; what is none is for the API server to refuse."""
    return value if isinstance(value, int) else default
