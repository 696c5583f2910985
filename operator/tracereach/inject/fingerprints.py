"""Telling a value from a changed one."""

import zlib
from typing import Any


def fingerprint(value: Any) -> str:
    """Eight digits that tell a JSON value from a changed one; the order of keys does not count.

    A checksum and no seal: whoever may edit the value may edit the record beside it.
    """
    return f"{zlib.crc32(_canonical(value).encode()):08x}"


def _canonical(value: Any) -> str:
    """A text that equal JSON values have in common; several times as fast to make as sorted JSON."""
    if isinstance(value, dict):
        if len(value) == 2 and "value" in value and "name" in value:  # nearly every addition is a variable
            return f"{{name:{value['name']!r},value:{value['value']!r}}}"
        return f"{{{','.join([f'{key}:{_canonical(value[key])}' for key in sorted(value)])}}}"
    if isinstance(value, list):
        return f"[{','.join(map(_canonical, value))}]"
    return repr(value)
