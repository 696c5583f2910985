"""Counters by way of a real Prometheus: the same as from the replicas themselves, however it labels what it scrapes."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from tests.integration.gateway.gateway_process import gateway
from tests.integration.gateway.prometheus_process import Target, prometheus
from tests.integration.gateway.test_gateway_configuration import REQUESTS, Export, noise, one_of_each, unpaired
from tracereach.coverage.counters import GATEWAY, Counters
from tracereach.signals.gateway import read
from tracereach.signals.prometheus_server import PrometheusServer, query
from tracereach.signals.reading import Reading

ORDERS, PAYMENTS = "shop/Deployment/orders", "shop/Deployment/payments"


class Replica:
    """Serves what a gateway's exporter does; its counters grow with `requests`."""

    def __init__(self, uid: str, *, requests: int = 0, host: str = "127.0.0.1") -> None:
        self.uid = uid
        self.requests = requests
        self.timestamp = ""
        app = web.Application()
        app.router.add_get("/metrics", self._answer)
        self.server = TestServer(app, host=host)

    @property
    def address(self) -> str:
        return f"{self.server.host}:{self.server.port}"

    @property
    def url(self) -> str:
        return f"http://{self.address}/metrics"

    async def _answer(self, _: web.Request) -> web.Response:
        return web.Response(body=self.text().encode(), headers={"Content-Type": "text/plain; version=0.0.4"})

    def text(self) -> str:
        """With series that differ in labels which do not matter, and such that name `job`, `instance`, or both."""
        count = self.requests
        call = f'connection_type="",server="{PAYMENTS}",virtual_node=""'
        span = 'span_kind="SPAN_KIND_SERVER",telemetry_sdk_language="java"'
        beside = f'instance="{self.uid}-sidecar",job="{ORDERS}"'
        series = {
            f'traces_service_graph_request_total{{client="{ORDERS}",client_root="false",failed="false",{call}}}': count,
            f'traces_service_graph_request_total{{client="{ORDERS}",client_root="false",failed="true",{call}}}': 3,
            f'traces_service_graph_request_total{{client="user",server="{ORDERS}",virtual_node="client"}}': count,
            f'traces_span_metrics_calls_total{{job="{ORDERS}",root="true",service_name="{ORDERS}",{span}}}': count,
            f"otelcol_process_uptime_seconds_total{{{beside}}}": 44.998830765,
            f'otelcol_receiver_accepted_spans_total{{{beside},receiver="otlp",transport="http"}}': count,
            f'otelcol_receiver_accepted_spans_total{{{beside},receiver="otlp",transport="grpc"}}': 7,
            f'otelcol_exporter_sent_spans_total{{{beside},exporter="otlp_grpc/backend"}}': 1e3,
        }
        return "".join(f"{name} {value}{self.timestamp}\n" for name, value in series.items())


class OwnTelemetry(Replica):
    """What every collector serves of itself, a gateway at its other port and strangers alike: it names no workload."""

    def text(self) -> str:
        refused = "otelcol_receiver_refused_spans_total"
        return f'otelcol_process_uptime_seconds_total 99.5\n{refused}{{transport="grpc"}} 7\n{refused} 70\n'


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def replicas() -> AsyncIterator[list[Replica]]:
    """Two replicas, the other port of the first, and a collector that has nothing to do with them."""
    started = [
        Replica("one", requests=20),
        Replica("two", requests=1_000_000_000),
        OwnTelemetry("one"),
        OwnTelemetry("stranger", host="127.0.0.2"),
    ]
    for replica in started:
        await replica.server.start_server()
    yield started
    for replica in started:
        await replica.server.close()


async def until(session: aiohttp.ClientSession, url: str, is_right: Callable[[Reading], bool]) -> Reading:
    """The first reading through Prometheus that is right, or the one after half a minute."""
    end = time.monotonic() + 30
    while True:
        reading = await query(session, PrometheusServer(url))
        if is_right(reading) or time.monotonic() > end:
            return reading
        await asyncio.sleep(0.2)


@pytest.mark.parametrize("honor_labels", [False, True])
async def test_pods_give_what_they_give_themselves(
    session: aiohttp.ClientSession, replicas: list[Replica], tmp_path: Path, *, honor_labels: bool
) -> None:
    one, two, telemetry, _ = replicas
    pods = [{"namespace": "tracing", "pod": pod} for pod in ("gateway-0", "gateway-1", "gateway-0", "stranger")]
    targets = [Target(replica.address, labels) for replica, labels in zip(replicas, pods, strict=True)]
    names = {one.url: "tracing/gateway-0", two.url: "tracing/gateway-1", telemetry.url: "tracing/gateway-0 itself"}

    async def direct() -> dict[str, Counters]:
        found = await read(session, names)
        return {names[url]: counters for url, counters in found.replicas.items()}

    async with prometheus(tmp_path, targets, job=GATEWAY, honor_labels=honor_labels) as url:
        want = await direct()
        reading = await until(session, url, lambda reading: reading.replicas == want)
        assert (dict(reading.replicas), reading.unreachable) == (want, ())

        one.requests += 15
        grown = await direct()
        assert grown != want
        reading = await until(session, url, lambda reading: reading.replicas == grown)
        assert dict(reading.replicas) == grown

        # One that is gone is no longer there: it must not look like one that counts nothing.
        await two.server.close()
        left = await direct()
        assert left.keys() == {"tracing/gateway-0", "tracing/gateway-0 itself"}
        reading = await until(session, url, lambda reading: reading.replicas.keys() == left.keys())
        assert dict(reading.replicas) == left


async def test_addresses_tell_replicas_apart_too(
    session: aiohttp.ClientSession, replicas: list[Replica], tmp_path: Path
) -> None:
    targets = [Target(replica.address) for replica in replicas]
    names = {replica.url: replica.address for replica in replicas[:2]} | {replicas[2].url: "127.0.0.1 itself"}
    direct = await read(session, names)
    want = {names[url]: counters for url, counters in direct.replicas.items()}
    async with prometheus(tmp_path, targets, job=GATEWAY, honor_labels=False) as url:
        reading = await until(session, url, lambda reading: reading.replicas == want)
    assert dict(reading.replicas) == want


async def test_honoured_labels_without_pods_lose_no_counter(
    session: aiohttp.ClientSession, replicas: list[Replica], tmp_path: Path
) -> None:
    targets = [Target(replica.address) for replica in replicas]
    direct = await read(session, [replica.url for replica in replicas[:3]])
    want = sum(direct.replicas.values(), Counters())
    async with prometheus(tmp_path, targets, job=GATEWAY, honor_labels=True) as url:
        reading = await until(session, url, lambda reading: total(reading) == want)
    assert total(reading) == want
    addresses = {replica.address for replica in replicas[:2]}
    assert {name for name, counters in reading.replicas.items() if counters.calls and counters.spans} == addresses


@pytest.mark.parametrize("honor_labels", [False, True])
async def test_a_real_gateways_exporter_is_understood(
    session: aiohttp.ClientSession, tmp_path: Path, *, honor_labels: bool
) -> None:
    async with gateway(tmp_path, operator="http://127.0.0.1:1") as running:
        export = Export()
        for _ in range(REQUESTS):
            one_of_each(export)
            noise(export)
        await export.post(running.traces)
        await running.counters(lambda counters: unpaired(counters) == 9 * REQUESTS)
        direct = await read(session, [running.metrics, running.telemetry])
        counted, itself = direct.replicas[running.metrics], direct.replicas[running.telemetry]
        pod = {"namespace": "tracing", "pod": "gateway-0"}
        targets = [Target(URL(address).authority, pod) for address in (running.metrics, running.telemetry)]
        async with prometheus(tmp_path, targets, job=GATEWAY, honor_labels=honor_labels) as url:
            reading = await until(session, url, lambda reading: len(reading.replicas) == 2)
    assert reading.replicas["tracing/gateway-0"] == counted
    # Its uptime goes on.
    assert reading.replicas["tracing/gateway-0 itself"].collectors.keys() == itself.collectors.keys()
    assert itself.collectors


def total(reading: Reading) -> Counters:
    return sum(reading.replicas.values(), Counters())


async def test_what_was_not_scraped_for_long_is_not_there(
    session: aiohttp.ClientSession, replicas: list[Replica], tmp_path: Path
) -> None:
    """Prometheus itself would still show it: its samples are younger than five minutes."""
    fresh, late, *_ = replicas
    late.timestamp = f" {int((time.time() - 150) * 1000)}"
    targets = [Target(fresh.address), Target(late.address)]
    shown = {"query": f'traces_span_metrics_calls_total{{instance="{late.address}"}}'}
    async with prometheus(tmp_path, targets, job=GATEWAY, honor_labels=False) as url:
        async with asyncio.timeout(30):
            while True:
                async with session.get(f"{url}/api/v1/query", params=shown) as response:
                    if (await response.json())["data"]["result"]:
                        break
                await asyncio.sleep(0.2)
        reading = await until(session, url, lambda reading: reading.reachable)
    assert reading.replicas.keys() == {fresh.address}


async def test_what_prometheus_refuses_is_an_answer(
    session: aiohttp.ClientSession, replicas: list[Replica], tmp_path: Path
) -> None:
    async with prometheus(tmp_path, [Target(replicas[0].address)], job=GATEWAY, honor_labels=False) as url:
        elsewhere = await query(session, PrometheusServer(f"{url}/prometheus"))
        nothing = await query(session, PrometheusServer(url, {"cluster": "west"}))
        late = await query(session, PrometheusServer(url), timeout_seconds=1e300)
    assert [problem.reason for problem in elsewhere.unreachable] == ["answered 404"]
    assert "no counters of a coverage gateway" in nothing.unreachable[0].reason
    assert late.unreachable[0].reason.startswith("answered 400, bad_data: ")
