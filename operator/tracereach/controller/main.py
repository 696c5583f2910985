"""Puts the operator's process together and runs it until it is told to stop, or until a part of it fails."""

import asyncio
import logging
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry

from tracereach.api.coverage import CoverageReports
from tracereach.api.probes import Halt, ProbeAnswer, ProbeQuestion
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import ApiError
from tracereach.cluster.events import EventRecorder
from tracereach.cluster.inbox import PolicyInbox
from tracereach.cluster.limiter import Limiter
from tracereach.cluster.policies import run_kopf
from tracereach.cluster.server import server_version
from tracereach.controller import tracing
from tracereach.controller.actions import Actions
from tracereach.controller.informers import Informers
from tracereach.controller.loop import Loop
from tracereach.controller.measurement import Measurement
from tracereach.controller.probing import NoTarget, Prober, TooManyAsked
from tracereach.controller.process import Stopped, begin, own_namespace, run_until_stopped, set_when_told_to_end
from tracereach.controller.reporting import Reporter
from tracereach.controller.revisions import Revisions
from tracereach.controller.settings import Settings
from tracereach.coverage.probing import halts
from tracereach.coverage.tree import Span
from tracereach.signals.probes import ProbeStore
from tracereach.web.application import ProbeRefused, application, serve
from tracereach.web.metrics import Metrics


@dataclass(frozen=True)
class ProcessState:
    """What the web pages show of the process."""

    registry: CollectorRegistry
    probes: ProbeStore
    reporter: Reporter
    informers: Informers
    prober: Prober

    async def probe(self, question: ProbeQuestion) -> ProbeAnswer:
        """Send a probe. Raises `ProbeRefused`."""
        try:
            return await self.prober.ask(question)
        except (NoTarget, TooManyAsked, ApiError) as error:
            raise ProbeRefused(str(error)) from error

    def is_ready(self) -> bool:
        """Whether the first full look at the cluster has been taken."""
        return self.informers.complete

    def halts(self, spans: Iterable[Span]) -> tuple[Halt, ...]:
        """The hops that the trace of a probe did not get over."""
        return halts(spans, self.reporter.addresses, self.reporter.coverage.policies)

    def coverage(self) -> CoverageReports:
        """The coverage of all policies."""
        return self.reporter.coverage


def run(config: Path) -> None:
    """Run the operator with the settings in `config`. Exits with 2 where they cannot be used."""
    settings = begin(config)
    for chatty in ("kopf.activities", "kopf.objects"):  # a line for each event of each policy, and no news in it
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    tracing.configure()
    asyncio.run(run_until_stopped(partial(_run_parts, settings)))


async def _run_parts(settings: Settings, api: ApiServer) -> None:
    wake, registry, probes = asyncio.Event(), CollectorRegistry(), ProbeStore()
    metrics = Metrics(registry)
    inbox = PolicyInbox(changed=wake.set)
    informers = Informers(api, changed=wake.set, read_config_maps=settings.read_config_maps)
    measurement = Measurement(settings.gateway, changed=wake.set)
    limiter = Limiter(rate=settings.patches.per_second, burst=settings.patches.burst)
    namespace = own_namespace()
    events = EventRecorder(api, instance=os.environ.get("HOSTNAME", "tracereach"))
    prober = Prober(api, probes, changed=wake.set)
    reporter = Reporter(api, events=events, inbox=inbox, measurement=measurement, metrics=metrics, prober=prober)
    loop = Loop(
        api=api,
        actions=Actions(api, limiter, informers, metrics),
        inbox=inbox,
        informers=informers,
        measurement=measurement,
        metrics=metrics,
        namespace=namespace,
        reporter=reporter,
        revisions=Revisions(api, namespace=namespace),
        server=await server_version(api),
        settings=settings,
        wake=wake,
    )
    state = ProcessState(registry, probes, reporter, informers, prober)
    async with serve(application(state), settings.port), asyncio.TaskGroup() as tasks:
        informers.start(tasks)
        tasks.create_task(measurement.run())
        tasks.create_task(events.run())
        tasks.create_task(loop.run())
        tasks.create_task(prober.run())
        tasks.create_task(_run_policies(api, inbox))


async def _run_policies(api: ApiServer, inbox: PolicyInbox) -> None:
    """Watch the policies until a signal asks the process to end; then everything ends."""
    stop = asyncio.Event()
    set_when_told_to_end(stop)
    await run_kopf(api, inbox, stop)
    raise Stopped
