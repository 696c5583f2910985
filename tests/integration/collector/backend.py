"""A tracing backend in the test's own process, and the sidecar collector as a process beside it."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.integration.gateway.gateway_process import ROOT
from tests.integration.gateway.test_gateway_configuration import Export
from tests.ports import free_ports
from tracereach.inject import Injection
from tracereach.inject.collector import container

COLLECTOR = ROOT / "images/collector/build/otelcol"
FIELDS = {"metadata.name": "orders-0", "metadata.uid": "1234", "spec.nodeName": "17"}
"""Of the pod; some of them look like numbers, which they must not become on the way."""


@dataclass
class Backend:
    """Takes OTLP over HTTP, after `gate` is set, and keeps what came."""

    url: str = ""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    resources: list[dict[str, str]] = field(default_factory=list)
    """The resource attributes of each span."""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, request: web.Request) -> web.Response:
        export = ExportTraceServiceRequest.FromString(await request.read())
        await self.gate.wait()
        for group in export.resource_spans:
            found = {attribute.key: attribute.value.string_value for attribute in group.resource.attributes}
            self.resources += [found for scope in group.scope_spans for _ in scope.spans]
        self.headers.append(request.headers)
        self.arrived.set()
        return web.Response(body=b"", content_type="application/x-protobuf")


@asynccontextmanager
async def backend(*, tls: ssl.SSLContext | None = None, shut: bool = False) -> AsyncIterator[Backend]:
    """A backend on a free port; one that is `shut` answers no request before its gate is set."""
    made = Backend()
    if not shut:
        made.gate.set()
    served = web.Application()
    served.router.add_post("/v1/traces", made.receive)
    runner = web.AppRunner(served, shutdown_timeout=1)
    await runner.setup()
    (port,) = free_ports(1)
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
    made.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}"
    try:
        yield made
    finally:
        made.gate.set()
        await runner.cleanup()


@dataclass
class Sidecar:
    """A running sidecar, with the environment that the kubelet would give it."""

    process: asyncio.subprocess.Process
    traces: str
    log: Path

    async def take(self, export: Export) -> None:
        """Hand it spans, as an agent does; it begins to listen in its own time."""
        async with asyncio.timeout(20):
            while True:
                assert self.process.returncode is None, self.log.read_text()
                try:
                    return await export.post(self.traces)
                except aiohttp.ClientConnectionError:
                    await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """End it as the kubelet does."""
        if self.process.returncode is None:
            self.process.terminate()
        await asyncio.wait_for(self.process.wait(), 30)


@asynccontextmanager
async def sidecar(
    directory: Path, injection: Injection, secrets: Mapping[str, str] | None = None
) -> AsyncIterator[Sidecar]:
    """The collector as `injection` renders it, with the values of references from `secrets`, on free loopback ports."""
    assert COLLECTOR.exists(), f"{COLLECTOR} is missing: run the tests by `make integration`"
    rendered = container(injection, guaranteed=False)
    grpc, http = free_ports(2)
    values = {entry["name"]: _value(entry, secrets or {}) for entry in rendered["env"]}
    environment = {
        name: value.replace("127.0.0.1:4317", f"127.0.0.1:{grpc}").replace("127.0.0.1:4318", f"127.0.0.1:{http}")
        for name, value in values.items()
        if value is not None
    }
    log = directory / "sidecar.log"
    with log.open("wb") as opened:
        command = (str(COLLECTOR), *rendered["args"])
        process = await asyncio.create_subprocess_exec(*command, env=os.environ | environment, stderr=opened)
    running = Sidecar(process, f"http://127.0.0.1:{http}/v1/traces", log)
    try:
        yield running
    finally:
        await running.stop()


def _value(entry: Mapping[str, Any], secrets: Mapping[str, str]) -> str | None:
    """What the kubelet makes of an entry; one that refers to an optional Secret that is missing is left out."""
    match entry.get("valueFrom"):
        case None:
            return str(entry["value"])
        case {"fieldRef": {"fieldPath": path}}:
            return FIELDS[path]
        case {"secretKeyRef": {"optional": True}}:
            return secrets.get(entry["name"])
        case {"resourceFieldRef": {"resource": "limits.cpu"}}:
            return "1"
        case source:
            raise AssertionError(f"{entry['name']} is from {source}")
