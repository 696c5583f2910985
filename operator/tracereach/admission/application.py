"""The two doors of the webhook: reviews for the API server, and health and metrics for everybody else."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from tracereach.admission.knowledge import Knowledge
from tracereach.admission.metrics import Metrics
from tracereach.admission.review import MalformedReview, Review, allowed, read_review
from tracereach.admission.reviewing import Reviewed, review_pod, review_workload

_log = logging.getLogger(__name__)
_DEADLINE_SECONDS = 2.5
"""Below the 3 s after which the API server goes on without us, so that a miss is counted here too."""
_LARGEST_BODY = 8 * 1024 * 1024
"""An object takes 1.5 MiB at most in etcd, some more as JSON, and an update brings it twice."""


class WebhookState(Protocol):
    """What the process knows of itself."""

    def is_ready(self) -> bool:
        """Whether reviews should be sent here."""

    def is_ending(self) -> bool:
        """Whether callers should look for another replica."""

    def knowledge(self) -> Knowledge | None:
        """The cluster as it is known now; None before the first full look at it."""


Decide = Callable[[Review], Reviewed]


@dataclass(frozen=True)
class _Reviews:
    state: WebhookState
    metrics: Metrics

    async def workloads(self, request: web.Request) -> web.Response:
        """The way in for Deployments, StatefulSets and DaemonSets."""
        return await self._answer(request, self._deciding_on_workloads)

    async def pods(self, request: web.Request) -> web.Response:
        """The way in for Pods with a stamp."""
        return await self._answer(request, lambda: review_pod)

    def _deciding_on_workloads(self) -> Decide:
        knowledge = self.state.knowledge()
        return partial(review_workload, knowledge=knowledge) if knowledge else lambda _: Reviewed("NotReady")

    async def _answer(self, request: web.Request, deciding: Callable[[], Decide]) -> web.Response:
        deadline = asyncio.get_running_loop().time() + _DEADLINE_SECONDS
        with self.metrics.seconds.labels(request.path).time():
            try:
                async with asyncio.timeout_at(deadline):
                    review = read_review(await request.read())
            except MalformedReview as error:
                return self._unread(request, 400, str(error))
            except web.HTTPRequestEntityTooLarge as error:
                return self._unread(request, error.status, f"{error.reason}: {_LARGEST_BODY} bytes at most")
            except TimeoutError:
                return self._unread(request, 408, "no complete review arrived in time")
            reviewed = await _reviewed(review, deciding, deadline)
        self._count(request, reviewed.outcome)
        if reviewed.patch or reviewed.message:
            _log.info("%s: %s %s", review, reviewed.outcome, reviewed.message)
        return web.json_response(allowed(review.uid, reviewed.patch))

    def _unread(self, request: web.Request, status: int, why: str) -> web.Response:
        """Without the review's uid there is no answer that the API server would take."""
        self._count(request, "Unread")
        _log.error("%s: a review that could not be read: %s", request.path, why)
        return web.Response(status=status, text=f"{why}\n")

    def _count(self, request: web.Request, outcome: str) -> None:
        self.metrics.requests.labels(request.path, outcome).inc()


async def _reviewed(review: Review, deciding: Callable[[], Decide], deadline: float) -> Reviewed:
    """What is decided until `deadline`, in a thread. Whatever goes wrong on the way leaves the object as it is.

    `deciding` is called here: only this thread may look at the copies that the informers keep changing.
    """
    try:
        async with asyncio.timeout_at(deadline):
            return await asyncio.to_thread(deciding(), review)
    except TimeoutError:
        _log.error("%s: left as it is, because deciding took too long", review)
        return Reviewed("Late")
    except Exception:  # an object that nobody thought of must not be kept from being written
        _log.exception("%s: left as it is, because of an error of the webhook", review)
        return Reviewed("Failed")


def reviews(state: WebhookState, metrics: Metrics) -> web.Application:
    """The application for the API server: `/workloads` and `/pods`."""
    routes = _Reviews(state, metrics)

    @web.middleware
    async def close_while_ending(request: web.Request, handler: Handler) -> web.StreamResponse:
        """The API server keeps its connections; one that is closed while ending goes to another replica next time."""
        response = await handler(request)
        if state.is_ending():
            response.force_close()
        return response

    app = web.Application(client_max_size=_LARGEST_BODY, middlewares=[close_while_ending])
    app.add_routes([web.post("/workloads", routes.workloads), web.post("/pods", routes.pods)])
    return app


def health(state: WebhookState, registry: CollectorRegistry) -> web.Application:
    """The application for kubelet and Prometheus: `/healthz`, `/readyz` and `/metrics`."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok\n")

    async def readyz(_: web.Request) -> web.Response:
        if state.is_ready():
            return web.Response(text="ok\n")
        return web.Response(status=503, text="not ready: no certificate, or not all of the cluster seen, or ending\n")

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes([web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics)])
    return app
