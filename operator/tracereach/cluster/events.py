"""Events on policies and workloads: what `kubectl describe` shows to the people who own them.

An event is news, not state: one that cannot be posted is lost, and nothing waits for it.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from tracereach.api import names
from tracereach.api.acceptance import reference_of
from tracereach.api.workload import Workload
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import ApiError, Refused
from tracereach.cluster.resources import EVENTS, Object

_log = logging.getLogger(__name__)
_SILENCE = 600.0
"""Seconds in which the same event is not posted again."""
_LONGEST_NOTE = 1024


@dataclass(frozen=True)
class Regarding:
    """The object that an event is about; `namespace` is empty for kinds without."""

    api_version: str
    kind: str
    namespace: str
    name: str
    uid: str

    @classmethod
    def workload(cls, workload: Workload) -> "Regarding":
        """A Deployment, StatefulSet or DaemonSet."""
        reference = workload.reference
        return cls("apps/v1", reference.kind, reference.namespace, reference.name, workload.uid)

    @classmethod
    def policy(cls, body: Object) -> "Regarding":
        """A policy, from its object."""
        reference = reference_of(body)
        return cls(names.API_VERSION, reference.kind, reference.namespace, reference.name, body["metadata"]["uid"])


class EventRecorder:
    """Posts events, each at most once in ten minutes. `instance` names this process, such as the pod's name."""

    def __init__(self, api: ApiServer, *, instance: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._instance = instance
        self._clock = clock
        self._posted: dict[tuple[Regarding, str, str], float] = {}

    async def post(
        self,
        regarding: Regarding,
        *,
        reason: str,
        message: str,
        action: str = "Reconcile",
        type: Literal["Normal", "Warning"] = "Normal",  # noqa: A002 - the field's name in the API
    ) -> None:
        """Post an event. Never raises `ApiError`."""
        now = self._clock()
        self._posted = {known: at for known, at in self._posted.items() if now - at < _SILENCE}
        event = (regarding, reason, message)
        if event in self._posted:
            return
        # Events of objects without a namespace live in `default`; the API server insists.
        namespace = regarding.namespace or "default"
        body = self._body(regarding, namespace) | {"reason": reason, "action": action, "type": type}
        self._posted[event] = now
        try:
            await self._api.create(EVENTS.collection(namespace), body | {"note": message[:_LONGEST_NOTE]})
        except Refused as error:
            _log.warning("the event %s was refused: %s", reason, error)
        except ApiError as error:
            self._posted.pop(event, None)
            _log.info("the event %s is lost: %s", reason, error)

    def _body(self, regarding: Regarding, namespace: str) -> Object:
        return {
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"generateName": f"{regarding.name}-", "namespace": namespace},
            "eventTime": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "reportingController": f"{names.GROUP}/operator",
            "reportingInstance": self._instance,
            "regarding": {
                "apiVersion": regarding.api_version,
                "kind": regarding.kind,
                "name": regarding.name,
                "uid": regarding.uid,
            }
            | ({"namespace": regarding.namespace} if regarding.namespace else {}),
        }
