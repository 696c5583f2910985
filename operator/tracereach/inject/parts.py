"""A part: one named item that is added to a list, with its fingerprint.

Most parts are the same in every workload of a revision, so they are made once, fingerprint and all.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from tracereach.inject.fingerprints import fingerprint
from tracereach.inject.pointers import ITEM_KEY, escape


class Part(NamedTuple):
    """An item for one list."""

    step: str
    """The last step of its pointer: its name, or the path it is mounted at."""
    item: dict[str, Any]
    fingerprint: str


def part(item: dict[str, Any], of: str = "env") -> Part:
    """`item` as a part of a list called `of`."""
    return Part(escape(item[ITEM_KEY[of]]), item, fingerprint(item))


def owned(item: dict[str, Any]) -> Part:
    """A volume or container of ours, which goes by its name whatever it holds by then, so needs no fingerprint."""
    return Part(item["name"], item, "")


def variable(name: str, value: str) -> Part:
    """A variable. An empty value is left out, as the API server does when it stores one."""
    return part({"name": name, "value": value} if value else {"name": name})


@lru_cache(maxsize=1024)
def shared_variable(name: str, value: str) -> Part:
    """A variable that many containers have with the same value."""
    return variable(name, value)


def items(parts: Iterable[Part]) -> tuple[dict[str, Any], ...]:
    """What `parts` hold."""
    return tuple(each.item for each in parts)
