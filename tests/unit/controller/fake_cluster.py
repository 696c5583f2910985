"""An API server in a dictionary: enough of create, patch and delete for passes of the loop, and to refuse some."""

from typing import Any

import jsonpatch

from tracereach.cluster.client import JSON_PATCH, ApiServer
from tracereach.cluster.errors import NotFound, Refused
from tracereach.cluster.resources import Object


class FakeCluster(ApiServer):
    """`objects` by path. What has one of `refused` in its path, or in its name, is refused."""

    def __init__(self, *refused: str) -> None:
        self.objects: dict[str, Object] = {}
        self.refused = refused
        self.writes: list[str] = []
        """The path of each write that was let through."""
        self._version = 0

    async def get(self, path: str, **_: str) -> Object:
        """A LIST; selectors are not looked at."""
        plural = path.rsplit("/", 1)[1]
        items = [obj for key, obj in self.objects.items() if key.split("/")[-2] == plural]
        return {"metadata": {"resourceVersion": str(self._version)}, "items": items}

    async def create(self, path: str, body: Object) -> Object:
        metadata = body["metadata"]
        name = metadata.get("name") or metadata["generateName"]
        created = {"name": name, "creationTimestamp": f"2026-01-01T00:00:{self._version % 60:02}Z"}
        return self._store(f"{path}/{name}", body | {"metadata": created | metadata})

    async def patch(self, path: str, body: Object | list[Object], content_type: str) -> Object:
        item = path.removesuffix("/status")
        if item not in self.objects:
            raise NotFound(status=404, reason="NotFound", message="not found", path=path)
        before = self.objects[item]
        patched = jsonpatch.apply_patch(before, body) if content_type == JSON_PATCH else _merged(before, body)
        return self._store(path, patched)

    async def delete(self, path: str, body: Object | None = None) -> Object:
        return self.objects.pop(path)

    def _store(self, path: str, obj: Object) -> Object:
        if any(part in path for part in self.refused):
            raise Refused(status=403, reason="Forbidden", message="exceeded quota", path=path)
        self.writes.append(path)
        self._version += 1
        stored = obj | {"metadata": obj["metadata"] | {"resourceVersion": str(self._version)}}
        self.objects[path.removesuffix("/status")] = stored
        return stored


def _merged(before: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    known = before if isinstance(before, dict) else {}
    merged = known | {key: _merged(known.get(key), value) for key, value in patch.items()}
    return {key: value for key, value in merged.items() if value is not None}
