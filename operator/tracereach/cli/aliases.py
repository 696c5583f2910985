"""Finding the alias that keeps a document from being changed: what is written once and used twice has no one place."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from tracereach.cli import dialect
from tracereach.cli.places import Place


@dataclass(frozen=True)
class Shared:
    """A field that would change together with another one."""

    place: Place
    anchor: str
    line: int
    """Of the alias, counted from 0."""


def shared_change(text: str, before: Any, after: Any) -> Shared | None:
    """The first field that differs between two meanings of `text` and is written as, or referred to by, an alias."""
    root = dialect.compose(text)
    return next(_Anchors(text).shared(root, before, after, ()), None) if root else None


class _Anchors:
    """The anchors in one text that are referred to."""

    def __init__(self, text: str) -> None:
        self._names: dict[int, str] = {}
        """Of the anchored nodes, by their positions."""
        self._aliases: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        """Position and line of each alias."""
        for event in yaml.parse(text, Loader=dialect.Loader):
            if not isinstance(event, yaml.NodeEvent) or not event.anchor or not event.start_mark:
                continue
            if isinstance(event, yaml.AliasEvent):
                self._aliases[event.anchor].append((event.start_mark.index, event.start_mark.line))
            else:
                self._names[event.start_mark.index] = event.anchor

    def shared(self, node: yaml.Node, before: Any, after: Any, place: Place) -> Iterator[Shared]:
        """Each shared node at which, or below which, the two differ."""
        for part, position, child in _children(node):
            if not isinstance(before, dict | list) or not isinstance(after, dict | list):
                return
            old, new = _get(before, part), _get(after, part)
            if old == new or old is None:
                continue
            name = self._names.get(child.start_mark.index, "")
            through_alias = child.start_mark.index < position
            if self._aliases[name] and not (through_alias and _grows(old, new)):
                aliases = self._aliases[name]
                _, line = next((one for one in aliases if through_alias and one[0] >= position), aliases[0])
                yield Shared((*place, part), name, line)
            yield from self.shared(child, old, new, (*place, part))


def _children(node: yaml.Node) -> Iterator[tuple[str | int, int, yaml.Node]]:
    """The key or index of each child, where that stands, and the child, which for an alias stands before it."""
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, key.start_mark.index, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        position = node.start_mark.index
        for index, item in enumerate(node.value):
            yield index, position, item
            position = max(position, item.end_mark.index)


def _get(collection: Any, part: str | int) -> Any:
    if isinstance(collection, dict):
        return collection.get(part)
    return collection[part] if isinstance(part, int) and part < len(collection) else None


def _grows(before: Any, after: Any) -> bool:
    """Whether a map only gets more keys: what is added is then written beside the alias."""
    return isinstance(before, dict) and isinstance(after, dict) and before.items() <= after.items()
