"""Puts the webhook's process together and runs it until it is told to stop, or until a part of it fails."""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from prometheus_client import CollectorRegistry

from tracereach.admission.application import health, reviews
from tracereach.admission.informers import Informers
from tracereach.admission.knowledge import Knowledge
from tracereach.admission.metrics import Metrics
from tracereach.admission.serving_certificate import ServingCertificate
from tracereach.cluster.client import ApiServer
from tracereach.cluster.server import server_version
from tracereach.controller.process import Stopped, begin, own_namespace, run_until_stopped, set_when_told_to_end
from tracereach.controller.settings import Settings
from tracereach.web.application import serve

_PARTING_SECONDS = 5
"""From not being ready to not listening: until then, no API server has heard that it should ask another replica."""


@dataclass(frozen=True, kw_only=True)
class Doors:
    """The ports to listen on."""

    reviews: int = 8443
    health: int = 8081


@dataclass(frozen=True)
class ProcessState:
    """What the doors show of the process."""

    informers: Informers
    certificate: ServingCertificate
    ending: asyncio.Event = field(default_factory=asyncio.Event)

    def is_ready(self) -> bool:
        """Whether reviews should be sent here."""
        return self.informers.complete and self.certificate.loaded and not self.is_ending()

    def is_ending(self) -> bool:
        """Whether callers should look for another replica."""
        return self.ending.is_set()

    def knowledge(self) -> Knowledge | None:
        """The cluster as it is known now; None before the first full look at it."""
        return self.informers.knowledge() if self.informers.complete else None


def run(config: Path, certificates: Path, doors: Doors) -> None:
    """Run the webhook with the operator's settings in `config`. Exits with 2 where they cannot be used."""
    settings = begin(config)
    asyncio.run(run_until_stopped(partial(_run_parts, settings, ServingCertificate(certificates), doors)))


async def _run_parts(settings: Settings, certificate: ServingCertificate, doors: Doors, api: ApiServer) -> None:
    registry = CollectorRegistry()
    server = await server_version(api)
    informers = Informers(api, settings.catalogue, server=server, namespace=own_namespace(), all_paused=settings.paused)
    state = ProcessState(informers, certificate)
    async with (
        serve(health(state, registry), doors.health),
        serve(reviews(state, Metrics(registry)), doors.reviews, tls=certificate.context),
        asyncio.TaskGroup() as tasks,
    ):
        informers.start(tasks)
        tasks.create_task(certificate.keep_fresh())
        tasks.create_task(_end_when_told(state))


async def _end_when_told(state: ProcessState) -> None:
    """Wait for a signal, and a while longer. Leaving the servers' contexts then finishes the requests in flight."""
    set_when_told_to_end(state.ending)
    await state.ending.wait()
    await asyncio.sleep(_PARTING_SECONDS)
    raise Stopped
