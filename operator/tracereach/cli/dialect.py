"""YAML as Kubernetes reads it: version 1.1, with the few differences of the Go library behind `kubectl`.

Strings that only one of the two would take for something else are always written in quotes.
"""

import json
import re
from typing import Any

import yaml

BLOCK_STYLES = ("|", ">")
_QUOTES = ("'", '"')
_NO_WRAPPING = 2**31 - 1
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATES = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
"""How JSON writes a character outside the first plane; YAML knows no such pairs."""

_CORE = "tag:yaml.org,2002:"
_STRING = f"{_CORE}str"
_NOT_STRINGS = frozenset(f"{_CORE}{kind}" for kind in ("bool", "float", "int"))
_ONLY_IN_GO = re.compile(r"^(?:[yYnN]|0o[0-7]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$")
_SIXTIES = re.compile(r"^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$")
"""Numbers to base sixty: `22:22` is 1342 in YAML 1.1, and a string to Kubernetes."""


_DEEPEST = 1000
"""Lists and maps within each other: what reads them calls itself for each, and that of YAML crashes at some depth."""
_OPENINGS = ("[", "{", "- ", "? ")
"""Without as many of them nothing is nested deeply, but by an indentation for each."""


class TooDeep(yaml.YAMLError):
    """The text is nested more deeply than anybody means it."""

    def __init__(self) -> None:
        super().__init__(f"lists and maps are nested too deeply: more than {_DEEPEST} within each other")


class Loader(yaml.CSafeLoader):
    """Reads JSON data only: a date stays a string, and so does a lone `=`. Keys are strings whatever they look like."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Before a map is read: keys become strings as Go writes them, such as `1` and `true`."""
        super().flatten_mapping(node)
        for key, _ in node.value:
            if key.tag in _NOT_STRINGS:
                key.value, key.tag = json.dumps(self.construct_object(key)), _STRING
                self.constructed_objects.pop(key, None)


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in {f"{_CORE}timestamp", f"{_CORE}value"}]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()
}
for _first in "-+0123456789":
    Loader.yaml_implicit_resolvers[_first] = [(_STRING, _SIXTIES), *Loader.yaml_implicit_resolvers[_first]]


def _construct_plainly(loader: Loader, node: yaml.Node) -> Any:
    """What a node holds, whatever its tag says: tags mean nothing to the objects of Kubernetes."""
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return node.value


for _tag in ("binary", "timestamp", "set", "omap", "pairs"):
    Loader.add_constructor(_CORE + _tag, _construct_plainly)
Loader.add_constructor(None, _construct_plainly)


class _Plain:
    """Repeats nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out: what is added must mean the same when its neighbours change."""
        return True


class _Dumper(_Plain, yaml.CSafeDumper):
    """Block style; the dashes of a list stand under its key."""


class _IndentedDumper(_Plain, yaml.SafeDumper):
    """The other widespread style: the dashes of a list stand two columns to the right of its key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - PyYAML's
        """Indent lists as well."""
        super().increase_indent(flow, indentless=False)


def _represent_string(dumper: yaml.representer.BaseRepresenter, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(_STRING, text, style="|" if "\n" in text else None)


for _dumper in (_Dumper, _IndentedDumper):
    _dumper.add_representer(str, _represent_string)
    _dumper.add_implicit_resolver(f"{_CORE}go", _ONLY_IN_GO, list("yYnN0123456789+-."))


def load(text: str) -> Any:
    """The one document in `text` as JSON data, None for an empty one. Raises `yaml.YAMLError`."""
    # Half a character has no bytes to be written with. YAML has a word for that, and JSON none.
    if _looks_like_json(text) and not _SURROGATE.search(_SURROGATES.sub("", text)):
        try:
            return json.loads(text)
        except RecursionError as error:
            raise TooDeep from error
        except ValueError:  # YAML in brackets
            pass
    if sum(map(text.count, _OPENINGS)) > _DEEPEST:
        _refuse_depth(text)
    return yaml.load(text, Loader=Loader)  # noqa: S506 - a safe loader


def _refuse_depth(text: str) -> None:
    """Raise `TooDeep` where it is; events come one after the other, however deep they lie."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise TooDeep


def compose(text: str) -> yaml.Node | None:
    """The nodes of the one document in `text`, with their places in it. Raises `yaml.YAMLError`."""
    if _looks_like_json(text):
        text = _SURROGATES.sub("x" * len(r"\uD83D\uDE00"), text)
    node: yaml.Node | None = yaml.compose(text, Loader=Loader)
    return node


def _looks_like_json(text: str) -> bool:
    return text.lstrip()[:1] == "{"


def dump(value: Any, *, indented: bool = False) -> str:
    """`value` as lines of YAML, in the order it has."""
    dumper = _IndentedDumper if indented else _Dumper
    written: str = yaml.dump(
        value, Dumper=dumper, default_flow_style=False, sort_keys=False, width=_NO_WRAPPING, allow_unicode=True
    )
    return written


def dump_string(text: str, *, style: str | None) -> str:
    """`text` as a scalar in one line; in quotes of `style`, that of YAML's nodes, where the text allows it."""
    quotes = '"' if "\n" in text else style if style in _QUOTES else None
    node = yaml.ScalarNode(_STRING, text, style=quotes)
    written: str = yaml.serialize(node, Dumper=_Dumper, width=_NO_WRAPPING, allow_unicode=True)
    return written.removesuffix("...\n").rstrip("\n")
