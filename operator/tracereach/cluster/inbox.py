"""The policies as they are now: kopf delivers into it, the loop reads from it, and says here what it has restored."""

import asyncio
import copy
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from tracereach.api.acceptance import PolicyReference
from tracereach.cluster.resources import Object
from tracereach.cluster.versions import is_older, version_of


class PolicyInbox:
    """Policies by reference, as plain objects without `managedFields`. `changed` is called after each change."""

    def __init__(self, *, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._bodies: dict[PolicyReference, Object] = {}
        self._restored: dict[PolicyReference, asyncio.Event] = {}
        self.bodies: Mapping[PolicyReference, Object] = MappingProxyType(self._bodies)
        self.synced = asyncio.Event()
        """Set once every policy that exists has been seen."""

    def deliver(self, reference: PolicyReference, body: Mapping[str, Any] | None) -> None:
        """The policy is now as `body`, or gone where that is None. What is older than known changes nothing."""
        if body is None:
            self._restored.pop(reference, None)
            if self._bodies.pop(reference, None) is not None:
                self._changed()
            return
        plain = _plain(body)
        known = self._bodies.get(reference)
        if plain != known and not (known and is_older(version_of(plain), version_of(known))):
            self._bodies[reference] = plain
            self._changed()

    def replace(self, kind: str, bodies: Mapping[PolicyReference, Mapping[str, Any]], *, version: str) -> None:
        """A LIST of `kind` at resourceVersion `version` found exactly `bodies`; what is newer than that stays."""
        for reference, body in bodies.items():
            self.deliver(reference, body)
        missing = [reference for reference in self._bodies if reference.kind == kind and reference not in bodies]
        for reference in missing:
            if not is_older(version, version_of(self._bodies[reference])):
                self.deliver(reference, None)

    def release(self, reference: PolicyReference) -> None:
        """Every template of the policy is restored: it may go."""
        self._event(reference).set()

    async def restored(self, reference: PolicyReference) -> None:
        """Return once the policy has been released."""
        await self._event(reference).wait()

    def _event(self, reference: PolicyReference) -> asyncio.Event:
        return self._restored.setdefault(reference, asyncio.Event())


def _plain(body: Mapping[str, Any]) -> Object:
    metadata = {key: value for key, value in body["metadata"].items() if key != "managedFields"}
    return copy.deepcopy({**body, "metadata": metadata})
