"""Where a template refers to a variable by `$(NAME)`, so that it would change its meaning with it."""

import re
from collections.abc import Iterator
from itertools import dropwhile

from tracereach.inject.containers import Container, command, command_field


def reference_to(container: Container, name: str) -> str | None:
    """The first field of `container` into which the kubelet puts the value of `name`.

    Probes and hooks are none: nothing is expanded there. An entry of `env` sees those before it alone.
    """
    reference = f"$({name})"
    return next((field for field, text in _expanded(container, name) if reference in text and _is_in(text, name)), None)


def _expanded(container: Container, name: str) -> Iterator[tuple[str, str]]:
    """Path and text of what is expanded after `name` is known."""
    place = f"spec.containers[{container['name']}]"
    for position, word in enumerate(command(container)):
        yield command_field(container, position), word
    for entry in list(dropwhile(lambda entry: entry["name"] != name, container.get("env") or ()))[1:]:
        yield f"{place}.env[{entry['name']}]", str(entry.get("value") or "")
    for mount in container.get("volumeMounts") or ():
        yield f"{place}.volumeMounts[{mount['mountPath']}].subPathExpr", str(mount.get("subPathExpr") or "")


def _is_in(text: str, name: str) -> bool:
    """Whether `text` refers to `name`; two dollars stand for one that begins no reference."""
    return re.search(rf"(?<!\$)(?:\$\$)*\$\({re.escape(name)}\)", text) is not None
