"""Loaders that a container's own command sets anew, so that what it starts with them loads no agent.

Such a command is the user's and stays, and the pod is healthy. That no span may ever come from it needs a word.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from tracereach.inject.containers import Container, command
from tracereach.inject.injection import Left


def lost_loaders(container: Container, loaders: Iterable[str]) -> Iterator[Left]:
    """Each of `loaders`, names of variables, that the command sets without what it holds already."""
    words = command(container)
    for name in loaders:
        if any(f"{name}=" in word and _is_set_anew(word, name) for word in words):
            yield Left(name, f"is set anew by the command: what starts so loads no agent, unless it takes in ${name}")


@lru_cache(maxsize=1024)
def _is_set_anew(text: str, name: str) -> bool:
    """Whether a shell or `env` would set `name` by `text`; in single quotes nothing is taken in."""
    values: list[str] = re.findall(rf"(?:^|[\s;&|(]){name}=(\"[^\"]*\"|'[^']*'|[^\s;&|]*)", text)
    return any(value.startswith("'") or not re.search(rf"\$\{{?{name}\b", value) for value in values)
