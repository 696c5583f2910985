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
        self._restored: dict[str, asyncio.Event] = {}
        """By uid, since a policy and its successor of the same name are two."""
        self.bodies: Mapping[PolicyReference, Object] = MappingProxyType(self._bodies)
        self.synced = asyncio.Event()
        """Set once every policy that exists has been seen."""

    def deliver(self, reference: PolicyReference, body: Mapping[str, Any] | None) -> None:
        """The policy is now as `body`, or gone where that is None. What is older than known changes nothing."""
        if body is None:
            if gone := self._bodies.pop(reference, None):
                self._restored.pop(gone["metadata"]["uid"], None)
                self._changed()
            return
        plain = _plain(body)
        known = self._bodies.get(reference)
        if plain != known and not (known and is_older(version_of(plain), version_of(known))):
            self._bodies[reference] = plain
            self._changed()

    def observe(self, reference: PolicyReference, body: Mapping[str, Any]) -> None:
        """Take in the answer to a write of our own; not of a policy that was seen to go in the meantime."""
        if reference in self._bodies:
            self.deliver(reference, body)

    def replace(self, kind: str, bodies: Mapping[PolicyReference, Mapping[str, Any]], *, version: str) -> None:
        """A LIST of `kind` at resourceVersion `version` found exactly `bodies`; what is newer than that stays."""
        for reference, body in bodies.items():
            self.deliver(reference, body)
        missing = [reference for reference in self._bodies if reference.kind == kind and reference not in bodies]
        for reference in missing:
            if not is_older(version, version_of(self._bodies[reference])):
                self.deliver(reference, None)

    def release(self, reference: PolicyReference, *, uid: str) -> None:
        """Every template of the policy is restored: it may go.

        Said of a policy that is gone meanwhile, or that is not being deleted, it means nothing.
        """
        metadata = self._bodies.get(reference, {}).get("metadata", {})
        if metadata.get("uid") == uid and "deletionTimestamp" in metadata:
            self._event(uid).set()

    async def restored(self, uid: str) -> None:
        """Return once the policy with this uid has been released."""
        await self._event(uid).wait()

    def _event(self, uid: str) -> asyncio.Event:
        return self._restored.setdefault(uid, asyncio.Event())


def _plain(body: Mapping[str, Any]) -> Object:
    metadata = {key: value for key, value in body["metadata"].items() if key != "managedFields"}
    return copy.deepcopy({**body, "metadata": metadata})
