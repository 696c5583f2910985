"""The local copies of everything the loop decides upon, and one look at all of them."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from tracereach.api.pod import Pod
from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.capabilities import Version, capabilities
from tracereach.cluster.client import ApiServer
from tracereach.cluster.inbox import PolicyInbox
from tracereach.cluster.informer import Informer
from tracereach.cluster.pods import UNMERGED_POD_RECORDS
from tracereach.cluster.projections import (
    CONFIG_MAP_RECORDS,
    ENDPOINT_SLICE_RECORDS,
    NAMESPACE_RECORDS,
    NODE_RECORDS,
    SERVICE_RECORDS,
    TRACED_WORKLOAD_RECORDS,
    WORKLOAD_RECORDS,
)
from tracereach.controller.settings import Settings
from tracereach.controller.snapshot import Snapshot, read_policies
from tracereach.controller.transition import in_transition


class Informers:
    """One informer for each kind."""

    def __init__(self, api: ApiServer, *, changed: Callable[[], None], read_config_maps: bool = False) -> None:
        self.workloads: dict[str, Informer[WorkloadReference, Workload]] = {
            kind: Informer(api, projection, changed=changed) for kind, projection in WORKLOAD_RECORDS.items()
        }
        self.traced_workloads = Informer(api, TRACED_WORKLOAD_RECORDS, changed=changed)
        self._namespaces = Informer(api, NAMESPACE_RECORDS, changed=changed)
        self._nodes = Informer(api, NODE_RECORDS, changed=changed)
        self._services = Informer(api, SERVICE_RECORDS, changed=changed)
        # Pods come and go all the time, and a call to one that is new is told a pass later than others.
        self._endpoint_slices = Informer(api, ENDPOINT_SLICE_RECORDS, changed=_nothing)
        self._config_maps = Informer(api, CONFIG_MAP_RECORDS, changed=_nothing)
        self._reads_config_maps = read_config_maps
        self._unmerged_pods = Informer(api, UNMERGED_POD_RECORDS, changed=changed)

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Keep every copy, for as long as `tasks` live. One that cannot be kept ends them all."""
        for informer in self._every():
            tasks.create_task(informer.run())

    async def synced(self) -> None:
        """Return once every copy is complete."""
        for informer in self._every():
            await informer.synced.wait()

    @property
    def complete(self) -> bool:
        """Whether every copy is complete."""
        return all(informer.synced.is_set() for informer in self._every())

    def snapshot(self, inbox: PolicyInbox, settings: Settings, server: Version) -> Snapshot:
        """The cluster as it is known now."""
        memories = self.traced_workloads.records.values()
        policies = read_policies(inbox.bodies, settings.catalogue, all_paused=settings.paused)
        return Snapshot(
            policies=in_transition(policies, memories, settings.catalogue),
            workloads={
                reference: workload
                for informer in self.workloads.values()
                for reference, workload in informer.records.items()
            },
            seen_at={
                reference: at for informer in self.workloads.values() for reference, at in informer.changed_at.items()
            },
            namespaces=dict(self._namespaces.records),
            services=dict(self._services.records),
            config_maps=dict(self._config_maps.records),
            endpoint_slices=tuple(self._endpoint_slices.records.values()),
            memories={record.workload: record for record in memories},
            capabilities=capabilities(server, self._nodes.records.values()),
            unmerged=_by_workload(self._unmerged_pods.records.values()),
        )

    def _every(self) -> Iterator[Informer[Any, Any]]:
        yield from self.workloads.values()
        yield self.traced_workloads
        yield self._namespaces
        yield self._nodes
        yield self._services
        yield self._endpoint_slices
        if self._reads_config_maps:
            yield self._config_maps
        yield self._unmerged_pods


def _nothing() -> None:
    pass


def _by_workload(pods: Iterable[Pod]) -> dict[WorkloadReference, tuple[Pod, ...]]:
    groups: defaultdict[WorkloadReference, list[Pod]] = defaultdict(list)
    for pod in pods:
        groups[pod.workload].append(pod)
    return {workload: tuple(group) for workload, group in groups.items()}
