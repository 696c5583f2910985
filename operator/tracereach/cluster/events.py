"""Events on workloads and policies: what `kubectl describe` shows to the people who own them.

An event is news, not state: one that cannot be posted is lost, and nothing waits for it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tracereach.api import names
from tracereach.api.acceptance import PolicyReference
from tracereach.api.times import rfc3339
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import ApiError, Refused
from tracereach.cluster.resources import EVENTS, Object

_log = logging.getLogger(__name__)
_SILENCE = 600.0
"""Seconds in which the same event is not posted again."""
_LONGEST_NOTE = 1024
"""In bytes: so the API server counts it, and refuses an event whose note is longer."""
_LONGEST_QUEUE = 10_000
"""Events that wait to be posted; one for each workload of a large cluster."""

EventType = Literal["Normal", "Warning"]


@dataclass(frozen=True)
class Event:
    """News of a workload or a policy; `uid` tells it from others that had its name before."""

    regarding: WorkloadReference | PolicyReference
    uid: str
    reason: str
    message: str
    type: EventType = "Normal"


class EventRecorder:
    """Posts events, each at most once in ten minutes. `instance` names this process, such as the pod's name."""

    def __init__(
        self,
        api: ApiServer,
        *,
        instance: str,
        clock: Callable[[], float] = time.monotonic,
        longest_queue: int = _LONGEST_QUEUE,
    ) -> None:
        self._api = api
        self._instance = instance
        self._clock = clock
        self._posted: dict[Event, float] = {}
        self._pruned_at = clock()
        self._waiting: asyncio.Queue[Event] = asyncio.Queue(longest_queue)

    def record(self, event: Event) -> None:
        """Have `event` posted beside whatever the caller does next. Where too many wait already, it is lost."""
        try:
            self._waiting.put_nowait(event)
        except asyncio.QueueFull:
            _log.info("the event %s on %s is lost: too many are waiting", event.reason, event.regarding)

    async def run(self) -> None:
        """Post what is recorded, for ever."""
        while True:
            await self.post(await self._waiting.get())

    async def post(self, event: Event) -> None:
        """Post `event` now. Never raises `ApiError`."""
        now = self._clock()
        self._forget(now)
        if now - self._posted.get(event, -_SILENCE) < _SILENCE:
            return
        self._posted[event] = now
        try:
            await self._api.create(EVENTS.collection(_namespace(event)), self._body(event))
        except Refused as error:
            _log.warning("the event %s was refused: %s", event.reason, error)
        except ApiError as error:
            self._posted.pop(event, None)
            _log.info("the event %s is lost: %s", event.reason, error)

    def _forget(self, now: float) -> None:
        """Drop what is no longer kept silent; now and then is enough, and each time would cost a look at all."""
        if now - self._pruned_at >= _SILENCE:
            self._pruned_at = now
            self._posted = {event: at for event, at in self._posted.items() if now - at < _SILENCE}

    def _body(self, event: Event) -> Object:
        about = event.regarding
        own = "apps/v1" if isinstance(about, WorkloadReference) else names.API_VERSION
        return {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"generateName": f"{about.name}-", "namespace": _namespace(event)},
            "eventTime": rfc3339(datetime.now(UTC), "microseconds"),
            "reportingController": f"{names.GROUP}/operator",
            "reportingInstance": self._instance,
            "action": "Reconcile",
            "type": event.type,
            "reason": event.reason,
            "note": event.message.encode()[:_LONGEST_NOTE].decode(errors="ignore"),
            "regarding": {
                "apiVersion": own,
                "kind": about.kind,
                "name": about.name,
                "uid": event.uid,
            }
            | ({"namespace": about.namespace} if about.namespace else {}),
        }


def _namespace(event: Event) -> str:
    """Events on objects without a namespace lie in `default`; the API server takes them nowhere else."""
    return event.regarding.namespace or "default"
