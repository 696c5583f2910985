"""Reading a pod template: its containers, their environment, and what the user has set there."""

from collections.abc import Iterator, Mapping
from typing import Any

from tracereach.inject.injection import PodTemplate

Container = Mapping[str, Any]

PROXIES = frozenset(
    {
        "cloud-sql-proxy",
        "cloudsql-proxy",
        "consul-dataplane",
        "daprd",
        "envoy",
        "envoy-sidecar",
        "istio-proxy",
        "kuma-sidecar",
        "linkerd-proxy",
        "oauth2-proxy",
        "otc-container",
        "vault-agent",
    }
)
"""Names that well-known systems give to the containers they put beside an application."""

_SOURCES = {"ConfigMap": "configMapRef", "Secret": "secretRef"}


def containers(template: PodTemplate) -> list[dict[str, Any]]:
    """The containers of `template`, without init containers."""
    return (template.get("spec") or {}).get("containers") or []


def every_container(template: PodTemplate) -> Iterator[dict[str, Any]]:
    """Containers and init containers."""
    yield from containers(template)
    yield from (template.get("spec") or {}).get("initContainers") or []


def long_running(template: PodTemplate) -> Iterator[dict[str, Any]]:
    """Containers and native sidecars: what is at work for as long as the pod is."""
    init = (template.get("spec") or {}).get("initContainers") or []
    yield from (container for container in init if container.get("restartPolicy") == "Always")
    yield from containers(template)


def environment(container: Container) -> dict[str, dict[str, Any]]:
    """The entries of `env` by name; as in the kubelet, the last of equal names wins."""
    return {entry["name"]: entry for entry in container.get("env") or []}


def times_set(container: Container, name: str) -> int:
    """How often `env` sets the variable; a merge would not know which of several to change."""
    return sum(entry["name"] == name for entry in container.get("env") or ())


def is_set(entry: Mapping[str, Any] | None) -> bool:
    """Whether an entry sets its variable. OpenTelemetry treats an empty value as unset."""
    return entry is not None and bool(entry.get("value") or entry.get("valueFrom"))


def possible_source(container: Container, variable: str) -> str | None:
    """Which ConfigMap or Secret of `envFrom` may set `variable`, in words; its keys are not known here."""
    for source in container.get("envFrom") or []:
        prefix = source.get("prefix") or ""
        if variable.startswith(prefix) and variable != prefix:
            for kind, reference in _SOURCES.items():
                if named := source.get(reference):
                    return f"{kind} {named.get('name', '')}".rstrip()
    return None


def command(container: Container) -> list[str]:
    """Command and arguments in one list, as far as the template tells."""
    return [*(container.get("command") or []), *(container.get("args") or [])]


def runs_more_processes(container: Container) -> bool:
    """Whether the kubelet starts further processes in it, each of which would load every agent: probes and hooks."""
    handlers = [container.get(probe) or {} for probe in ("livenessProbe", "readinessProbe", "startupProbe")]
    lifecycle = container.get("lifecycle") or {}
    handlers += [lifecycle.get(hook) or {} for hook in ("postStart", "preStop")]
    return any(handler.get("exec") for handler in handlers)


def uses_host_network(template: PodTemplate) -> bool:
    """Whether its ports are the node's."""
    return bool((template.get("spec") or {}).get("hostNetwork"))


def is_guaranteed(template: PodTemplate) -> bool:
    """Whether the pod is of the quality of service class Guaranteed, which an addition must not take from it."""
    return all(_is_guaranteed(container) for container in every_container(template))


def _is_guaranteed(container: Container) -> bool:
    resources = container.get("resources") or {}
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    return all(limits.get(name) and requests.get(name, limits[name]) == limits[name] for name in ("cpu", "memory"))
