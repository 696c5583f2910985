"""The gateway's configuration in a real collector: spans of whole and of broken requests go in, verdicts come out."""

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client import CollectorRegistry

from tests.integration.gateway.gateway_process import Gateway, counters, gateway, gateways
from tracereach.api.coverage import CoverageReports
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import service_addresses
from tracereach.coverage.counters import Call, Counters
from tracereach.coverage.edges import Terminal, Traffic, traffic
from tracereach.coverage.spans import span_counts
from tracereach.coverage.tree import tree
from tracereach.signals.probes import PROBE_TRACE_PREFIX, ProbeStore, user_agent
from tracereach.web.application import application, serve

REQUESTS = 40
SHOP = ("storefront", "orders", "payments", "ledger")
SERVER, CLIENT = Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT
PRODUCER, CONSUMER = Span.SPAN_KIND_PRODUCER, Span.SPAN_KIND_CONSUMER


@dataclass
class State:
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    probes: ProbeStore = field(default_factory=ProbeStore)

    def is_ready(self) -> bool:
        return True

    def coverage(self) -> CoverageReports:
        return CoverageReports()


@dataclass
class Export:
    """One OTLP request, filled by hand. Every span comes from a pod of its own and claims a forged service name."""

    request: ExportTraceServiceRequest = field(default_factory=ExportTraceServiceRequest)

    def span(
        self,
        workload: str,
        kind: Any,
        trace: bytes,
        parent: bytes = b"",
        *,
        name: str = "GET",
        linked: tuple[bytes, bytes] | None = None,
        **attributes: str,
    ) -> bytes:
        """Add a span and return its id. Attribute names are written with `__` for their dots."""
        group = self.request.resource_spans.add()
        stamp = {"tracereach.workload": workload} if workload else {}
        for key, value in {"service.name": "forged", "k8s.pod.name": secrets.token_hex(4), **stamp}.items():
            group.resource.attributes.add(key=key).value.string_value = value
        now = time.time_ns()
        span = group.scope_spans.add().spans.add(trace_id=trace, span_id=secrets.token_bytes(8), name=name, kind=kind)
        span.parent_span_id, span.start_time_unix_nano, span.end_time_unix_nano = parent, now, now + 1_000_000
        if linked:
            span.links.add(trace_id=linked[0], span_id=linked[1])
        for key, value in attributes.items():
            span.attributes.add(key=key.replace("__", ".")).value.string_value = value
        return bytes(span.span_id)

    def call(self, caller: str, callee: str, trace: bytes, parent: bytes) -> bytes:
        """Add both spans of a whole hop and return the id of the callee's."""
        client = self.span(caller, CLIENT, trace, parent, server__address=callee.rpartition("/")[2])
        return self.span(callee, SERVER, trace, client)

    def split(self) -> list["Export"]:
        """One request for each span."""
        return [Export(ExportTraceServiceRequest(resource_spans=[group])) for group in self.request.resource_spans]

    async def post(self, url: str) -> None:
        headers = {"Content-Type": "application/x-protobuf"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=self.request.SerializeToString(), headers=headers) as response,
        ):
            assert response.status == 200, await response.text()


def shop(namespace: str) -> list[str]:
    return [f"{namespace}/Deployment/{name}" for name in SHOP]


def one_of_each(export: Export) -> None:
    """A whole request; one past orders, which has no agent; one past a proxy that drops the header."""
    trace = secrets.token_bytes(16)
    storefront, orders, payments, ledger = shop("whole")
    last = export.span(storefront, SERVER, trace)
    for caller, callee in ((storefront, orders), (orders, payments), (payments, ledger)):
        last = export.call(caller, callee, trace, last)

    trace, new = secrets.token_bytes(16), secrets.token_bytes(16)
    storefront, orders, payments, ledger = shop("silent")
    export.span(storefront, CLIENT, trace, export.span(storefront, SERVER, trace), server__address="orders")
    export.call(payments, ledger, new, export.span(payments, SERVER, new))

    trace, new = secrets.token_bytes(16), secrets.token_bytes(16)
    storefront, orders, payments, ledger = shop("dropped")
    last = export.call(storefront, orders, trace, export.span(storefront, SERVER, trace))
    export.span(orders, CLIENT, trace, last, server__address="payments:8080")
    export.call(payments, ledger, new, export.span(payments, SERVER, new))


def noise(export: Export) -> None:
    """Health checks and a span without stamp, which must not show; calls to a store, a broker and far away."""

    def root(workload: str, **about: str) -> None:
        export.span(workload, SERVER, secrets.token_bytes(16), **about)

    def outbound(kind: Any, **about: str) -> None:
        export.span("noise/Deployment/busy", kind, secrets.token_bytes(16), secrets.token_bytes(8), **about)

    quiet = "noise/Deployment/quiet"
    root(quiet, user_agent__original="kube-probe/1.36")
    root(quiet, http__user_agent="kube-probe/1.29")
    root(quiet, url__path="/healthz")
    root(quiet, http__target="/readyz?verbose")
    root(quiet, rpc__service="grpc.health.v1.Health")
    root(quiet, name="grpc.health.v1.Health/Check")
    root("")
    outbound(CLIENT, server__address="redis", db__system__name="redis")
    outbound(PRODUCER, server__address="kafka", messaging__system="kafka")
    outbound(CLIENT, server__address="api.example.com")


def understood(counters: Counters) -> Traffic:
    namespaces = ("whole", "silent", "dropped", "noise")
    addresses = {
        address: (WorkloadReference(namespace, "Deployment", name),)
        for namespace in namespaces
        for name in (*SHOP, "redis", "kafka")
        for address in service_addresses(namespace=namespace, name=name)
    }
    return traffic(counters, addresses)


def unpaired(counters: Counters) -> int:
    """Requests that only one side has told of: five arrivals and four calls of each kind."""
    return sum(count for call, count in counters.calls.items() if call.virtual)


async def test_counts_whole_and_broken_hops_exactly_and_no_noise(tmp_path: Path) -> None:
    async with gateway(tmp_path, operator="http://127.0.0.1:1") as running:
        export = Export()
        for _ in range(REQUESTS):
            one_of_each(export)
            noise(export)
        await export.post(running.traces)
        counters = await running.counters(lambda counters: unpaired(counters) == 9 * REQUESTS)
    seen = understood(counters)
    whole, broken = (REQUESTS, REQUESTS, "Healthy"), (REQUESTS, 0, "Broken")
    assert {
        (edge.caller.namespace, edge.caller.name, edge.callee.name): (edge.calls, edge.carried, edge.state)
        for edge in seen.edges
    } == {
        ("whole", "storefront", "orders"): whole,
        ("whole", "orders", "payments"): whole,
        ("whole", "payments", "ledger"): whole,
        ("silent", "storefront", "orders"): broken,
        ("silent", "payments", "ledger"): whole,
        ("dropped", "storefront", "orders"): whole,
        ("dropped", "orders", "payments"): broken,
        ("dropped", "payments", "ledger"): whole,
    }
    arrivals = (("whole", 0), ("silent", 0), ("silent", 2), ("dropped", 0), ("dropped", 2))
    assert seen.entering == {
        WorkloadReference(namespace, "Deployment", SHOP[service]): REQUESTS for namespace, service in arrivals
    }
    busy = WorkloadReference("noise", "Deployment", "busy")
    ends = (Terminal("Database", "redis"), Terminal("Broker", "kafka"), Terminal("Host", "api.example.com"))
    assert seen.leaving == {(busy, end): REQUESTS for end in ends}
    assert {sender for sender in seen.senders if sender.namespace == "noise"} == {busy}
    assert all(count % REQUESTS == 0 for count in counters.spans.values())


async def test_replicas_count_together_what_one_would_count(tmp_path: Path) -> None:
    async with gateways(tmp_path, 3, operator="http://127.0.0.1:1") as replicas:
        for index in range(REQUESTS):
            export = Export()
            one_of_each(export)
            noise(export)
            # Each span comes in where it happens to, as from sidecars that do not know of each other.
            for place, part in enumerate(export.split()):
                await _taken(part, replicas[(index + place) % len(replicas)])
        together = await counters(replicas, lambda found: unpaired(found) == 9 * REQUESTS)
        shares = [sum((await replica.counters(lambda found: True)).calls.values()) for replica in replicas]
    edges = understood(together).edges
    seen = {(edge.caller.namespace, edge.caller.name): (edge.calls, edge.carried) for edge in edges}
    assert {seen["whole", caller] for caller in ("storefront", "orders", "payments")} == {(REQUESTS, REQUESTS)}
    assert {seen["silent", "storefront"], seen["dropped", "orders"]} == {(REQUESTS, 0)}
    assert min(shares) > sum(shares) / 10, "each has a share of the traces"


async def _taken(export: Export, replica: Gateway) -> None:
    """Post until it is taken: replicas that have just begun do not reach each other yet, and sidecars try again too."""
    async with asyncio.timeout(60):
        while True:
            try:
                return await export.post(replica.traces)
            except AssertionError:
                await asyncio.sleep(0.2)


async def test_tells_calls_that_begin_a_trace_and_messages_that_link_to_one(tmp_path: Path) -> None:
    storefront, orders, payments, ledger = shop("inside")
    async with gateway(tmp_path, operator="http://127.0.0.1:1") as running:
        export = Export()
        for _ in range(REQUESTS):
            trace, new = secrets.token_bytes(16), secrets.token_bytes(16)
            export.call(storefront, orders, trace, export.span(storefront, SERVER, trace))
            export.call(orders, payments, new, b"")
            sent = export.span(payments, PRODUCER, new, secrets.token_bytes(8), messaging__system="kafka")
            export.span(ledger, CONSUMER, secrets.token_bytes(16), linked=(new, sent), messaging__system="kafka")
            export.span(ledger, CONSUMER, secrets.token_bytes(16), messaging__system="kafka")
        await export.post(running.traces)
        counters = await running.counters(lambda counters: unpaired(counters) == 4 * REQUESTS)
    names = {call: count for call, count in counters.calls.items() if not call.virtual}
    assert names == {Call(storefront, orders): REQUESTS, Call(orders, payments, begun=True): REQUESTS}
    counts = span_counts(counters)[WorkloadReference.parse(ledger)]
    assert (counts.consumer, counts.consumer_root) == (2 * REQUESTS, REQUESTS)
    assert span_counts(counters)[WorkloadReference.parse(orders)].client_root == REQUESTS


async def test_hands_the_spans_of_probes_to_the_operator_and_counts_them(tmp_path: Path) -> None:
    state = State()
    async with (
        serve(application(state), 0, host="127.0.0.1") as port,
        gateway(tmp_path, operator=f"http://127.0.0.1:{port}") as running,
    ):
        probe = bytes.fromhex(PROBE_TRACE_PREFIX) + secrets.token_bytes(8)
        export = Export()
        storefront, orders, *_ = shop("probed")
        export.call(storefront, orders, probe, export.span(storefront, SERVER, probe, secrets.token_bytes(8)))
        export.span(storefront, SERVER, secrets.token_bytes(16))
        export.span(orders, SERVER, secrets.token_bytes(16), user_agent__original=user_agent(probe.hex()))
        export.span(orders, SERVER, secrets.token_bytes(16), http__user_agent="tracereach-probe/forged")
        await export.post(running.traces)
        counters = await running.counters(lambda counters: bool(counters.calls and counters.spans))
        async with asyncio.timeout(60):
            while len(state.probes.trace(probe.hex())) + len(state.probes.strays(probe.hex())) < 4:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    assert [span.workload for span in state.probes.strays(probe.hex())] == [orders]
    rows = [(row.depth, row.span.workload, row.span.kind) for row in tree(state.probes.trace(probe.hex())) if row.span]
    assert rows == [(1, storefront, "Server"), (2, storefront, "Client"), (3, orders, "Server")]
    assert [(edge.calls, edge.carried) for edge in understood(counters).edges] == [(1, 1)]


async def test_an_operator_that_is_away_holds_nothing_up(tmp_path: Path) -> None:
    async with gateway(tmp_path, operator="http://127.0.0.1:1") as running:
        for _ in range(200):
            export = Export()
            probe = bytes.fromhex(PROBE_TRACE_PREFIX) + secrets.token_bytes(8)
            export.span("probed/Deployment/orders", SERVER, probe, secrets.token_bytes(8))
            await export.post(running.traces)
        await running.counters(lambda counters: sum(counters.spans.values()) == 200)
