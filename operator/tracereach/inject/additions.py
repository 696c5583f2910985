"""Adding named things to a pod template, and writing each down on the way."""

from typing import Any

from tracereach.inject.injection import Change, PodTemplate
from tracereach.inject.pointers import ITEM_KEY, escape, locate, unescape
from tracereach.inject.record import Blank, Record, fingerprint


class Additions:
    """Adds to one template in place. The template must be the caller's own copy."""

    def __init__(self, template: PodTemplate) -> None:
        self._template = template
        self._added: dict[str, str] = {}
        self._blank: dict[str, Blank] = {}
        self._merged: dict[str, dict[str, Any]] = {}
        self._known: dict[str, Any] = {"": template}
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

    def sign(self, *, annotation: str, policy: str, revision: str, workload: str) -> None:
        """Write the record of all additions into the template, as its `annotation`."""
        annotations = self._container("/metadata/annotations", dict)
        record = Record(
            policy=policy,
            revision=revision,
            workload=workload,
            added=self._added,
            blank=self._blank,
            merged=self._merged,
        )
        annotations[annotation] = record.dump()

    def _note(self, path: str, value: Any, why: str) -> None:
        self._added[path] = fingerprint(value)
        self.changes.append(Change(path, why))

    def _container(self, path: str, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
        """The list or map at `path`, made where it is absent or null."""
        if path not in self._known:
            place = locate(self._template, path)
            present = place[0][place[1]] if place else None
            self._known[path] = self._make(path, kind) if present is None else present
        return self._known[path]

    def _make(self, path: str, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
        parent, _, last = path.rpartition("/")
        owner, key = self._container(parent, dict), unescape(last)
        self._blank[path] = "null" if key in owner else "absent"
        owner[key] = kind()
        return owner[key]
