"""Measures coverage: reads the gateway's counters from time to time, and judges them for each policy."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp

from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.status import CoverageStatus
from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.projections import ServiceRecord
from tracereach.controller.settings import Gateway
from tracereach.controller.snapshot import Snapshot
from tracereach.coverage.addresses import Addresses, service_addresses
from tracereach.coverage.edges import count_states, traffic
from tracereach.coverage.summary import Facts, MatchedWorkload, assess, edges_of
from tracereach.rollout.order import Order, ranks
from tracereach.signals.gateway import Reading, read
from tracereach.signals.window import Window

_log = logging.getLogger(__name__)
_LANGUAGES = frozenset({"cpp", "dotnet", "erlang", "go", "java", "nodejs", "php", "python", "ruby", "rust", "swift"})
"""The values of `telemetry.sdk.language` for services, by the semantic conventions."""
_SILENCE = 60.0
"""Seconds in which the time of a measurement that found nothing new is no news: each one costs a write."""


@dataclass(frozen=True)
class _Graph:
    """What one policy's window and entry points say about who goes before whom."""

    calls: frozenset[tuple[WorkloadReference, WorkloadReference]]
    entries: tuple[WorkloadReference, ...]


class Measurement:
    """The readings of the gateway, in one window for each policy."""

    def __init__(
        self, gateway: Gateway, *, changed: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gateway = gateway
        self._changed = changed
        self._clock = clock
        self._windows: dict[PolicyReference, Window] = {}
        self._reported: dict[PolicyReference, tuple[float, CoverageStatus]] = {}
        self._graphs: dict[PolicyReference, _Graph] = {}
        self._order: Order | None = None
        self._reading: Reading | None = None
        self._read_at: str | None = None
        self.languages: Mapping[str, frozenset[str]] = {}
        """The languages that spans have named between the last two readings, by the identity of their workload."""

    async def run(self) -> None:
        """Read the gateway, for ever."""
        async with aiohttp.ClientSession() as session:
            while True:
                self.take(await read(session, self._gateway.metrics))
                await asyncio.sleep(self._gateway.interval_seconds)

    def assess(
        self, policy: Policy, workloads: tuple[MatchedWorkload, ...], addresses: Addresses
    ) -> tuple[CoverageStatus, Mapping[str, int]]:
        """The coverage of `policy`, and the number of its edges in each state."""
        window = self._window(policy)
        now = self._clock()
        entries = {
            name: addresses.get(f"{name}.{policy.reference.namespace}") for name in policy.spec.coverage.entrypoints
        }
        facts = Facts(
            workloads=workloads,
            traffic=traffic(window.increase(now), addresses),
            entries=tuple(entry for entry in entries.values() if entry),
            missing_entries=tuple(name for name, entry in entries.items() if entry is None),
            gateway_reachable=self._reading is None or self._reading.reachable,
            measured_seconds=window.measured_seconds(now),
            measured_at=self._read_at,
        )
        self._see(policy.reference, _Graph(frozenset(edge.hop for edge in facts.traffic.edges), facts.entries))
        edges = {str(state): count for state, count in count_states(edges_of(facts)).items()}
        return self._steadied(policy.reference, assess(facts), now), edges

    def take(self, reading: Reading) -> None:
        """Add a reading of the gateway to every window."""
        if self._reading is None or reading.unreachable != self._reading.unreachable:
            for problem in reading.unreachable:
                _log.warning("coverage gateway: %s", problem)
        self.languages = _languages(self._reading, reading) if self._reading else {}
        self._reading = reading
        self._read_at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        for window in self._windows.values():
            window.add(self._clock(), reading.replicas)
        self._changed()

    @property
    def order(self) -> Order:
        """Who goes before whom, by the calls that were seen when the policies were last assessed."""
        if self._order is None:
            graphs = self._graphs.values()
            calls = (hop for graph in graphs for hop in graph.calls)
            self._order = ranks(calls, (entry for graph in graphs for entry in graph.entries))
        return self._order

    def forget_all_but(self, policies: Iterable[PolicyReference]) -> None:
        """Drop what is kept of policies that are gone."""
        for kept in (self._windows, self._reported, self._graphs):
            for reference in kept.keys() - set(policies):
                del kept[reference]
                self._order = None

    def _see(self, reference: PolicyReference, graph: "_Graph") -> None:
        if self._graphs.get(reference) != graph:
            self._graphs[reference], self._order = graph, None

    def _steadied(self, reference: PolicyReference, found: CoverageStatus, now: float) -> CoverageStatus:
        """What was found, or what was reported a moment ago where only the time of the reading is new."""
        reported_at, reported = self._reported.get(reference, (now, found))
        same = found.model_copy(update={"last_measured": reported.last_measured}) == reported
        if not same or now - reported_at >= _SILENCE:
            reported_at, reported = now, found
        self._reported[reference] = reported_at, reported
        return reported

    def _window(self, policy: Policy) -> Window:
        """The policy's window, begun with the newest reading where it is new or of another length."""
        window = self._windows.get(policy.reference)
        if window is None or window.seconds != policy.spec.coverage.window_seconds:
            window = self._windows[policy.reference] = Window(policy.spec.coverage.window_seconds)
            if self._reading:
                window.add(self._clock(), self._reading.replicas)
        return window


def _languages(before: Reading, after: Reading) -> dict[str, frozenset[str]]:
    """What the spans counted in between have named; a name that no SDK has is somebody else's invention."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for replica in before.replicas.keys() & after.replicas.keys():
        for group in after.replicas[replica].since(before.replicas[replica]).spans:
            if group.language in _LANGUAGES:
                found[group.workload].add(group.language)
    return {workload: frozenset(languages) for workload, languages in found.items()}


def address_book(snapshot: Snapshot) -> dict[str, WorkloadReference]:
    """Which workload answers at which Service, by the Service's selector and the labels of the workload's pods."""
    labelled: defaultdict[tuple[str, str, str], list[Workload]] = defaultdict(list)
    for workload in snapshot.workloads.values():
        for key, value in workload.pod_labels.items():
            labelled[workload.reference.namespace, key, value].append(workload)
    book: dict[str, WorkloadReference] = {}
    for service in snapshot.services.values():
        if behind := _behind(service, labelled):
            addresses = service_addresses(
                namespace=service.namespace, name=service.name, cluster_ips=service.cluster_ips
            )
            book.update(dict.fromkeys(addresses, behind.reference))
    return book


def _behind(service: ServiceRecord, labelled: Mapping[tuple[str, str, str], Sequence[Workload]]) -> Workload | None:
    """The first workload whose pods the Service selects, looked for among those with its rarest label."""
    groups = [labelled.get((service.namespace, key, value), ()) for key, value in service.selector.items()]
    candidates = min(groups, key=len, default=())
    return next((one for one in candidates if service.selector.items() <= one.pod_labels.items()), None)
