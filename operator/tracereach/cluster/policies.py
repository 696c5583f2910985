"""Policies arrive by kopf: few objects, all our own kinds, and a finalizer held until their work is undone.

Nothing of kopf ever lands on an object of a user. Its handlers only deliver; every decision is the loop's. It runs in a
thread and an event loop of its own, because it takes the signals of the main thread, and when it ends it cancels every
task that began after it, whoever's it is.
"""

import asyncio
import logging
import threading
from asyncio import AbstractEventLoop
from collections.abc import Coroutine
from typing import Any, TypeVar

import kopf

from tracereach.api import names
from tracereach.api.acceptance import reference_of
from tracereach.cluster.backoff import Backoff, jittered
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import Unavailable
from tracereach.cluster.inbox import PolicyInbox
from tracereach.cluster.resources import POLICY_RESOURCES, Object
from tracereach.cluster.versions import version_of

_log = logging.getLogger(__name__)
T = TypeVar("T")

_RELIST_SECONDS = 300
_PATIENCE_SECONDS = 10
"""How long one try of the deletion handler waits. Each try costs a write to the policy, and holds up its events."""


def register(registry: kopf.OperatorRegistry, api: ApiServer, inbox: PolicyInbox, loop: AbstractEventLoop) -> None:
    """Put the handlers into `registry`; `loop` is the one that `api` and `inbox` live in."""

    @kopf.on.login(registry=registry)
    async def login(**_: Any) -> kopf.ConnectionInfo:
        return await _within(loop, connection(api))

    for resource in POLICY_RESOURCES.values():
        kind = (resource.group, resource.version, resource.plural)

        @kopf.on.event(*kind, registry=registry, id="deliver")
        async def deliver(event: kopf.RawEvent, body: kopf.Body, **_: Any) -> None:
            gone = event["type"] == "DELETED"
            loop.call_soon_threadsafe(inbox.deliver, reference_of(body), None if gone else dict(body))

        @kopf.on.delete(*kind, registry=registry, id="restore")
        async def restore(uid: str, **_: Any) -> None:
            await _within(loop, _restored(inbox, uid))


async def _within(loop: AbstractEventLoop, coroutine: Coroutine[Any, Any, T]) -> T:
    """What `coroutine` returns in the other loop."""
    return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, loop))


async def _restored(inbox: PolicyInbox, uid: str) -> None:
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await inbox.restored(uid)
    except TimeoutError:
        raise kopf.TemporaryError("templates of its workloads are still being restored", delay=1) from None


class _NoDiffBase(kopf.DiffBaseStorage):
    """Keeps no copy of a policy on the policy: nothing here asks what has changed since the last time."""

    def fetch(self, *, body: kopf.Body) -> kopf.BodyEssence | None:
        return None

    def store(self, *, body: kopf.Body, patch: kopf.Patch, essence: kopf.BodyEssence) -> None:
        """Store nothing."""


def settings() -> kopf.OperatorSettings:
    """How kopf behaves here: silent, under our own names, and never giving up."""
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.peering.standalone = True
    settings.persistence.finalizer = names.FINALIZER
    settings.persistence.progress_storage = kopf.AnnotationsProgressStorage(prefix=names.GROUP, v1=False)
    settings.persistence.diffbase_storage = _NoDiffBase()
    settings.networking.request_timeout = 30
    settings.networking.connect_timeout = 5
    settings.networking.error_backoffs = Backoff()
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 310
    settings.watching.connect_timeout = 10
    settings.process.ultimate_exiting_timeout = None
    return settings


async def connection(api: ApiServer) -> kopf.ConnectionInfo:
    """The connection of `api` in kopf's words, so that both are the same user of the same cluster."""
    configuration = api.configuration
    scheme, _, token = (await api.authorization()).partition(" ")
    return kopf.ConnectionInfo(
        server=configuration.host,
        ca_path=configuration.ssl_ca_cert,
        insecure=not configuration.verify_ssl,
        scheme=scheme or None,
        token=token or None,
        certificate_path=configuration.cert_file,
        private_key_path=configuration.key_file,
    )


async def run_kopf(api: ApiServer, inbox: PolicyInbox, stop: asyncio.Event) -> None:
    """Feed `inbox` until `stop` is set. Raises `ApiError` where policies may not be listed, or kopf's failure."""
    registry, ended = kopf.OperatorRegistry(), threading.Event()
    register(registry, api, inbox, asyncio.get_running_loop())
    watching = asyncio.create_task(asyncio.to_thread(_watch, registry, ended))
    listing = asyncio.create_task(_keep_listing(api, inbox))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({watching, listing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        ended.set()
        listing.cancel()
        stopping.cancel()
    by_itself = watching.done() and not stop.is_set()
    for outcome in await asyncio.gather(watching, listing, stopping, return_exceptions=True):
        if isinstance(outcome, Exception):
            raise outcome
    if by_itself:
        raise RuntimeError("kopf stopped watching the policies by itself")


def _watch(registry: kopf.OperatorRegistry, ended: threading.Event) -> None:
    """Run kopf in this thread until `ended` is set."""
    # The identity matters to peering only, which is off; left to itself kopf asks for the user's name, and a container
    # need not have one.
    watching = kopf.operator(
        registry=registry,
        settings=settings(),
        clusterwide=True,
        stop_flag=ended,
        identity=names.FIELD_MANAGER,  # type: ignore[arg-type]  # a NewType that kopf does not export
    )
    asyncio.run(watching)


async def list_policies(api: ApiServer, inbox: PolicyInbox) -> None:
    """Bring `inbox` to what exists now. Raises `ApiError`."""
    for kind, resource in POLICY_RESOURCES.items():
        listed = await api.get(resource.collection())
        bodies = [_typed(item, kind) for item in listed["items"]]
        inbox.replace(kind, {reference_of(body): body for body in bodies}, version=version_of(listed))
    inbox.synced.set()


async def _keep_listing(api: ApiServer, inbox: PolicyInbox) -> None:
    """kopf neither says when it has seen every policy, nor notices a deletion during a break of its watch."""
    delays = iter(Backoff())
    while True:
        try:
            await list_policies(api, inbox)
            delays = iter(Backoff())
            await asyncio.sleep(jittered(_RELIST_SECONDS))
        except Unavailable as error:
            _log.warning("listing the policies again soon: %s", error)
            await asyncio.sleep(max(next(delays), error.retry_after or 0.0))


def _typed(item: Object, kind: str) -> Object:
    """Objects of a LIST do not say their own kind."""
    return item | {"apiVersion": names.API_VERSION, "kind": kind}
