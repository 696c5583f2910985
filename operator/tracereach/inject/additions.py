"""Adding named things to a pod template, and writing each down on the way.

Every list that we add to is a map to Kubernetes, its items told apart by one key: environment and volumes by name,
mounts by their path. So an addition has a path that stays true however the list is reordered.
"""

from typing import Any

from tracereach.inject.injection import Change, PodTemplate
from tracereach.inject.record import Blank, Record, fingerprint

ITEM_KEY = {
    "containers": "name",
    "env": "name",
    "initContainers": "name",
    "volumeMounts": "mountPath",
    "volumes": "name",
}
"""The key of each list's items, as the Kubernetes API declares it (`x-kubernetes-list-map-keys`)."""


def escape(part: str) -> str:
    """`part` as one step of a JSON pointer (RFC 6901)."""
    return part.replace("~", "~0").replace("/", "~1")


def unescape(part: str) -> str:
    """The inverse of `escape`."""
    return part.replace("~1", "/").replace("~0", "~")


def find(items: list[dict[str, Any]], key: str, value: str) -> int | None:
    """Where in `items` the item with `key` equal to `value` is."""
    return next((index for index, item in enumerate(items) if item.get(key) == value), None)


class Additions:
    """Adds to one template in place. The template must be the caller's own copy."""

    def __init__(self, template: PodTemplate) -> None:
        self._template = template
        self._added: dict[str, str] = {}
        self._blank: dict[str, Blank] = {}
        self._merged: dict[str, dict[str, Any]] = {}
        self._found: dict[str, Any] = {}
        self.changes: list[Change] = []

    def add_item(self, parent: str, item: dict[str, Any], *, why: str = "") -> None:
        """Append `item` to the list at `parent`, such as `/spec/containers/app/env`."""
        items = self._container(parent, list)
        key = ITEM_KEY[parent.rsplit("/", 1)[1]]
        items.append(item)
        self._note(f"{parent}/{escape(item[key])}", item, why)

    def add_entry(self, parent: str, key: str, value: str) -> None:
        """Set `key` in the map at `parent`, where it must not exist yet."""
        self._container(parent, dict)[key] = value
        self._note(f"{parent}/{escape(key)}", value, "")

    def merge_item(self, parent: str, item: dict[str, Any], original: dict[str, Any], *, why: str) -> None:
        """Put `item` in the place of the user's `original`, which is kept in the record."""
        items = self._container(parent, list)
        key = ITEM_KEY[parent.rsplit("/", 1)[1]]
        items[items.index(original)] = item
        path = f"{parent}/{escape(item[key])}"
        self._merged[path] = {"hash": fingerprint(item), "original": original}
        self.changes.append(Change(path, why))

    def sign(self, *, annotation: str, policy: str, revision: str) -> None:
        """Write the record of all additions into the template, as its `annotation`."""
        annotations = self._container("/metadata/annotations", dict)
        record = Record(policy, revision, added=self._added, blank=self._blank, merged=self._merged)
        annotations[annotation] = record.dump()

    def _note(self, path: str, value: Any, why: str) -> None:
        self._added[path] = fingerprint(value)
        self.changes.append(Change(path, why))

    def _container(self, path: str, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
        """The list or map at `path`, made where it is absent or null."""
        if path not in self._found:
            self._found[path] = self._find(path, kind)
        return self._found[path]

    def _find(self, path: str, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
        *parents, last = path.split("/")[1:]
        node: Any = self._template
        walked = ""
        for part in parents:
            if isinstance(node, list):
                node = node[_index(node, walked, part)]
            else:
                node = self._child(node, part, f"{walked}/{part}", dict)
            walked = f"{walked}/{part}"
        return self._child(node, last, path, kind)

    def _child(self, node: dict[str, Any], key: str, path: str, kind: Any) -> Any:
        if node.get(key) is None:
            self._blank[path] = "null" if key in node else "absent"
            node[key] = kind()
        return node[key]


def _index(items: list[dict[str, Any]], path: str, part: str) -> int:
    index = find(items, ITEM_KEY[path.rsplit("/", 1)[1]], unescape(part))
    if index is None:
        raise KeyError(f"{path}/{part}")
    return index
