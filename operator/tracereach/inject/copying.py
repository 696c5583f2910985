"""Copying JSON data."""

from typing import Any


def copy(value: Any) -> Any:
    """A deep copy of JSON data: several times faster than `copy.deepcopy`, which must expect cycles and classes."""
    if isinstance(value, dict):
        return {key: copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy(item) for item in value]
    return value
