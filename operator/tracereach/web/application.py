"""The routes of the operator's one HTTP port. The controller hands over a `WebState` and serves the application."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from ssl import SSLContext
from typing import Protocol

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from pydantic import ValidationError

from tracereach.api.coverage import CoverageReports
from tracereach.api.probes import Halt, ProbeAnswer, ProbeQuestion
from tracereach.coverage.tree import Span
from tracereach.signals.otlp import MalformedTelemetry, spans_from
from tracereach.signals.probes import ProbeStore

_LARGEST_BODY = 4 * 1024 * 1024


class ProbeRefused(Exception):
    """A probe that was asked for is not sent; the text says why."""


class WebState(Protocol):
    """What the pages show, provided by the controller."""

    @property
    def registry(self) -> CollectorRegistry:
        """The metrics to expose."""

    @property
    def probes(self) -> ProbeStore:
        """Where the spans of probes are kept."""

    def is_ready(self) -> bool:
        """Whether the first full look at the cluster has been taken."""

    def coverage(self) -> CoverageReports:
        """The coverage of all policies."""

    def halts(self, spans: Iterable[Span]) -> tuple[Halt, ...]:
        """The hops that the trace of a probe did not get over."""

    async def probe(self, question: ProbeQuestion) -> ProbeAnswer:
        """Send a probe. Raises `ProbeRefused`."""


@dataclass(frozen=True)
class _Routes:
    state: WebState

    async def healthz(self, _: web.Request) -> web.Response:
        """Whether the process answers at all."""
        return web.Response(text="ok\n")

    async def readyz(self, _: web.Request) -> web.Response:
        """Whether what the other pages say can be trusted."""
        if self.state.is_ready():
            return web.Response(text="ok\n")
        return web.Response(status=503, text="not ready: the first look at the cluster is not complete\n")

    async def metrics(self, _: web.Request) -> web.Response:
        """The operator's own metrics, in Prometheus text."""
        return web.Response(body=generate_latest(self.state.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def coverage(self, _: web.Request) -> web.Response:
        """The coverage of all policies."""
        return web.json_response(text=self.state.coverage().model_dump_json(by_alias=True))

    async def trace(self, request: web.Request) -> web.Response:
        """The spans of one probe, oldest first, and the hops that it did not get over."""
        trace_id = request.match_info["id"]
        spans = sorted(self.state.probes.trace(trace_id), key=lambda span: (span.start, span.span_id))
        if not spans:
            text = f"no spans of trace {trace_id}: only recent probes are kept, and spans need some seconds to arrive\n"
            return web.Response(status=404, text=text)
        halts = [halt.model_dump(mode="json", by_alias=True) for halt in self.state.halts(spans)]
        content = {"traceId": spans[0].trace_id, "spans": [asdict(span) for span in spans], "halts": halts}
        return web.json_response(content)

    async def probe(self, request: web.Request) -> web.Response:
        """Send a probe to a Service that a policy's workloads stand behind; its trace can be read afterwards."""
        try:
            answer = await self.state.probe(ProbeQuestion.model_validate_json(await request.read()))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            return web.json_response({"message": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"}, status=400)
        except ProbeRefused as error:
            return web.json_response({"message": str(error)}, status=422)
        return web.json_response(text=answer.model_dump_json(by_alias=True))

    async def receive(self, request: web.Request) -> web.Response:
        """OTLP over HTTP in JSON, from the gateway; spans that belong to no probe are passed over."""
        if request.content_type != "application/json":
            return web.json_response({"message": "only OTLP in JSON is taken: application/json"}, status=415)
        try:
            self.state.probes.add(spans_from(await request.read()))
        except MalformedTelemetry as error:
            return web.json_response({"message": str(error)}, status=400)
        return web.json_response({})


def application(state: WebState) -> web.Application:
    """The web application: `/healthz`, `/readyz`, `/metrics`, `/api/...` and `/v1/traces`."""
    routes = _Routes(state)
    app = web.Application(client_max_size=_LARGEST_BODY)
    app.add_routes(
        [
            web.get("/healthz", routes.healthz),
            web.get("/readyz", routes.readyz),
            web.get("/metrics", routes.metrics),
            web.get("/api/coverage", routes.coverage),
            web.get("/api/traces/{id:[0-9a-fA-F]{32}}", routes.trace),
            web.post("/api/probes", routes.probe),
            web.post("/v1/traces", routes.receive),
        ]
    )
    return app


@asynccontextmanager
async def serve(
    app: web.Application, port: int, *, host: str | None = None, tls: SSLContext | None = None
) -> AsyncIterator[int]:
    """Serve until the context ends. Yields the port, which the system chooses for 0. Without a host: on every address.

    Requests in flight are finished then. Raises `OSError` where the port is taken.
    """
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, ssl_context=tls).start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
