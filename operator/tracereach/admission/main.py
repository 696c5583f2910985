"""Puts the webhook's process together and runs it until it is told to stop, or until a part of it fails."""

import asyncio
import logging
import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client import CollectorRegistry

from tracereach.admission.application import health, reviews
from tracereach.admission.informers import Informers
from tracereach.admission.knowledge import Knowledge
from tracereach.admission.metrics import Metrics
from tracereach.admission.serving_certificate import ServingCertificate
from tracereach.cluster.client import ApiServer
from tracereach.cluster.server import server_version
from tracereach.controller.settings import Settings, SettingsUnusable, load
from tracereach.web.application import serve

_log = logging.getLogger(__name__)
_PARTING_SECONDS = 5
"""From not being ready to not listening: until then, no API server has heard that it should ask another replica."""


class Stopped(Exception):
    """The process was asked to end. Raised inside the task group, it takes every other task with it."""


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
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = load(config)
    except SettingsUnusable as error:
        _log.critical("%s", error)
        sys.exit(2)
    asyncio.run(_run(settings, certificates, doors))


async def _run(settings: Settings, certificates: Path, doors: Doors) -> None:
    async with ApiServer.connect() as api:
        try:
            await _run_parts(settings, ServingCertificate(certificates), doors, api)
        except* Stopped:
            _log.info("stopped")


async def _run_parts(settings: Settings, certificate: ServingCertificate, doors: Doors, api: ApiServer) -> None:
    registry = CollectorRegistry()
    namespace = os.environ.get("POD_NAMESPACE", "tracereach-system")
    server = await server_version(api)
    informers = Informers(api, settings.catalogue, server=server, namespace=namespace, all_paused=settings.paused)
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
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, state.ending.set)
    await state.ending.wait()
    await asyncio.sleep(_PARTING_SECONDS)
    raise Stopped
