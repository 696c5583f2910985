"""Reading a pod template: its containers, their environment, and what the user has set there."""

from collections.abc import Iterator, Mapping
from typing import Any

from tracereach.inject.injection import PodTemplate

Container = Mapping[str, Any]

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = ("postStart", "preStop")


def containers(template: PodTemplate) -> list[dict[str, Any]]:
    """The containers of `template`, without init containers."""
    return (template.get("spec") or {}).get("containers") or []


def init_containers(template: PodTemplate) -> list[dict[str, Any]]:
    """The init containers, native sidecars among them."""
    return (template.get("spec") or {}).get("initContainers") or []


def every_container(template: PodTemplate) -> list[dict[str, Any]]:
    """Containers and init containers."""
    return [*containers(template), *init_containers(template)]


def long_running(template: PodTemplate) -> list[dict[str, Any]]:
    """Native sidecars and containers: what is at work for as long as the pod is."""
    native = [container for container in init_containers(template) if container.get("restartPolicy") == "Always"]
    return [*native, *containers(template)]


def environment(container: Container) -> dict[str, dict[str, Any]]:
    """The entries of `env` by name; as in the kubelet, the last of equal names wins."""
    return {entry["name"]: entry for entry in container.get("env") or ()}


def times_set(container: Container, name: str) -> int:
    """How often `env` sets the variable; a merge would not know which of several to change."""
    return sum(entry["name"] == name for entry in container.get("env") or ())


def is_set(entry: Mapping[str, Any] | None) -> bool:
    """Whether an entry sets its variable. OpenTelemetry treats an empty value as unset."""
    return entry is not None and bool(entry.get("value") or entry.get("valueFrom"))


def command(container: Container) -> list[str]:
    """Command and arguments in one list, as far as the template tells."""
    return _words([*(container.get("command") or ()), *(container.get("args") or ())])


def command_field(container: Container, position: int) -> str:
    """The path of the word at `position` in `command`."""
    length = len(container.get("command") or [])
    place = f"command[{position}]" if position < length else f"args[{position - length}]"
    return f"spec.containers[{container['name']}].{place}"


def handler_commands(container: Container) -> Iterator[tuple[str, list[str]]]:
    """The commands by which the kubelet starts further processes in it: of probes and hooks, each after its path."""
    lifecycle = container.get("lifecycle") or {}
    handlers = [(probe, container.get(probe)) for probe in _PROBES]
    if lifecycle:
        handlers += [(f"lifecycle.{hook}", lifecycle.get(hook)) for hook in _HOOKS]
    for path, handler in handlers:
        if handler and handler.get("exec"):
            yield f"spec.containers[{container['name']}].{path}.exec.command", _words(handler["exec"].get("command"))


def _words(words: list[Any] | None) -> list[str]:
    return ["" if word is None else str(word) for word in words] if words else []


def uses_host_network(template: PodTemplate) -> bool:
    """Whether its ports are the node's."""
    return bool((template.get("spec") or {}).get("hostNetwork"))
