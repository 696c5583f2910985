"""Copying JSON data, several times faster than `copy.deepcopy`, which must expect cycles and classes."""

import marshal
from typing import Any

_WITHOUT_REFERENCES = 2
"""The format that writes each value out where it stands, so that no two places of a copy share a list or a map."""


def freeze(value: Any) -> bytes:
    """JSON data as bytes, of which `thaw` makes any number of copies. They mean nothing to another process."""
    return marshal.dumps(value, _WITHOUT_REFERENCES)


def thaw(frozen: bytes) -> Any:
    """A new copy of what was frozen."""
    return marshal.loads(frozen)  # noqa: S302 - bytes that `freeze` made in this process


def copy(value: Any) -> Any:
    """A deep copy."""
    return thaw(freeze(value))
