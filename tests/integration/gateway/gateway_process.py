"""The coverage gateway as processes on this machine, with the chart's configuration on free loopback ports."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from tests.integration.gateway.ready import answers
from tests.ports import free_ports
from tracereach.coverage.counters import Counters
from tracereach.signals.gateway import read

ROOT = Path(__file__).parents[3]
PROGRAM = ROOT / "images/gateway/build/otelcol"
CONFIGURATION = ROOT / "charts/tracereach/files/gateway.yaml"
OF_REPLICAS = ROOT / "charts/tracereach/files/gateway-replicas.yaml"
_PORTS = (4316, 4317, 4318, 4319, 8889, 8888, 13133)


@dataclass
class Gateway:
    """One replica."""

    receiver: str
    """Its OTLP gRPC address, as sidecars know it."""
    traces: str
    metrics: str
    """What it has counted."""
    telemetry: str
    """What it says of itself."""

    async def counters(self, complete: Callable[[Counters], bool]) -> Counters:
        """Read until the counters are complete."""
        return await counters([self], complete)


async def counters(replicas: list[Gateway], complete: Callable[[Counters], bool]) -> Counters:
    """Read all replicas until their counters together are complete."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(60):
        while True:
            reading = await read(session, [replica.metrics for replica in replicas])
            found = sum(reading.replicas.values(), Counters())
            if complete(found):
                return found
            await asyncio.sleep(0.25)


@asynccontextmanager
async def gateway(directory: Path, *, operator: str) -> AsyncIterator[Gateway]:
    """The only replica."""
    (ports,) = _free(1)
    async with _running(directory / "gateway", [_read(CONFIGURATION)], ports, operator=operator) as running:
        yield running


@asynccontextmanager
async def gateways(directory: Path, count: int, *, operator: str) -> AsyncIterator[list[Gateway]]:
    """Several replicas that know each other by a list, where in a cluster they resolve a name."""
    every = _free(count)
    shared = _read(OF_REPLICAS)
    known = {"static": {"hostnames": [f"127.0.0.1:{ports[4316]}" for ports in every]}}
    for exporter in shared["exporters"].values():
        exporter["resolver"] = known
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                _running(directory / f"gateway-{index}", [_read(CONFIGURATION), shared], ports, operator=operator)
            )
            for index, ports in enumerate(every)
        ]


def _free(replicas: int) -> list[dict[int, int]]:
    """For each replica, by the port in the configuration: one that is free."""
    free = free_ports(replicas * len(_PORTS))
    return [dict(zip(_PORTS, free[index::replicas], strict=True)) for index in range(replicas)]


def _read(configuration: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(configuration.read_text())
    return found


@asynccontextmanager
async def _running(
    directory: Path, configurations: list[dict[str, Any]], ports: Mapping[int, int], *, operator: str
) -> AsyncIterator[Gateway]:
    assert PROGRAM.exists(), f"{PROGRAM} is missing: run the tests by `make integration`"
    arguments = _written(directory, configurations, ports)
    with (directory / "log").open("wb") as log:
        environment = os.environ | {"OPERATOR_URL": operator}
        process = await asyncio.create_subprocess_exec(str(PROGRAM), *arguments, env=environment, stderr=log)
        try:
            await answers(f"http://127.0.0.1:{ports[13133]}/", process, seconds=20)
            yield Gateway(
                f"127.0.0.1:{ports[4317]}",
                f"http://127.0.0.1:{ports[4318]}/v1/traces",
                f"http://127.0.0.1:{ports[8889]}/metrics",
                f"http://127.0.0.1:{ports[8888]}/metrics",
            )
        finally:
            process.terminate()
            await process.wait()


def _written(directory: Path, configurations: list[dict[str, Any]], ports: Mapping[int, int]) -> list[str]:
    """The program's arguments; each configuration is a file in `directory`."""
    directory.mkdir()
    files = [directory / f"{index}.yaml" for index in range(len(configurations))]
    for file, configuration in zip(files, configurations, strict=True):
        file.write_text(_on_loopback(yaml.safe_dump(configuration), ports))
    return [f"--config=file:{file}" for file in files]


def _on_loopback(text: str, ports: Mapping[int, int]) -> str:
    text = text.replace("0.0.0.0", "127.0.0.1")
    for port, free in ports.items():
        text = text.replace(f"127.0.0.1:{port}\n", f"127.0.0.1:{free}\n").replace(f"port: {port}\n", f"port: {free}\n")
    return text
