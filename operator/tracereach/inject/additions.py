"""Adding named things to a pod template, and writing each down on the way."""

from typing import Any, NamedTuple

from tracereach.inject.fingerprints import fingerprint
from tracereach.inject.injection import Note, PodTemplate
from tracereach.inject.parts import Item, Kit, Parts, known, step
from tracereach.inject.pointers import escape
from tracereach.inject.record import Blank, Record


class Place(NamedTuple):
    """A map of the template: the pod's specification, or a container."""

    path: str
    """Its JSON pointer."""
    node: dict[str, Any]


class Additions:
    """Adds to one template, which stays as it is: lists and maps that are added to are copied, all others shared."""

    def __init__(self, template: PodTemplate) -> None:
        self.pod = Place("/spec", {**template["spec"]})
        self.template = {**template, "spec": self.pod.node}
        """With all that was added so far."""
        self.notes: list[Note] = []
        self._added: dict[str, dict[str, str]] = {}
        self._blank: dict[str, Blank] = {}
        self._merged: dict[str, dict[str, Any]] = {}

    def place_of(self, container: dict[str, Any]) -> Place:
        """The place of one of the template's containers, where nothing has been added to it yet."""
        containers = self.pod.node["containers"] = [*self.pod.node["containers"]]
        copied = containers[containers.index(container)] = {**container}
        return Place(f"/spec/containers/{escape(container['name'])}", copied)

    def add_kit(self, place: Place, field: str, kit: Kit, *, why: str = "") -> None:
        """Add the items of `kit` to the list `field` of `place`."""
        if kit.added:
            self._add(place, field, kit.items, kit.added, why)

    def add_parts(self, place: Place, field: str, parts: Parts, *, why: str = "", at: int | None = None) -> None:
        """Add `parts`, which are the template's from then on, to the list `field` of `place`: at its end, or `at`."""
        if parts.items:
            self._add(place, field, parts.items, parts.added, why, at)

    def add_item(self, place: Place, field: str, item: dict[str, Any], *, why: str = "", at: int | None = None) -> None:
        """Add one item, which is the template's from then on, to the list `field` of `place`: at its end, or `at`."""
        self._add(place, field, [item], {step(item, field): known(item, field)}, why, at)

    def add_metadata(self, field: str, key: str, value: str) -> None:
        """Set the label or annotation `key`, which must not exist yet."""
        self._metadata(field)[key] = value
        self._write_down(f"/metadata/{field}", {escape(key): ""})

    def set_field(self, field: str, value: object, *, why: str) -> None:
        """Set a field of the pod's specification, which must not exist yet."""
        self.pod.node[field] = value
        self._write_down(self.pod.path, {field: fingerprint(value)}, why)

    def merge_item(self, place: Place, field: str, item: dict[str, Any], original: dict[str, Any], *, why: str) -> int:
        """Put `item` in the place of the user's `original`, which is kept in the record; the index of both."""
        path, last = f"{place.path}/{field}", step(item, field)
        present = self._made(path, place.node, field, list)
        index = next(index for index, other in enumerate(present) if other is original)
        present[index] = item
        self._merged[f"{path}/{last}"] = {"hash": fingerprint(item), "original": original}
        self.notes.append((path, (last,), why))
        return index

    def sign(self, *, annotation: str, policy: str, revision: str, workload: str) -> None:
        """Write the record of all additions into the template, as its `annotation`."""
        annotations = self._metadata("annotations")
        record = Record(
            policy=policy,
            revision=revision,
            workload=workload,
            added_to=self._added,
            blank=self._blank,
            merged=self._merged,
        )
        annotations[annotation] = record.dump()

    def _add(
        self, place: Place, field: str, items: list[Item], added: dict[str, str], why: str, at: int | None = None
    ) -> None:
        path = f"{place.path}/{field}"
        present = self._made(path, place.node, field, list)
        start = len(present) if at is None else at
        present[start:start] = items
        self._write_down(path, added, why)

    def _write_down(self, path: str, added: dict[str, str], why: str = "") -> None:
        """Note what was `added` to the list or map at `path`: the last step of each, and its hash."""
        self.notes.append((path, added, why))
        self._added[path] = self._added[path] | added if path in self._added else added

    def _metadata(self, field: str) -> dict[str, Any]:
        metadata: dict[str, Any] = self._made("/metadata", self.template, "metadata", dict)
        found: dict[str, Any] = self._made(f"/metadata/{field}", metadata, field, dict)
        return found

    def _made(self, path: str, owner: dict[str, Any], field: str, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:
        """A copy of the list or map at `path`, which is `field` of `owner`, in its place; where absent or null, new."""
        present = owner.get(field)
        if present is None:
            self._blank[path] = "null" if field in owner else "absent"
        made = owner[field] = kind(present or ())
        return made
