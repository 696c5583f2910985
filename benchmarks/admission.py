"""How fast the webhook answers under load, against a server that only sends each body back: `make bench`.

Both run in one process of their own, and are asked by this one over loopback, with the same bodies over as many
connections. The echo is the raw limit: whatever answers a review has to read it and to send something of its size.
"""

import asyncio
import json
import multiprocessing
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

import aiohttp
from aiohttp import web
from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.table import Table

from tests.unit.admission.reviews import deployment, review
from tests.unit.admission.shop import RELEASED, TEMPLATE, injected, knowledge, memory, replaced
from tracereach.admission.application import reviews
from tracereach.admission.knowledge import Knowledge
from tracereach.admission.metrics import Metrics
from tracereach.web.application import serve

_REQUESTS = 1000
_CONNECTIONS = 16
_MEMORIES = 5000
_BODIES = {
    "new workload": review(deployment(TEMPLATE)),
    "release": review(deployment(replaced(injected(), image="orders:2")), deployment(injected())),
    "replaced template": review(deployment(RELEASED), deployment(injected())),
    "never injected": review(deployment(RELEASED), deployment(TEMPLATE)),
}


@dataclass(frozen=True)
class _State:
    """A webhook that knows a large cluster."""

    known: Knowledge = field(
        default_factory=lambda: knowledge(memories=[memory(name=f"orders-{index}") for index in range(_MEMORIES)])
    )

    def is_ready(self) -> bool:
        """It is."""
        return True

    def is_ending(self) -> bool:
        """It is not."""
        return False

    def knowledge(self) -> Knowledge | None:
        """What it has known from the start."""
        return self.known


@dataclass(frozen=True)
class Measurement:
    """Times from a request to its answer, in milliseconds, and requests in a second."""

    milliseconds: list[float]
    rate: float

    def cells(self) -> tuple[str, str, str]:
        """Median, 99th percentile and rate."""
        hundredths = statistics.quantiles(self.milliseconds, n=100)
        return f"{statistics.median(self.milliseconds):.1f}", f"{hundredths[98]:.1f}", f"{self.rate:.0f}"


def main() -> None:
    """Measure every kind of review and print the table."""
    title = f"{_REQUESTS} reviews over {_CONNECTIONS} connections, {_MEMORIES} workloads, {os.cpu_count()} CPUs"
    table = Table("ms", "echo p50", "p99", "per s", "webhook p50", "p99", "per s", title=title)
    with _servers() as (echo, webhook):
        for name, content in _BODIES.items():
            body = json.dumps(content).encode()
            table.add_row(name, *_measure(echo, body).cells(), *_measure(webhook, body).cells())
    Console().print(table)


@contextmanager
def _servers() -> Iterator[tuple[str, str]]:
    """The addresses of both servers, in a process of their own."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    echo, webhook = ours.recv()
    try:
        yield f"http://127.0.0.1:{echo}/", f"http://127.0.0.1:{webhook}/workloads"
    finally:
        process.terminate()
        process.join()


def _serve(ports: Connection) -> None:
    asyncio.run(_serve_both(ports.send))


async def _serve_both(tell: Callable[[Any], None]) -> None:
    async def send_back(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    echo = web.Application()
    echo.add_routes([web.post("/", send_back)])
    webhook = reviews(_State(), Metrics(CollectorRegistry()))
    async with AsyncExitStack() as stack:
        tell([await stack.enter_async_context(serve(app, 0, host="127.0.0.1")) for app in (echo, webhook)])
        await asyncio.Event().wait()


def _measure(url: str, body: bytes) -> Measurement:
    asyncio.run(_ask(url, body, _REQUESTS // 10))
    begun = time.perf_counter()
    milliseconds = asyncio.run(_ask(url, body, _REQUESTS))
    return Measurement(milliseconds, len(milliseconds) / (time.perf_counter() - begun))


async def _ask(url: str, body: bytes, requests: int) -> list[float]:
    milliseconds: list[float] = []
    async with aiohttp.ClientSession() as session:

        async def ask() -> None:
            for _ in range(requests // _CONNECTIONS):
                begun = time.perf_counter()
                async with session.post(url, data=body) as answer:
                    answer.raise_for_status()
                    await answer.read()
                milliseconds.append((time.perf_counter() - begun) * 1000)

        await asyncio.gather(*(ask() for _ in range(_CONNECTIONS)))
    return milliseconds


if __name__ == "__main__":
    main()
