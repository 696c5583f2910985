"""What the owner of a workload asks for on its pod template: which agents, or none.

    metadata:
      annotations:
        tracereach.dev/agents: java, nodejs           # every container; a label of that name, java_nodejs, does too
        agents.tracereach.dev/CONTAINER: none         # one container, and wins

An annotation wins over the label. Case does not matter, languages go by their usual names, `sdk` is the environment
alone, and `none` leaves the container as it is.
"""

import re
from dataclasses import dataclass
from typing import Any, get_args

from tracereach.api import names
from tracereach.api.propagators import AgentName
from tracereach.inject.containers import Container
from tracereach.inject.injection import PodTemplate

_NONE = "none"
_SYNONYMS = {
    ".net": "dotnet", "dotnetcore": "dotnet", "golang": "go", "javascript": "nodejs", "js": "nodejs", "jvm": "java",
    "node": "nodejs", "node.js": "nodejs", "py": "python", "python3": "python", "typescript": "nodejs",
}  # fmt: skip
_KNOWN = frozenset(get_args(AgentName))
_BETWEEN = re.compile(r"[\s,;_]+")


@dataclass(frozen=True)
class AgentsRequest:
    """What one annotation or label asks for."""

    agents: tuple[str, ...]
    """Sorted; empty for `none`."""
    why: str
    fault: str = ""
    """Why it cannot be followed, if it cannot."""


def requested_for_container(template: PodTemplate, container: Container) -> AgentsRequest | None:
    """What the container's own annotation asks for, if it has one."""
    key = f"{names.CONTAINER_AGENTS_PREFIX}{container['name']}"
    return _request("annotation", "annotations", template, key)


def requested_for_pod(template: PodTemplate) -> AgentsRequest | None:
    """What the annotation for all containers asks for, or else the label."""
    by_annotation = _request("annotation", "annotations", template, names.AGENTS_ANNOTATION)
    return by_annotation or _request("label", "labels", template, names.AGENTS_ANNOTATION)


def _request(kind: str, field: str, template: PodTemplate, key: str) -> AgentsRequest | None:
    value = ((template.get("metadata") or {}).get(field) or {}).get(key)
    if value is None:
        return None
    words = _words(value)
    if not words:
        return None
    why = f"{kind}: metadata.{field}[{key}] is {value}"
    unknown = words - _KNOWN - {_NONE}
    if unknown:
        known = ", ".join(sorted(_KNOWN))
        return AgentsRequest((), why, f"{kind} {key} names {', '.join(sorted(unknown))}; known are {known} and none")
    if _NONE in words and len(words) > 1:
        return AgentsRequest((), why, f"{kind} {key} names none, and agents beside it")
    return AgentsRequest(tuple(sorted(words - {_NONE})), why)


def _words(value: Any) -> set[str]:
    """The agents by their own names, and other words as they are."""
    words = _BETWEEN.split(str(value).lower())
    return {_SYNONYMS.get(word, word) for word in words if word}
