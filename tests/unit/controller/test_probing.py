"""What is probed, and what is kept of it."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tracereach.api.acceptance import PolicyReference
from tracereach.api.policy import Probe
from tracereach.api.probes import ProbeQuestion
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.projections import ServicePort, ServiceRecord
from tracereach.controller import probing
from tracereach.controller.probing import NoTarget, ProbePlan, Prober, suspects
from tracereach.coverage.tree import Span
from tracereach.signals.probes import ProbeStore, probe_named_by

PROXY, BEHIND = (WorkloadReference("shop", "Deployment", name) for name in ("proxy", "b"))
SHOP = PolicyReference("TracingPolicy", "shop", "shop")


class Pods:
    """The one pod behind every Service: a proxy that drops the headers of trace context."""

    def __init__(self, store: ProbeStore, port: int) -> None:
        self.store, self.port = store, port
        self.ready = True

    async def pages(self, path: str, limit: int = 500, *, labels: str = "") -> AsyncGenerator[dict[str, Any], None]:
        assert (path, labels) == ("/api/v1/namespaces/shop/pods", "app=proxy")
        conditions = [{"type": "Ready", "status": "True" if self.ready else "False"}]
        status = {"podIP": "127.0.0.1", "conditions": conditions}
        container = {"name": "app", "ports": [{"name": "http", "containerPort": self.port}]}
        yield {"items": [{"status": status, "spec": {"containers": [container]}}]}

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


async def test_somebody_may_ask_what_a_policy_watches(pods: Pods) -> None:
    prober = Prober(pods, pods.store, changed=lambda: None)  # type: ignore[arg-type]
    prober.plan([], {("shop", "proxy"): SERVICE})
    answer = await prober.ask(ProbeQuestion(namespace="shop", service="proxy", port=80))
    assert (answer.status, answer.problem) == (200, "")
    assert len(pods.store.strays(answer.trace_id)) == 1


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
