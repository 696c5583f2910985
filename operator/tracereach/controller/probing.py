"""Sends the probes that policies ask for, and keeps what they have shown.

Each policy's entries are asked every so often; and whatever seems to be a proxy without spans is asked itself, to see
what it does to the headers. What was seen is a hint for coverage and may be lost with the process.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

import aiohttp

from tracereach.api.acceptance import PolicyReference
from tracereach.api.grpc import grpc_status_name
from tracereach.api.policy import Probe
from tracereach.api.probes import ProbeAnswer, ProbeQuestion
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import ApiError
from tracereach.cluster.limiter import Limiter
from tracereach.cluster.projections import ServiceRecord
from tracereach.cluster.service_pods import chosen_port, ready_pods
from tracereach.coverage.probing import Forwarding, Seen, forwarding
from tracereach.signals.grpc_sender import GrpcRequest, call
from tracereach.signals.probe_headers import Format, new_trace_id
from tracereach.signals.probe_sender import ProbeRequest, send
from tracereach.signals.probes import ProbeStore

_log = logging.getLogger(__name__)
_TICK_SECONDS = 1.0
_SETTLING_SECONDS = 8.0
"""From a probe to the last of its spans: agents wait up to a second, collectors and the gateway as long again."""
_INTERVALS_KEPT = 10
"""For how many intervals what was seen of a proxy counts."""
_ASKED_PER_SECOND, _ASKED_AT_ONCE = 1.0, 5
"""How fast people may ask for probes."""
_MOST_WAITING = 20
"""How many of them wait for their turn at most, so that none waits longer for it than whoever asks does."""
_MOST_SUSPECTS = 5
"""Workloads asked in one interval, beside the entries."""


@dataclass(frozen=True)
class ProbePlan:
    """What one policy has probed."""

    policy: PolicyReference
    probe: Probe
    entries: tuple[ServiceRecord, ...]
    suspects: tuple[tuple[WorkloadReference, ServiceRecord], ...] = ()
    """Workloads without spans that calls are lost at, each with a Service of its own."""


@dataclass(frozen=True)
class _Request:
    """One probe: whom it is sent to, and in which formats of headers."""

    service: ServiceRecord
    probe: Probe
    headers: Format = "all"
    of: WorkloadReference | None = None
    """Whose pods alone, where several workloads share the Service."""


class NoTarget(Exception):
    """There is nothing that a probe may be sent to."""


class TooManyAsked(Exception):
    """So many wait for their probe that one more would wait too long."""


class Prober:
    """Probes, one after another for each policy."""

    def __init__(
        self,
        api: ApiServer,
        store: ProbeStore,
        *,
        changed: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._api = api
        self._store = store
        self._changed = changed
        self._clock = clock
        self._plans: Mapping[PolicyReference, ProbePlan] = {}
        self._due: dict[PolicyReference, float] = {}
        self._under_way: set[PolicyReference] = set()
        self._seen: dict[WorkloadReference, tuple[float, Forwarding]] = {}
        self._reachable: Mapping[tuple[str, str], ServiceRecord] = {}
        self._limiter = Limiter(rate=_ASKED_PER_SECOND, burst=_ASKED_AT_ONCE)
        self._waiting = 0

    @property
    def forwarded(self) -> Mapping[WorkloadReference, Forwarding]:
        """What workloads without spans did to headers, as far as that was seen lately."""
        now = self._clock()
        return {workload: how for workload, (until, how) in self._seen.items() if until > now}

    def plan(self, plans: Iterable[ProbePlan], reachable: Mapping[tuple[str, str], ServiceRecord]) -> None:
        """From now on, probe for these policies; and let people ask the Services that are `reachable`."""
        self._reachable = reachable
        self._plans = {plan.policy: plan for plan in plans}
        self._due = {policy: due for policy, due in self._due.items() if policy in self._plans}
        now = self._clock()
        self._seen = {workload: seen for workload, seen in self._seen.items() if seen[0] > now}

    async def run(self) -> None:
        """Probe, for ever."""
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
            while True:
                now = self._clock()
                for policy, plan in self._plans.items():
                    if self._due.get(policy, now) <= now and policy not in self._under_way:
                        self._due[policy] = now + plan.probe.interval_seconds
                        self._under_way.add(policy)
                        tasks.create_task(self._probe(session, plan))
                await asyncio.sleep(_TICK_SECONDS)

    async def ask(self, question: ProbeQuestion) -> ProbeAnswer:
        """Send the probe that somebody asks for, once it is its turn.

        Raises `NoTarget`, `TooManyAsked`, and `ApiError` where pods cannot be read.
        """
        service = self._reachable.get((question.namespace, question.service))
        if service is None:
            raise NoTarget(f"no policy has a workload behind a Service {question.namespace}/{question.service}")
        await self._turn()
        async with aiohttp.ClientSession() as session:
            trace_id, answer = await self._send(session, _Request(service, question.probe))
        if isinstance(answer, str):
            return ProbeAnswer(trace_id=trace_id, problem=answer)
        name = grpc_status_name(answer) if question.grpc_method else ""
        return ProbeAnswer(trace_id=trace_id, status=answer, grpc_status=name)

    async def _turn(self) -> None:
        if self._waiting >= _MOST_WAITING:
            raise TooManyAsked(f"{self._waiting} probes wait already, and one is sent a second; ask again later")
        self._waiting += 1
        try:
            await self._limiter.wait()
        finally:
            self._waiting -= 1

    async def _probe(self, session: aiohttp.ClientSession, plan: ProbePlan) -> None:
        try:
            for entry in plan.entries:
                await self._sent(session, _Request(entry, probe_of(entry, plan.probe, unless_told=True)))
            for workload, service in plan.suspects[:_MOST_SUSPECTS]:
                await self._examine(session, workload, service, probe_of(service, plan.probe, unless_told=False))
        except Exception:  # a Service or a pod that nobody thought of must not end the process
            _log.exception("%s: not probed to the end, because of an error of the operator", plan.policy)
        finally:
            self._under_way.discard(plan.policy)

    async def _examine(
        self, session: aiohttp.ClientSession, workload: WorkloadReference, service: ServiceRecord, probe: Probe
    ) -> None:
        """Ask a workload without spans twice, in each format alone, and keep what came out behind it."""
        w3c = await self._sent(session, _Request(service, probe, "w3c", workload))
        b3 = await self._sent(session, _Request(service, probe, "b3", workload))
        if not w3c or not b3:
            return
        await asyncio.sleep(_SETTLING_SECONDS)
        seen = (Seen(self._store.trace(probe_id), self._store.strays(probe_id)) for probe_id in (w3c, b3))
        how = forwarding(str(workload), *seen)
        if self.forwarded.get(workload) != how:
            _log.info("%s: a probe sent to it was seen behind it: %s", workload, how)
            self._changed()
        self._seen[workload] = self._clock() + probe.interval_seconds * _INTERVALS_KEPT, how

    async def _sent(self, session: aiohttp.ClientSession, request: _Request) -> str:
        """The trace id of a probe that was answered; empty where there was no answer."""
        service = request.service
        try:
            trace_id, answer = await self._send(session, request)
        except (NoTarget, ApiError) as error:
            _log.info("no probe of %s/%s: %s", service.namespace, service.name, error)
            return ""
        if isinstance(answer, str):
            _log.info("the probe of %s/%s was not answered: %s", service.namespace, service.name, answer)
            return ""
        return trace_id

    async def _send(self, session: aiohttp.ClientSession, request: _Request) -> tuple[str, int | str]:
        """The trace id, and the status of the answer or why there is none. Raises `NoTarget` and `ApiError`."""
        service, probe = request.service, request.probe
        pods = await ready_pods(self._api, service, probe.port, of=request.of)
        if not pods:
            raise NoTarget("it has no ready pod behind a selector and that port")
        trace_id = new_trace_id()
        pod = pods[int(trace_id, 16) % len(pods)]
        host = f"{service.name}.{service.namespace}"
        if probe.grpc_method:
            called = GrpcRequest(pod.address, pod.port, host, probe.grpc_method)
            return trace_id, await call(called, trace_id, headers=request.headers)
        asked = ProbeRequest(pod.address, pod.port, host, probe.path, probe.method)
        return trace_id, await send(session, asked, trace_id, headers=request.headers)


def probe_of(service: ServiceRecord, probe: Probe, *, unless_told: bool) -> Probe:
    """The probe as this Service understands it: by gRPC only where its port says so, or as `unless_told`."""
    port = chosen_port(service, probe.port)
    by_grpc = port.grpc if port and port.grpc is not None else unless_told
    return probe if by_grpc else probe.model_copy(update={"grpc_method": None})


def suspects(
    broken: Collection[WorkloadReference], services: Mapping[WorkloadReference, ServiceRecord], namespace: str
) -> tuple[tuple[WorkloadReference, ServiceRecord], ...]:
    """Which workloads to ask: those of the policy's own namespace that a Service leads to."""
    return tuple(
        (workload, services[workload])
        for workload in sorted(broken)
        if workload in services and services[workload].namespace == namespace
    )
