"""Whether a pod template has the shape that Kubernetes knows: asked once, so that no other file has to.

The API server stores nothing else, but a file may hold anything: a list where an object belongs, a container without a
name. What is only read, such as an image or a variable's value, may be of any kind; it is taken as text.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class _Map:
    """An object with the shapes of its known fields. Null stands for an empty one."""

    fields: "Mapping[str, _Map | _List | _Words]" = field(default_factory=dict)
    name: str = ""
    """The field by which people refer to it: a text, and not an empty one."""


@dataclass(frozen=True)
class _List:
    """A list of objects. Null stands for an empty one, but no item may be null."""

    item: _Map
    unique: bool = True
    """Whether no two items may have the same name."""


@dataclass(frozen=True)
class _Words:
    """A list of texts, or of what can be taken as text."""


_KEY = _Map()
_ENV = _Map({"valueFrom": _Map({"configMapKeyRef": _KEY, "secretKeyRef": _KEY, "fileKeyRef": _KEY})}, name="name")
_HANDLER = _Map({"exec": _Map({"command": _Words()})})
_RESOURCES = _Map({"limits": _Map(), "requests": _Map()})
_CONTAINER = _Map(
    {
        "command": _Words(),
        "args": _Words(),
        "env": _List(_ENV, unique=False),
        "envFrom": _List(_Map({"configMapRef": _Map(), "secretRef": _Map()})),
        "ports": _List(_Map()),
        "volumeMounts": _List(_Map(name="mountPath")),
        "resources": _RESOURCES,
        "livenessProbe": _HANDLER,
        "readinessProbe": _HANDLER,
        "startupProbe": _HANDLER,
        "lifecycle": _Map({"postStart": _HANDLER, "preStop": _HANDLER}),
    },
    name="name",
)
_TERM = _Map({"matchExpressions": _List(_Map({"values": _Words()}))})
_REQUIRED = _Map({"nodeSelectorTerms": _List(_TERM)})
_TEMPLATE = _Map(
    {
        "metadata": _Map({"annotations": _Map(), "labels": _Map()}),
        "spec": _Map(
            {
                "containers": _List(_CONTAINER),
                "initContainers": _List(_CONTAINER),
                "volumes": _List(_Map(name="name")),
                "imagePullSecrets": _List(_Map()),
                "nodeSelector": _Map(),
                "os": _Map(),
                "resources": _RESOURCES,
                "affinity": _Map({"nodeAffinity": _Map({"requiredDuringSchedulingIgnoredDuringExecution": _REQUIRED})}),
            }
        ),
    }
)


def malformed(template: object) -> str | None:
    """What is wrong with the shape of `template`, beginning with the field's path; None where nothing is."""
    return _fault_of_map(template, _TEMPLATE, "") or _repeated_container(template)


def _fault(value: Any, shape: _Map | _List | _Words, path: str) -> str | None:
    if value is None:
        return None
    if isinstance(shape, _Map):
        return _fault_of_map(value, shape, path)
    if not isinstance(value, list):
        return f"{path} is not a list"
    if isinstance(shape, _List):
        return _fault_of_list(value, shape, path)
    return f"{path} holds more than texts" if any(isinstance(word, dict | list) for word in value) else None


def _fault_of_map(value: Any, shape: _Map, path: str) -> str | None:
    if not isinstance(value, dict):
        return f"{path or 'the pod template'} is not an object"
    if shape.name and not (value.get(shape.name) and isinstance(value[shape.name], str)):
        return f"{path}.{shape.name} is missing or not a text"
    for key, item in value.items():
        if key in shape.fields:
            if fault := _fault(item, shape.fields[key], f"{path}.{key}" if path else key):
                return fault
        elif not isinstance(key, str):
            return f"{path or 'the pod template'} has a key that is not a text"
    return None


def _fault_of_list(value: list[Any], shape: _List, path: str) -> str | None:
    for index, item in enumerate(value):
        if fault := _fault_of_map(item, shape.item, f"{path}[{index}]"):
            return fault
    if shape.unique and shape.item.name and (name := _repeated([item[shape.item.name] for item in value])):
        return f"{path} has {name} more than once"
    return None


def _repeated_container(template: Any) -> str | None:
    spec = template.get("spec") or {}
    lists = (spec.get("initContainers") or [], spec.get("containers") or [])
    name = _repeated([container["name"] for containers in lists for container in containers])
    return f"spec.containers and spec.initContainers both have {name}" if name else None


def _repeated(names: list[str]) -> str | None:
    seen: set[str] = set()
    return next((name for name in names if name in seen or seen.add(name)), None)  # type: ignore[func-returns-value]
