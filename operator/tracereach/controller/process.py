"""How a process begins and ends, that of the operator and that of the webhook."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from tracereach.cluster.client import ApiServer
from tracereach.controller.settings import Settings, SettingsUnusable, load

_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The process was asked to end. Raised inside the task group, it takes every other task with it."""


def begin(config: Path) -> Settings:
    """Log to standard error, and read the settings in `config`. Exits with 2 where they cannot be used."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        return load(config)
    except SettingsUnusable as error:
        _log.critical("%s", error)
        sys.exit(2)


async def run_until_stopped(parts: Callable[[ApiServer], Awaitable[None]]) -> None:
    """Run `parts` with a connection to the API server, until one of them raises `Stopped`, or fails."""
    async with ApiServer.connect() as api:
        try:
            await parts(api)
        except* Stopped:
            _log.info("stopped")


def set_when_told_to_end(ending: asyncio.Event) -> None:
    """Set `ending` at the signals by which people and the kubelet ask for it."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ending.set)


def own_namespace() -> str:
    """The namespace that the process runs in, as the chart tells it."""
    return os.environ.get("POD_NAMESPACE", "tracereach-system")
