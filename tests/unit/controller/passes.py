"""A namespace `shop` in a dictionary, and the loop over it, one pass at a time."""

import asyncio
from collections.abc import Sequence
from typing import Any

from prometheus_client import CollectorRegistry

from tests.unit.controller.fake_cluster import FakeCluster
from tests.unit.controller.shop import TEMPLATE, policy_body
from tests.unit.inject.conftest import CATALOGUE
from tracereach.api.acceptance import PolicyReference, reference_of
from tracereach.cluster.events import EventRecorder
from tracereach.cluster.inbox import PolicyInbox
from tracereach.cluster.limiter import Limiter
from tracereach.cluster.resources import DEPLOYMENTS, POLICIES, TRACED_WORKLOADS, Object
from tracereach.controller.actions import Actions
from tracereach.controller.informers import Informers
from tracereach.controller.loop import Loop
from tracereach.controller.measurement import Measurement
from tracereach.controller.probing import Prober
from tracereach.controller.reporting import Reporter
from tracereach.controller.revisions import Revisions
from tracereach.controller.settings import Gateway, Settings
from tracereach.signals.probes import ProbeStore
from tracereach.web.metrics import Metrics

RECORD = "tracereach.dev/injection"


def _nothing() -> None:
    pass


class Cluster:
    """A namespace `shop`, its policies and its Deployments, and the loop over them."""

    def __init__(self, *refused: str, webhook: bool = False, paused: bool = False) -> None:
        self.api = FakeCluster(*refused)
        self.inbox = PolicyInbox(changed=_nothing)
        self.informers = Informers(self.api, changed=_nothing)
        self.informers._namespaces.observe({"metadata": {"name": "shop", "resourceVersion": "1"}})
        settings = Settings(catalogue=CATALOGUE, gateway=Gateway(metrics=()), webhook=webhook, paused=paused)
        metrics = Metrics(CollectorRegistry())
        self.events = EventRecorder(self.api, instance="operator-0")
        measurement = Measurement(settings.gateway, changed=_nothing)
        reporter = Reporter(
            self.api,
            events=self.events,
            inbox=self.inbox,
            measurement=measurement,
            metrics=metrics,
            prober=Prober(self.api, ProbeStore(), changed=_nothing),
        )
        self.loop = Loop(
            api=self.api,
            actions=Actions(self.api, Limiter(), self.informers, metrics),
            inbox=self.inbox,
            informers=self.informers,
            measurement=measurement,
            metrics=metrics,
            namespace="tracereach-system",
            reporter=reporter,
            revisions=Revisions(self.api, namespace="tracereach-system"),
            server=(1, 36),
            settings=settings,
            wake=asyncio.Event(),
        )

    def policy(self, name: str, *, selects: str = "", priority: int = 0, **metadata: Any) -> PolicyReference:
        """A policy that selects the workload of its own name, or another one."""
        selector = {"matchLabels": {"app": selects or name}}
        about = {"uid": f"uid-{name}", "resourceVersion": "1", **metadata}
        body = policy_body(name, metadata=about, selector=selector, priority=priority)
        reference = reference_of(body)
        self.api.objects[POLICIES.item("shop", name)] = body
        self.inbox.deliver(reference, body)
        return reference

    def deployment(
        self, name: str, annotations: dict[str, str] | None = None, *, env: Sequence[dict[str, str]] = ()
    ) -> None:
        """A Deployment without replicas; `env` is its container's."""
        (app,) = TEMPLATE["spec"]["containers"]
        template = {"metadata": {"annotations": annotations or {}}, "spec": {"containers": [app | {"env": list(env)}]}}
        found: Object = {
            "metadata": {
                "name": name,
                "namespace": "shop",
                "uid": f"uid-{name}",
                "resourceVersion": "1",
                "labels": {"app": name},
            },
            "spec": {"replicas": 0, "template": template},
        }
        self.api.objects[DEPLOYMENTS.item("shop", name)] = found
        self.informers.workloads["Deployment"].observe(found)

    def is_injected(self, name: str) -> bool:
        template = self.api.objects[DEPLOYMENTS.item("shop", name)]["spec"]["template"]
        return RECORD in template["metadata"]["annotations"]

    def status(self, name: str) -> dict[str, Any]:
        """What is said of a workload."""
        found: dict[str, Any] = self.api.objects[TRACED_WORKLOADS.item("shop", f"deployment-{name}")]["status"]
        return found

    def news_of(self, reference: PolicyReference) -> list[str]:
        """The reasons of the events on a policy since this was last asked."""
        recorded = [self.events._waiting.get_nowait() for _ in range(self.events._waiting.qsize())]
        return [event.reason for event in recorded if event.regarding == reference]

    def adopt(self, other: "Cluster") -> None:
        """Take over everything in the other's cluster, as a new process of the operator would find it."""
        self.api.objects, self.api._version = other.api.objects, other.api._version
        for path, found in other.api.objects.items():
            kind = path.rsplit("/", 2)[1]
            if kind == POLICIES.plural:
                self.inbox.deliver(reference_of(found), found)
            elif kind == DEPLOYMENTS.plural:
                self.informers.workloads["Deployment"].observe(found)
            elif kind == TRACED_WORKLOADS.plural:
                self.informers.traced_workloads.observe(found)

    async def look(self) -> None:
        await self.loop._pass()
