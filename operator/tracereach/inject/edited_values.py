"""What is the user's in a value that an injection wrote or extended, and that somebody has edited since.

Its hash in the record only tells that it is another value by now. But a runtime does not start with a loader whose
agent is gone, and `$(NAME)` stays as it is where NAME is gone, so what an injection writes is known again by its text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from tracereach.inject.agents import AGENTS, Loader
from tracereach.inject.attributes import DOWNWARD
from tracereach.inject.merging import USER_VALUE

_ATTRIBUTES = "OTEL_RESOURCE_ATTRIBUTES"


def _expressions(loader: Loader) -> Iterator[re.Pattern[str]]:
    """One for each part that extends a user's value, with the separator that joins the two."""
    separator = loader.after[:1] or loader.before[-1:]
    gap = r"\s" if separator.isspace() else re.escape(separator)
    for part in (loader.before.strip(separator), loader.after.strip(separator)):
        if part:
            text = re.escape(part)
            yield re.compile(rf"\A(?:{text}(?:{gap}|\Z))+|{gap}{text}(?={gap}|\Z)")


_LOADERS: Mapping[str, tuple[re.Pattern[str], ...]] = {
    loader.name: tuple(_expressions(loader))
    for agent in AGENTS.values()
    for loaders in (agent.loaders, *agent.variants.values())
    for loader in loaders
}


def users_part(entry: Mapping[str, Any], present: Set[str]) -> str:
    """The value of `entry` without what an injection writes into it; all of it, where that is nothing.

    `present` are the variables that its container has without the injection.
    """
    name, value = entry["name"], str(entry.get("value") or "")
    rest = value
    for expression in _LOADERS.get(name, ()):
        rest = expression.sub("", rest)
    if name == _ATTRIBUTES:
        rest = _without_pairs(value, DOWNWARD.keys() - present)
    # What only refers to the value that it extended.
    is_reference = rest in {f"$({name})", f"$({USER_VALUE.format(name=name)})"}
    return "" if is_reference and rest != value else rest


def _without_pairs(attributes: str, gone: Iterable[str]) -> str:
    """`attributes` without those that refer to a variable that is `gone`."""
    references = tuple(f"$({name})" for name in gone)
    pairs = attributes.split(",")
    return ",".join(pair for pair in pairs if not any(reference in pair for reference in references))
