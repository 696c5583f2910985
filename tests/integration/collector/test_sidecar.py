"""The sidecar's configuration in a real collector: what leaves the pod, by which way, and what does not stop it."""

import asyncio
import secrets
import ssl
import time
from pathlib import Path
from typing import Any

from tests.integration.collector.authority import issue
from tests.integration.collector.backend import backend, sidecar
from tests.integration.gateway.gateway_process import gateway
from tests.integration.gateway.test_gateway_configuration import SERVER, Export
from tests.unit.inject.conftest import CATALOGUE, make_injection
from tracereach.api.revision import revision_of
from tracereach.coverage.counters import Counters
from tracereach.inject import Injection

HEADER = {"name": "authorization", "secretKeyRef": {"name": "backend", "key": "token"}}
TOKEN = "Bearer $t0ken: 12:30 #1"
"""With everything in it that YAML, the shell or the collector might take for their own."""
GRACE_SECONDS = 30
"""Within which a pod has to end, if its template says nothing else."""
TLS = {
    "ca": {"name": "backend", "key": "ca.crt"},
    "certificate": {"name": "backend", "key": "tls.crt"},
    "privateKey": {"name": "backend", "key": "tls.key"},
}


def exporting_to(url: str, *, to_gateway: str = "127.0.0.1:1", **export: Any) -> Injection:
    policy = make_injection(export={"endpoint": url, "protocol": "http/protobuf", **export})
    revision = revision_of(policy.revision.spec, CATALOGUE.model_copy(update={"gateway": to_gateway}))
    return Injection(**{**vars(policy), "revision": revision})


def one_span(**resource: str) -> Export:
    export = Export()
    export.span("", SERVER, secrets.token_bytes(16))
    (group,) = export.request.resource_spans
    del group.resource.attributes[:]
    for key, value in resource.items():
        group.resource.attributes.add(key=key.replace("__", ".")).value.string_value = value
    return export


async def test_spans_reach_the_backend_with_identity_pod_and_header(tmp_path: Path) -> None:
    async with (
        backend() as to,
        sidecar(tmp_path, exporting_to(to.url, headers=[HEADER]), {"TRACEREACH_EXPORT_HEADER_0": TOKEN}) as running,
    ):
        await running.take(one_span(service__name="mine", tracereach__workload="forged", k8s__pod__name="my-own"))
        await asyncio.wait_for(to.arrived.wait(), 20)
    assert to.resources == [
        {
            "service.name": "mine",
            "tracereach.workload": "shop/Deployment/orders",
            "k8s.pod.name": "my-own",
            "k8s.pod.uid": "1234",
            "k8s.node.name": "17",
        }
    ]
    assert to.headers[0]["authorization"] == TOKEN


async def test_what_it_was_given_before_it_ends_still_arrives(tmp_path: Path) -> None:
    async with (
        gateway(tmp_path, operator="http://127.0.0.1:1") as counting,
        backend() as to,
        sidecar(tmp_path, exporting_to(to.url, to_gateway=counting.receiver)) as running,
    ):
        for _ in range(20):
            await running.take(one_span(service__name="mine"))
        await running.stop()
        assert len(to.resources) == 20, running.log.read_text()
    assert running.process.returncode == 0


async def test_a_backend_that_is_away_does_not_hold_up_its_end(tmp_path: Path) -> None:
    async with (
        gateway(tmp_path, operator="http://127.0.0.1:1") as counting,
        backend(shut=True) as to,
        sidecar(tmp_path, exporting_to(to.url, to_gateway=counting.receiver)) as running,
    ):
        for _ in range(20):
            await running.take(one_span(service__name="mine"))
        begun = time.monotonic()
        await running.stop()
        assert running.process.returncode == 0
        assert time.monotonic() - begun < GRACE_SECONDS / 2


async def test_a_gateway_that_is_away_does_not_hold_up_its_end_nor_what_it_was_given(tmp_path: Path) -> None:
    async with backend() as to, sidecar(tmp_path, exporting_to(to.url)) as running:
        for _ in range(20):
            await running.take(one_span(service__name="mine"))
        begun = time.monotonic()
        await running.stop()
        assert time.monotonic() - begun < GRACE_SECONDS / 2
        assert len(to.resources) == 20, running.log.read_text()


async def test_it_tells_the_gateway_whether_the_backend_takes_its_spans(tmp_path: Path) -> None:
    async with gateway(tmp_path, operator="http://127.0.0.1:1") as counting:
        told = []
        for shut in (False, True):
            async with (
                backend(shut=shut) as to,
                sidecar(tmp_path, exporting_to(to.url, to_gateway=counting.receiver)) as running,
            ):
                await running.take(one_span(service__name="mine"))
                told.append(await counting.counters(lambda counters, seen=shut: _says(counters, seen + 1)))
    assert [sum(each.collectors[series] for series in each.collectors if series.what == "Sent") for each in told] == [
        1,
        1,
    ]


def _says(counters: Counters, collectors: int) -> bool:
    """Whether so many collectors have said that they took a span."""
    figures = (series for series, count in counters.collectors.items() if series.what == "Accepted" and count)
    return sum(series.workload == "shop/Deployment/orders" for series in figures) == collectors


async def test_a_missing_secret_stops_nothing(tmp_path: Path) -> None:
    async with backend() as to, sidecar(tmp_path, exporting_to(to.url, headers=[HEADER])) as running:
        await running.take(one_span(service__name="mine"))
        await asyncio.wait_for(to.arrived.wait(), 20)
    assert to.headers[0].get("authorization", "") == ""


async def test_certificates_travel_in_the_environment(tmp_path: Path) -> None:
    issued = issue(tmp_path, names=["127.0.0.1", "orders"])
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=issued.authority)
    server.load_cert_chain(issued.certificate_file, issued.key_file)
    server.verify_mode = ssl.CERT_REQUIRED
    given = {
        "TRACEREACH_EXPORT_CA": issued.authority,
        "TRACEREACH_EXPORT_CERTIFICATE": issued.certificate,
        "TRACEREACH_EXPORT_PRIVATE_KEY": issued.key,
    }
    async with backend(tls=server) as to, sidecar(tmp_path, exporting_to(to.url, tls=TLS), given) as running:
        await running.take(one_span(service__name="mine"))
        await asyncio.wait_for(to.arrived.wait(), 20)


async def test_missing_certificates_stop_it_no_more_than_a_missing_header(tmp_path: Path) -> None:
    async with sidecar(tmp_path, exporting_to("https://127.0.0.1:1", tls=TLS)) as running:
        await running.take(one_span(service__name="mine"))
        assert running.process.returncode is None


async def test_the_gateway_counts_each_language_of_a_workload(tmp_path: Path) -> None:
    async with backend() as to, gateway(tmp_path, operator="http://127.0.0.1:1") as counting:
        injection = exporting_to(to.url, to_gateway=counting.receiver)
        async with sidecar(tmp_path, injection) as running:
            for language in ("java", "python", "python"):
                await running.take(one_span(service__name="mine", telemetry__sdk__language=language))
            counters = await counting.counters(lambda counters: sum(counters.spans.values()) == 3)
    assert {(group.workload, group.language): count for group, count in counters.spans.items()} == {
        ("shop/Deployment/orders", "java"): 1,
        ("shop/Deployment/orders", "python"): 2,
    }
