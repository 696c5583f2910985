"""Adding named things to a pod template, and writing each down on the way."""

from collections.abc import Sequence
from typing import Any

from tracereach.inject.injection import Change, PodTemplate
from tracereach.inject.pointers import ITEM_KEY, escape, item_in, unescape
from tracereach.inject.record import REMOVED_BY_NAME, Blank, Record, fingerprint


class Additions:
    """Adds to one template in place. The template must be the caller's own copy."""

    def __init__(self, template: PodTemplate) -> None:
        self._template = template
        self._added: dict[str, str] = {}
        self._blank: dict[str, Blank] = {}
        self._merged: dict[str, dict[str, Any]] = {}
        self._known: dict[str, Any] = {"": template}
        self.changes: list[Change] = []

    def add_items(self, parent: str, items: Sequence[dict[str, Any]], *, why: str = "", at: int | None = None) -> None:
        """Add `items` to the list at `parent`, such as `/spec/containers/app/env`: at its end, or from index `at`."""
        if not items:
            return
        present = self._container(parent, list)
        key = ITEM_KEY[parent.rsplit("/", 1)[1]]
        start = len(present) if at is None else at
        present[start:start] = items
        for item in items:
            self._note(parent, item[key], item, why)

    def add_item(self, parent: str, item: dict[str, Any], *, why: str = "", at: int | None = None) -> None:
        """Add one `item`, as `add_items` does."""
        self.add_items(parent, (item,), why=why, at=at)

    def add_entry(self, parent: str, key: str, value: object, *, why: str = "") -> None:
        """Set `key` in the map at `parent`, where it must not exist yet."""
        self._container(parent, dict)[key] = value
        self._note(parent, key, value, why)

    def merge_item(self, parent: str, item: dict[str, Any], original: dict[str, Any], *, why: str) -> int:
        """Put `item` in the place of the user's `original`, which is kept in the record; the index of both."""
        items = self._container(parent, list)
        key = ITEM_KEY[parent.rsplit("/", 1)[1]]
        index = next(index for index, present in enumerate(items) if present is original)
        items[index] = item
        path = f"{parent}/{escape(item[key])}"
        self._merged[path] = {"hash": fingerprint(item), "original": original}
        self.changes.append(Change(path, why))
        return index

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

    def _note(self, parent: str, key: str, value: Any, why: str) -> None:
        path = f"{parent}/{escape(key)}"
        self._added[path] = "" if parent in REMOVED_BY_NAME else fingerprint(value)
        self.changes.append(Change(path, why))

    def _container(self, path: str, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
        """The list or map at `path`, made where it is absent or null."""
        present = self._node(path)
        if present is None:
            present = self._known[path] = self._make(path, kind)
        return present

    def _node(self, path: str) -> Any:
        """What is at `path`, if anything. Nothing that was found once is looked for again."""
        if path not in self._known:
            parent, _, last = path.rpartition("/")
            self._known[path] = item_in(self._node(parent), parent.rpartition("/")[2], unescape(last))
        return self._known[path]

    def _make(self, path: str, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
        parent, _, last = path.rpartition("/")
        owner, key = self._container(parent, dict), unescape(last)
        self._blank[path] = "null" if key in owner else "absent"
        owner[key] = kind()
        return owner[key]
