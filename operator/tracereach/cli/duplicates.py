"""Keys that stand in a map twice. Readers of YAML keep the last; kubectl refuses them, since one must be a mistake."""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from tracereach.cli import dialect
from tracereach.cli.places import Place

_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True)
class Duplicate:
    """A key that was there before. Lines are counted from 0."""

    place: Place
    line: int
    first_line: int


def duplicates(text: str) -> tuple[Duplicate, ...]:
    """Every such key of the one document in `text`, whether it is YAML or JSON. Raises `yaml.YAMLError`."""
    node = dialect.compose(text)
    return tuple(_below(node, (), set())) if node else ()


def _below(node: yaml.Node, place: Place, seen: set[int]) -> Iterator[Duplicate]:
    """What an alias repeats is looked at once."""
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for index, child in enumerate(node.value):
            yield from _below(child, (*place, index), seen)
    elif isinstance(node, yaml.MappingNode):
        first_lines: dict[str, int] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                line = key.start_mark.line
                if key.value in first_lines:
                    yield Duplicate((*place, key.value), line, first_lines[key.value])
                first_lines.setdefault(key.value, line)
                yield from _below(value, (*place, key.value), seen)
