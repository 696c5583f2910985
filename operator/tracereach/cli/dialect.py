"""YAML as Kubernetes reads it: version 1.1, with the few differences of the Go library behind `kubectl`.

Strings that only one of the two would take for something else are always written in quotes.
"""

import re
import sys
from typing import Any

import yaml

BLOCK_STYLES = ("|", ">")
_QUOTES = ("'", '"')

_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_VALUE = "tag:yaml.org,2002:value"
_STRING = "tag:yaml.org,2002:str"
_ONLY_IN_GO = re.compile(r"^(?:[yYnN]|0o[0-7]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?)$")


class Loader(yaml.CSafeLoader):
    """Reads JSON data only: a date stays a string, and so does a lone `=`."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in {_TIMESTAMP, _VALUE}]
    for first, resolvers in Loader.yaml_implicit_resolvers.items()
}


class _Dumper(yaml.SafeDumper):
    """Block style; the dashes of a list stand under its key."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out: what is added must mean the same when its neighbours change."""
        return True


class _IndentedDumper(_Dumper):
    """The other widespread style: the dashes of a list stand two columns to the right of its key."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 - PyYAML's
        """Indent lists as well."""
        super().increase_indent(flow, indentless=False)


def _represent_string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar(_STRING, text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_string)
_Dumper.add_implicit_resolver("tag:tracereach.dev,2026:go", _ONLY_IN_GO, list("yYnN0123456789+-."))


def load(text: str) -> Any:
    """The one document in `text` as JSON data, None for an empty one. Raises `yaml.YAMLError`."""
    return yaml.load(text, Loader=Loader)  # noqa: S506 - a safe loader


def dump(value: Any, *, indented: bool = False) -> str:
    """`value` as lines of YAML, in the order it has."""
    dumper = _IndentedDumper if indented else _Dumper
    return yaml.dump(
        value, Dumper=dumper, default_flow_style=False, sort_keys=False, width=sys.maxsize, allow_unicode=True
    )


def dump_string(text: str, *, style: str | None) -> str:
    """`text` as a scalar in one line; in quotes of `style`, that of YAML's nodes, where the text allows it."""
    quotes = '"' if "\n" in text else style if style in _QUOTES else None
    node = yaml.ScalarNode(_STRING, text, style=quotes)
    written: str = yaml.serialize(node, Dumper=_Dumper, width=sys.maxsize, allow_unicode=True)
    return written.removesuffix("...\n").rstrip("\n")
