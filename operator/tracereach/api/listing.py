"""How many names a message lists, wherever it is made: few enough to read, and with the number of the others."""

from collections.abc import Iterable

_NAMED = 5


def listed(names: Iterable[str], *, whole: bool = True) -> str:
    """The first few names, and how many more there are; not how many, where `names` are themselves not the whole."""
    every = tuple(names)
    left = len(every) - _NAMED
    if left <= 0:
        return ", ".join(every)
    return f"{', '.join(every[:_NAMED])} and {f'{left} more' if whole else 'others'}"
