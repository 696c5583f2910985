"""How old the pods of each workload are: what spans have shown before says nothing about those of today."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Workload, WorkloadReference

_SETTLING_SECONDS = 30.0
"""After all pods were replaced, spans of those before still arrive: agents, collectors and the service graph wait."""
_STUCK = timedelta(minutes=10)
"""The default of a Deployment's `progressDeadlineSeconds`. A rollout that takes longer has come to rest as it is, and
the pods of before are those that answer."""


@dataclass(frozen=True)
class _Pods:
    """What is known of one workload's pods."""

    template: bytes
    """The one that they have, or are about to."""
    changed_at: datetime | None = None
    """When that came, where some of them may still have another one."""
    since: datetime | None = None
    """When the last one with another template went; None where that was before anybody looked."""
    answered: bool = False
    """Whether any of them has been available."""

    def seconds(self, now: datetime) -> float | None:
        """For how long spans have been theirs alone."""
        if self.changed_at:
            return -_SETTLING_SECONDS
        return (now - self.since).total_seconds() - _SETTLING_SECONDS if self.since else None


class Ages:
    """When the pods of each workload became its present ones, whoever has changed its template or ended them all."""

    def __init__(self) -> None:
        self._known: dict[str, _Pods] = {}
        self._names: frozenset[WorkloadReference] | None = None
        """Of the workloads at the last look; None before the first."""

    def look(
        self, workloads: Iterable[Workload], memories: Mapping[str, TracedWorkloadStatus], now: datetime
    ) -> dict[WorkloadReference, float]:
        """For how many seconds spans have been those of its present pods alone, of each workload where that is known.

        It is negative while some are still to be replaced, and shortly after. Of a workload that is seen for the first
        time, `memories` say it, by its uid: what was reported of the injection that it has.
        """
        looked_at = {one.uid: (one.reference, self._pods(one, memories.get(one.uid), now)) for one in workloads}
        self._known = {uid: pods for uid, (_, pods) in looked_at.items()}
        self._names = frozenset(reference for reference, _ in looked_at.values())
        return {
            reference: seconds for reference, pods in looked_at.values() if (seconds := pods.seconds(now)) is not None
        }

    def _pods(self, workload: Workload, memory: TracedWorkloadStatus | None, now: datetime) -> _Pods:
        known = self._known.get(workload.uid)
        if known is None:
            is_new = self._names is not None and workload.reference not in self._names
            settled = is_new or workload.of_one_template  # before one that is new there were no others
            known = _Pods(workload.template, None if settled else now, rolled_out_at(memory))
        elif known.template != workload.template or (known.answered and workload.replicas.available == 0):
            known = _Pods(workload.template, now)  # where none answers any more, those that will are others
        known = replace(known, answered=known.answered or workload.replicas.available > 0)
        if known.changed_at and (workload.of_one_template or now - known.changed_at >= _STUCK):
            return replace(known, changed_at=None, since=now)
        return known


def rolled_out_at(memory: TracedWorkloadStatus | None) -> datetime | None:
    """When the last rollout of the operator's own writing ended, as was reported; None where none has, or not yet."""
    since = (memory.complete_since or memory.healthy_since) if memory else None
    return datetime.fromisoformat(since) if since else None
