"""Changing a YAML text to mean something else, touching no line that need not change.

A file that people keep under version control must show just what was added. So nothing is written anew: the text is
parsed for the places of its nodes, the old and the new meaning are walked side by side, and only differing places are
edited. Comments, quotes, order and indentation stay, because their lines are never looked at. JSON is YAML to this.
"""

import json
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

import yaml

from tracereach.cli import dialect
from tracereach.cli.edits import Edits
from tracereach.cli.places import Places, is_flow
from tracereach.cli.scalars import resized


class CannotSplice(Exception):
    """The text has a form, such as an alias, in which the change has no place of its own."""


def splice(text: str, before: Any, after: Any) -> str:
    """`text`, a document that means `before`, changed to mean `after`. Raises `CannotSplice`.

    The result is read back, and so is exact or refused.
    """
    if before == after:
        return text
    root = dialect.compose(text)
    if root is None:
        raise CannotSplice("it is empty")
    splicer = _Splicer(text, root)
    splicer.change(before, after)
    result = splicer.edits.apply()
    if not _means(result, after):
        raise CannotSplice("it has aliases or an unusual layout where it would change; write that part out plainly")
    return result


def _means(text: str, value: Any) -> bool:
    try:
        return bool(dialect.load(text) == value)
    except yaml.YAMLError:
        return False


class _Splicer:
    """One walk over one document, which collects the edits."""

    def __init__(self, text: str, root: yaml.Node) -> None:
        self._text = text
        self._root = root
        self._places = Places(text)
        self._indented = self._places.indents_lists(root)
        self.edits = Edits(text)

    def change(self, before: Any, after: Any) -> None:
        """Collect the edits that turn the document from `before` into `after`."""
        self._change(self._root, before, after, in_flow=False)

    def _change(self, node: yaml.Node, before: Any, after: Any, *, in_flow: bool) -> None:
        in_flow = in_flow or is_flow(node)
        if (
            isinstance(node, yaml.MappingNode)
            and isinstance(after, dict)
            and (before.keys() & after.keys() or not node.value)
        ):
            self._change_mapping(node, before, after, in_flow=in_flow)
        elif isinstance(node, yaml.SequenceNode) and isinstance(after, list) and (after or in_flow):
            self._change_sequence(node, before, after, in_flow=in_flow)
        else:
            self._replace(node, after, in_flow=in_flow)

    def _change_mapping(
        self, node: yaml.MappingNode, before: dict[str, Any], after: dict[str, Any], *, in_flow: bool
    ) -> None:
        pairs = {key.value: (index, value) for index, (key, value) in enumerate(node.value)}
        differing = [key for key in before if key not in after or after[key] != before[key]]
        if not pairs.keys() >= set(differing):
            raise CannotSplice("it merges maps with << where it would change; write that part out plainly")
        for key in differing:
            if key in after and not self._change_alias(node.value[pairs[key][0]], before[key], after[key]):
                self._change(pairs[key][1], before[key], after[key], in_flow=in_flow)
        for start, stop in _runs(sorted(pairs[key][0] for key in differing if key not in after)):
            self._delete(node, start, stop, in_flow=in_flow)
        if added := {key: value for key, value in after.items() if key not in before}:
            text = self._flow(added)[1:-1] if in_flow else self._block(added)
            self._insert(node, len(node.value), text, in_flow=in_flow)

    def _change_alias(self, pair: tuple[yaml.Node, yaml.Node], before: Any, after: Any) -> bool:
        """Write additions to a map that is but an alias beside it, as `{<<: *name, …}`; what it names stays."""
        place = self._places.alias(*pair)
        grows = isinstance(before, dict) and isinstance(after, dict) and before.items() <= after.items()
        if not place or not grows:
            return False
        added = {key: value for key, value in after.items() if key not in before}
        self.edits.replace(*place, f"{{<<: {self._text[slice(*place)]}, {self._flow(added)[1:-1]}}}")
        return True

    def _change_sequence(self, node: yaml.SequenceNode, before: list[Any], after: list[Any], *, in_flow: bool) -> None:
        old, new = ([_identity(item) for item in items] for items in (before, after))
        for _, start, stop, new_start, new_stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            items = after[new_start:new_stop]
            both = min(stop - start, len(items))
            for index, item in enumerate(items[:both], start):
                if before[index] != item:
                    self._change(node.value[index], before[index], item, in_flow=in_flow)
            if start + both < stop:
                self._delete(node, start + both, stop, in_flow=in_flow)
            if added := items[both:]:
                text = self._flow(added)[1:-1] if in_flow else self._block(added)
                self._insert(node, stop, text, in_flow=in_flow)

    def _insert(self, node: yaml.CollectionNode, index: int, text: str, *, in_flow: bool) -> None:
        """Insert `text` before the child at `index`."""
        if in_flow:
            position, opening, closing = self._places.flow_gap(node, index)
            self.edits.replace(position, position, f"{opening}{text}{closing}")
        else:
            self.edits.insert_lines(self._places.block_gap(node, index), text, self._places.column(node))

    def _delete(self, node: yaml.CollectionNode, start: int, stop: int, *, in_flow: bool) -> None:
        if isinstance(node, yaml.MappingNode) and (alias := self._places.only_merged(node, start, stop)):
            self.edits.replace(node.start_mark.index, node.end_mark.index, alias)
            return
        span = self._places.flow_span if in_flow else self._places.lines
        self.edits.replace(*span(node, start, stop), "")

    def _replace(self, node: yaml.Node, after: Any, *, in_flow: bool) -> None:
        """Write `after` in the place of the whole node."""
        begin, end = self._places.extent(node)
        if isinstance(node, yaml.ScalarNode) and begin < end and isinstance(after, str):
            self.edits.replace(begin, end, self._rewritten(node, begin, end, after, in_flow=in_flow))
        elif isinstance(node, yaml.CollectionNode) and not in_flow and after is None:
            self.edits.replace(*self._places.lines(node, 0, len(node.value)), "")
        elif begin == end and isinstance(after, dict | list) and after and not in_flow:
            column = self._places.indentation(begin) + (0 if isinstance(after, list) and not self._indented else 2)
            self.edits.insert_lines(self._places.line_end(end), self._block(after), column)
        else:
            # A value in brackets must stand to the right of its key, and an empty one has no space before it.
            space = "" if begin < end and (is_flow(node) or isinstance(node, yaml.ScalarNode)) else "  "
            self.edits.replace(begin, end, space + self._flow(after))

    def _rewritten(self, node: yaml.ScalarNode, begin: int, end: int, after: str, *, in_flow: bool) -> str:
        """The text of a scalar that shall mean `after`."""
        if text := resized(self._text[begin:end], node.value, after, style=node.style):
            return text
        return self._flow(after) if in_flow else dialect.dump_string(after, style=node.style)

    def _block(self, value: Any) -> str:
        return dialect.dump(value, indented=self._indented)

    @staticmethod
    def _flow(value: Any) -> str:
        return json.dumps(value, ensure_ascii=False)


def _identity(item: Any) -> str:
    """By what an item of a list is found again where it has changed: a variable's reference, a name, or all of it."""
    if isinstance(item, dict):
        item = item.get("valueFrom") or item.get("name") or item
    return json.dumps(item, sort_keys=True)


def _runs(indices: list[int]) -> Iterator[tuple[int, int]]:
    """Consecutive numbers as half-open ranges."""
    start = 0
    for position in range(1, len(indices) + 1):
        if position == len(indices) or indices[position] != indices[position - 1] + 1:
            yield indices[start], indices[position - 1] + 1
            start = position
