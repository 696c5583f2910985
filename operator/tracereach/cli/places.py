"""Where the nodes of a YAML document stand in its text. All positions count characters from its beginning."""

import re
from collections.abc import Iterator

import yaml

from tracereach.cli import dialect

Place = tuple[str | int, ...]
"""The keys and indices that lead to a value."""

_ALIAS = re.compile(r"\s*:\s+(\*[^\s,\[\]{}]+)")
_MERGE = "<<"


def is_flow(node: yaml.Node) -> bool:
    """Whether the node is a list or map in brackets."""
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _children(node: yaml.CollectionNode) -> list[tuple[yaml.Node, yaml.Node]]:
    """Each child's first and last node: key and value in a map, twice the same in a list."""
    return [child if isinstance(child, tuple) else (child, child) for child in node.value]


class Places:
    """The positions in one text."""

    def __init__(self, text: str) -> None:
        self._text = text

    def line_start(self, position: int) -> int:
        """The beginning of the line at `position`."""
        return self._text.rfind("\n", 0, position) + 1

    def line_end(self, position: int) -> int:
        """The beginning of the next line; `position` itself where it begins a line already."""
        if position == self.line_start(position) > 0:
            return position
        return self._text.find("\n", position) + 1 or len(self._text)

    def indentation(self, position: int) -> int:
        """The column of the key on the line at `position`, behind the dashes of lists."""
        start = self.line_start(position)
        return len(self._text[start:position]) - len(self._text[start:position].lstrip(" -"))

    def extent(self, node: yaml.Node) -> tuple[int, int]:
        """From the first character of `node` to behind its last, without the blank lines and comments that follow."""
        begin, end = node.start_mark.index, node.end_mark.index
        if isinstance(node, yaml.ScalarNode) and node.style in dialect.BLOCK_STYLES:
            keeps = "+" in self._text[begin : self.line_end(begin)].split("#")[0]
            return begin, end if keeps else len(self._text[:end].rstrip())
        if isinstance(node, yaml.CollectionNode) and not is_flow(node) and node.value:
            return begin, self._end(node, -1)
        return begin, end

    def column(self, node: yaml.CollectionNode) -> int:
        """Where the keys or dashes of a block begin; the node's own mark may be that of an anchor."""
        position = self._begin(node, 0)
        return position - self.line_start(position)

    def block_gap(self, node: yaml.CollectionNode, index: int) -> int:
        """The beginning of the line at which a new child goes in before the child at `index`."""
        if index == 0:
            return self.line_start(self._begin(node, 0))
        return self.line_end(self._end(node, index - 1))

    def lines(self, node: yaml.CollectionNode, start: int, stop: int) -> tuple[int, int]:
        """The whole lines of the children from `start` to before `stop`."""
        return self.line_start(self._begin(node, start)), self.line_end(self._end(node, stop - 1))

    def flow_gap(self, node: yaml.CollectionNode, index: int) -> tuple[int, str, str]:
        """Where a new child goes in brackets before the child at `index`, and what separates it on both sides."""
        if not node.value:
            return node.end_mark.index - 1, "", ""
        if index == 0:
            return self._begin(node, 0), "", ", "
        last = self._begin(node, index - 1)
        margin = self._text[self.line_start(last) : last]
        return self._end(node, index - 1), ", " if margin.strip() else f",\n{margin}", ""

    def flow_span(self, node: yaml.CollectionNode, start: int, stop: int) -> tuple[int, int]:
        """The children from `start` to before `stop`, with the comma that goes with them."""
        if start > 0:
            return self._end(node, start - 1), self._end(node, stop - 1)
        return self._begin(node, 0), self._begin(node, stop) if stop < len(node.value) else self._end(node, stop - 1)

    def indents_lists(self, root: yaml.Node) -> bool:
        """Whether the document's first list in a block stands to the right of its key."""
        return next(self._list_offsets(root), 0) > 0

    def alias(self, key: yaml.Node, value: yaml.Node) -> tuple[int, int] | None:
        """Where the value of a key is written as an alias, as `*name`; its node stands elsewhere."""
        found = _is_alias(key, value) and _ALIAS.match(self._text, key.end_mark.index)
        return found.span(1) if found else None

    def only_merged(self, node: yaml.MappingNode, start: int, stop: int) -> str | None:
        """The alias, where without the children from `start` to before `stop` the map is nothing but `{<<: *name}`."""
        if is_flow(node) and (start, stop) == (1, len(node.value)) and node.value[0][0].value == _MERGE:
            place = self.alias(*node.value[0])
            return self._text[slice(*place)] if place else None
        return None

    def _list_offsets(self, node: yaml.Node) -> Iterator[int]:
        if isinstance(node, yaml.MappingNode) and not is_flow(node):
            for key, value in node.value:
                if isinstance(value, yaml.SequenceNode) and value.value and not is_flow(value):
                    yield self.column(value) - key.start_mark.column
                yield from self._list_offsets(value)

    def _begin(self, node: yaml.CollectionNode, index: int) -> int:
        """The beginning of a child; in a list in a block that is its dash."""
        begin = _children(node)[index][0].start_mark.index
        if isinstance(node, yaml.SequenceNode) and not is_flow(node):
            return self._text.rfind("-", 0, begin)
        return begin

    def _end(self, node: yaml.CollectionNode, index: int) -> int:
        first, last = _children(node)[index]
        if place := self.alias(first, last):
            return place[1]
        return first.end_mark.index if _is_alias(first, last) else self.extent(last)[1]


def path_of(place: Place) -> str:
    """`("items", 0, "spec")` as `items[0].spec`."""
    parts = (part for part in place if part != "[key]")
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts).removeprefix(".")


def place_of(path: str) -> Place:
    """The inverse of `path_of`, where no key has a dot."""
    return tuple(int(part) if part.isdecimal() else part for part in re.findall(r"[^.\[\]]+", path))


def line_of(text: str, place: Place) -> int:
    """The line, counted from 0, of what stands at `place` in `text`, or of the last on the way to it that is there."""
    node = dialect.compose(text)
    if node is None:
        return 0
    line: int = node.start_mark.line
    for part in place:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            found = (node.value[part],) * 2 if part < len(node.value) else None
        else:
            found = None
        if found is None:
            break
        key, node = found
        line = key.start_mark.line
    return line


def _is_alias(key: yaml.Node, value: yaml.Node) -> bool:
    return value.start_mark.index < key.start_mark.index
