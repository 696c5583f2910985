"""Loaders that a container's own command sets anew, so that what it starts with them loads no agent.

Such a command is the user's and stays, and the pod is healthy. That no span may ever come from it needs a word.
"""

import re
from functools import lru_cache

from tracereach.inject.containers import Container, command
from tracereach.inject.injection import Left
from tracereach.inject.loading import Loading


def lost_loaders(container: Container, loading: Loading) -> tuple[Left, ...]:
    """Each variable of `loading` that the command sets without what it holds already."""
    assignments = [word for word in command(container) if "=" in word]
    if not assignments:
        return ()
    return tuple(
        Left(name, f"is set anew by the command: what starts so loads no agent, unless it takes in ${name}")
        for name in loading.names
        if any(_is_set_anew(word, name) for word in assignments)
    )


@lru_cache(maxsize=1024)
def _is_set_anew(text: str, name: str) -> bool:
    """Whether a shell or `env` would set `name` by `text`; in single quotes nothing is taken in."""
    values: list[str] = re.findall(rf"(?:^|[\s;&|(]){name}=(\"[^\"]*\"|'[^']*'|[^\s;&|]*)", text)
    return any(value.startswith("'") or not re.search(rf"\$\{{?{name}\b", value) for value in values)
