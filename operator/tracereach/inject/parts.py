"""Kits: the items that go into one list of a template together, each with its fingerprint.

Most are the same in every workload of a revision, so they are made once, fingerprints and all, and kept frozen: each
template gets a copy of its own, in which only what names the workload is filled in.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from tracereach.inject.copying import freeze, thaw
from tracereach.inject.fingerprints import fingerprint
from tracereach.inject.pointers import ITEM_KEY, escape

Item = dict[str, Any]

OWNED = frozenset({"containers", "initContainers", "volumes"})
"""Lists in which whatever goes by one of our names is ours, whatever it holds by then: the API server fills in
defaults there. Their items need no fingerprint."""


class Parts(NamedTuple):
    """Items for one list of one template, which owns them from then on."""

    items: list[Item]
    added: dict[str, str]
    """The last step of each one's pointer, and its fingerprint, in order."""


class Kit(NamedTuple):
    """Items for that list of any template."""

    nested: bytes
    """The items up to the last one that holds lists or maps, frozen; empty where none does."""
    flat: list[Item]
    """Those after them. As `added`, they are the same for every template, so nobody changes them."""
    added: dict[str, str]
    """As in `Parts`."""

    @property
    def items(self) -> list[Item]:
        """New copies of the items."""
        flat = map(dict.copy, self.flat)
        return [*thaw(self.nested), *flat] if self.nested else [*flat]

    def filled(self, values: Mapping[str, str]) -> Parts:
        """The variables of the kit for one template, those in `values` with these instead of their own."""
        items, added = self.items, self.added.copy()
        for index, name in enumerate(added):
            if name in values:
                items[index] = entry = variable(name, values[name])
                added[name] = fingerprint(entry)
        return Parts(items, added)


def kit(items: Iterable[Item], of: str) -> Kit:
    """A kit for lists that are called `of`."""
    every, added = parts(items, of)
    nested = max((index for index, item in enumerate(every, 1) if not _is_flat(item)), default=0)
    return Kit(freeze(every[:nested]) if nested else b"", every[nested:], added)


def _is_flat(item: Item) -> bool:
    return not any(isinstance(value, dict | list) for value in item.values())


def parts(items: Iterable[Item], of: str) -> Parts:
    """Items for the list `of` of the one template that owns them from then on."""
    every = list(items)
    return Parts(every, {step(item, of): known(item, of) for item in every})


def step(item: Item, of: str) -> str:
    """The last step of the pointer of an item in a list called `of`: its name, or the path it is mounted at."""
    return escape(item[ITEM_KEY[of]])


def known(item: Item, of: str) -> str:
    """The item's fingerprint, where it decides whether the item is removed."""
    return "" if of in OWNED else fingerprint(item)


def variable(name: str, value: str) -> Item:
    """A variable. An empty value is left out, as the API server does when it stores one."""
    return {"name": name, "value": value} if value else {"name": name}


@lru_cache(maxsize=1024)
def shared_variables(*variables: tuple[str, str]) -> Kit:
    """Variables that many containers have with the same values."""
    return kit((variable(name, value) for name, value in variables), "env")
