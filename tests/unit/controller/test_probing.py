"""What is probed, and what is kept of it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.unit.signals.grpc_server import grpc_server
from tracereach.api.acceptance import PolicyReference
from tracereach.api.policy import Probe
from tracereach.api.probes import ProbeAnswer, ProbeQuestion
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.projections import ServicePort, ServiceRecord
from tracereach.cluster.service_pods import ready_pods
from tracereach.controller import probing
from tracereach.controller.probing import NoTarget, ProbePlan, Prober, probe_of, suspects
from tracereach.coverage.tree import Span
from tracereach.signals.probes import PROBE_TRACE_PREFIX, ProbeStore, probe_named_by

PROXY, GREEN, BEHIND = (WorkloadReference("shop", "Deployment", name) for name in ("proxy", "green", "b"))
SHOP = PolicyReference("TracingPolicy", "shop", "shop")


def of(name: str) -> dict[str, Any]:
    """Metadata of a pod of a Deployment."""
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{name}-7b4c", "controller": True}
    return {"namespace": "shop", "labels": {"pod-template-hash": "7b4c"}, "ownerReferences": [owner]}


class Pods:
    """The pods behind every Service: a proxy that drops the headers of trace context, and one that does not answer."""

    def __init__(self, store: ProbeStore, port: int) -> None:
        self.store, self.port = store, port
        self.ready, self.shared = True, False

    async def pages(self, path: str, limit: int = 500, *, labels: str = "") -> AsyncGenerator[dict[str, Any], None]:
        assert (path, labels) == ("/api/v1/namespaces/shop/pods", "app=proxy")
        conditions = [{"type": "Ready", "status": "True" if self.ready else "False"}]
        status = {"podIP": "127.0.0.1", "conditions": conditions}
        container = {"name": "app", "ports": [{"name": "http", "containerPort": self.port}]}
        beside = {"metadata": of("green"), "status": {**status, "podIP": "127.0.0.9"}, "spec": {"containers": []}}
        proxy = {"metadata": of("proxy"), "status": status, "spec": {"containers": [container]}}
        yield {"items": [proxy, *([beside] if self.shared else ())]}

    async def forward(self, request: web.Request) -> web.Response:
        """As the service behind the proxy tells it: a span of a trace of its own."""
        probe = probe_named_by(request.headers["User-Agent"])
        span = Span("f" * 32, probe[-16:], "", "GET", "Server", str(BEHIND), "b", 0, 1, probe=probe)
        self.store.add([span])
        return web.Response()


SERVICE = ServiceRecord("shop", "proxy", {"app": "proxy"}, ports=(ServicePort(80, "http"),))


@pytest.fixture
async def pods(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Pods, None]:
    monkeypatch.setattr(probing, "_SETTLING_SECONDS", 0.0)
    monkeypatch.setattr(probing, "_TICK_SECONDS", 0.01)
    found = Pods(ProbeStore(), 0)
    app = web.Application()
    app.router.add_get("/", found.forward)
    async with TestServer(app, host="127.0.0.1") as server:
        assert server.port is not None
        found.port = server.port
        yield found


async def test_what_stands_silent_at_a_break_is_asked_and_remembered(pods: Pods) -> None:
    seen = asyncio.Event()
    prober = Prober(pods, pods.store, changed=seen.set)  # type: ignore[arg-type]
    prober.plan([ProbePlan(SHOP, Probe(), (SERVICE,), ((PROXY, SERVICE),))], {})
    running = asyncio.create_task(prober.run())
    async with asyncio.timeout(10):
        await seen.wait()
        await asyncio.sleep(0)  # what is told of is kept right afterwards
    running.cancel()
    assert prober.forwarded == {PROXY: "Dropped"}


class Ticks:
    """A clock by which every probe is due at each look; `passed` is set after some of them."""

    def __init__(self) -> None:
        self.looks, self.passed = 0, asyncio.Event()

    def __call__(self) -> float:
        self.looks += 1
        if self.looks > 5:
            self.passed.set()
        return self.looks * 1000.0


class Unanswering:
    """Pods that are asked for and never told of; or, with an `error`, pods of a kind that nobody thought of."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.asked = error, 0

    async def pages(self, path: str, limit: int = 500, *, labels: str = "") -> AsyncGenerator[dict[str, Any], None]:
        self.asked += 1
        if self.error:
            raise self.error
        await asyncio.Event().wait()
        yield {}


@pytest.mark.parametrize(("error", "again"), [(None, False), (KeyError("podIP"), True)], ids=["slow", "failing"])
async def test_a_policys_probes_come_one_after_another_and_end_nothing_where_they_fail(
    monkeypatch: pytest.MonkeyPatch, error: Exception | None, *, again: bool
) -> None:
    monkeypatch.setattr(probing, "_TICK_SECONDS", 0.001)
    api, clock = Unanswering(error), Ticks()
    prober = Prober(api, ProbeStore(), changed=lambda: None, clock=clock)  # type: ignore[arg-type]
    prober.plan([ProbePlan(SHOP, Probe(), (SERVICE,))], {})
    running = asyncio.create_task(prober.run())
    async with asyncio.timeout(10):
        await clock.passed.wait()
    assert (running.done(), api.asked > 1) == (False, again)
    running.cancel()


async def test_of_workloads_that_share_a_service_the_silent_one_is_asked(pods: Pods) -> None:
    pods.shared = True
    by_number = replace(SERVICE, ports=(ServicePort(80, pods.port),))
    asked = [await ready_pods(pods, by_number, of=one) for one in (PROXY, GREEN, BEHIND)]  # type: ignore[arg-type]
    assert [[pod.address for pod in found] for found in asked] == [["127.0.0.1"], ["127.0.0.9"], []]
    prober = Prober(pods, pods.store, changed=(seen := asyncio.Event()).set)  # type: ignore[arg-type]
    prober.plan([ProbePlan(SHOP, Probe(), (), ((PROXY, by_number),))], {})
    running = asyncio.create_task(prober.run())
    async with asyncio.timeout(10):
        await seen.wait()
        await asyncio.sleep(0)
    running.cancel()
    assert prober.forwarded == {PROXY: "Dropped"}


def test_what_was_seen_long_ago_is_forgotten() -> None:
    prober = Prober(Unanswering(), ProbeStore(), changed=lambda: None, clock=lambda: 100.0)  # type: ignore[arg-type]
    prober._seen = {PROXY: (99.0, "Dropped"), GREEN: (101.0, "Dropped")}
    prober.plan([], {})
    assert set(prober._seen) == {GREEN}


async def test_somebody_may_ask_what_a_policy_watches(pods: Pods) -> None:
    prober = Prober(pods, pods.store, changed=lambda: None)  # type: ignore[arg-type]
    prober.plan([], {("shop", "proxy"): SERVICE})
    answer = await prober.ask(ProbeQuestion(namespace="shop", service="proxy", port=80))
    assert (answer.status, answer.problem) == (200, "")
    assert len(pods.store.strays(answer.trace_id)) == 1


async def test_somebody_may_ask_by_grpc(pods: Pods) -> None:
    prober = Prober(pods, pods.store, changed=lambda: None)  # type: ignore[arg-type]
    prober.plan([], {("shop", "proxy"): SERVICE})
    question = ProbeQuestion(namespace="shop", service="proxy", grpc_method="shop.Catalogue/Nothing")
    with grpc_server(lambda _: b"") as server:
        pods.port = server.port
        answer = await prober.ask(question)
    assert (answer.status, answer.grpc_status, answer.problem) == (12, "UNIMPLEMENTED", "")
    assert answer.trace_id.startswith(PROBE_TRACE_PREFIX)


async def test_entries_and_suspects_that_speak_grpc_are_called(pods: Pods) -> None:
    by_grpc = replace(SERVICE, ports=(ServicePort(80, "http", grpc=True),))
    seen = asyncio.Event()
    with grpc_server(lambda _: b"") as server:
        pods.port = server.port
        prober = Prober(pods, pods.store, changed=seen.set)  # type: ignore[arg-type]
        probe = Probe(grpc_method="shop.Catalogue/List")
        prober.plan([ProbePlan(SHOP, probe, (by_grpc,), ((PROXY, by_grpc),))], {})
        running = asyncio.create_task(prober.run())
        async with asyncio.timeout(10):
            await seen.wait()
        running.cancel()
    formats = [{name for name in ("traceparent", "b3") if name in one.metadata} for one in server.calls]
    assert formats == [{"traceparent", "b3"}, {"traceparent"}, {"b3"}]


@pytest.mark.parametrize(("told", "entry", "suspect"), [(None, True, False), (True, True, True), (False, False, False)])
def test_what_a_port_says_goes_before_what_the_policy_says_of_entries(
    *, told: bool | None, entry: bool, suspect: bool
) -> None:
    service = replace(SERVICE, ports=(ServicePort(80, "http", grpc=told),))
    probe = Probe(path="/cart", grpc_method="shop.Catalogue/List")
    assert [bool(probe_of(service, probe, unless_told=one).grpc_method) for one in (True, False)] == [entry, suspect]
    assert probe_of(service, probe, unless_told=False).path == "/cart"


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ({"namespace": "shop", "service": "other"}, "no policy has a workload behind a Service shop/other"),
        ({"namespace": "shop", "service": "proxy", "port": 81}, "it has no ready pod"),
    ],
)
async def test_nobody_may_ask_anything_else(pods: Pods, question: dict[str, Any], why: str) -> None:
    prober = Prober(pods, pods.store, changed=lambda: None)  # type: ignore[arg-type]
    prober.plan([], {("shop", "proxy"): SERVICE})
    with pytest.raises(NoTarget, match=why):
        await prober.ask(ProbeQuestion.model_validate(question))


async def test_no_more_probes_wait_than_come_to_their_turn_in_time(pods: Pods, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probing, "_MOST_WAITING", 2)
    monkeypatch.setattr(probing, "_ASKED_AT_ONCE", 1)
    monkeypatch.setattr(probing, "_ASKED_PER_SECOND", 4.0)
    prober = Prober(pods, pods.store, changed=lambda: None)  # type: ignore[arg-type]
    prober.plan([], {("shop", "proxy"): SERVICE})
    asked = [prober.ask(ProbeQuestion(namespace="shop", service="proxy")) for _ in range(3)]
    _, second, third = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(second, ProbeAnswer)
    assert str(third) == "2 probes wait already, and one is sent a second; ask again later"
    assert (await prober.ask(ProbeQuestion(namespace="shop", service="proxy"))).status == 200


async def test_pods_that_are_not_ready_are_not_asked(pods: Pods) -> None:
    pods.ready = False
    prober = Prober(pods, pods.store, changed=lambda: None)  # type: ignore[arg-type]
    prober.plan([], {("shop", "proxy"): SERVICE})
    with pytest.raises(NoTarget):
        await prober.ask(ProbeQuestion(namespace="shop", service="proxy"))


def test_only_workloads_of_the_policys_namespace_behind_a_service_are_asked() -> None:
    elsewhere = WorkloadReference("other", "Deployment", "proxy")
    services = {PROXY: SERVICE, elsewhere: ServiceRecord("other", "proxy", {})}
    assert suspects({PROXY, BEHIND, elsewhere}, services, "shop") == ((PROXY, SERVICE),)
