"""Go: a container beside the application's that follows it by eBPF.

A Go program loads nothing at its start, so its agent watches it from outside, and needs for that what nothing else of
ours does: privileges, the processes of the whole pod, and the kernel's debug files. So it is never chosen by evidence,
only by a policy or a pod template that names it. Where the kernel is locked down it sees requests and passes no
context on.
"""

import re
from collections.abc import Iterable
from typing import Any

from tracereach.api import names
from tracereach.api.reasons import Reason
from tracereach.inject.confinement import no_token_mount, resources
from tracereach.inject.containers import Container, command, environment
from tracereach.inject.copying import copy
from tracereach.inject.injection import Injection, PodTemplate

NAME = "go"
CONTAINER = f"{names.PREFIX}agent-go"
SHARED_PROCESSES = "shareProcessNamespace"
"""The field of the pod without which one container does not see the processes of another."""

_REFERENCE = re.compile(r"\$\(([^()]+)\)")
_KERNEL_DEBUG = f"{names.PREFIX}kernel-debug"
_KERNEL_DEBUG_PATH = "/sys/kernel/debug"


def executable(template: PodTemplate, container: Container) -> str:
    """The path of the program to follow: by annotation, else the command's first word; empty where neither tells."""
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    asked = annotations.get(names.GO_EXECUTABLE_ANNOTATION)
    first = next(iter(command(container)), "") if container.get("command") else ""
    return str(asked or (first if first.startswith("/") else ""))


def obstacle(template: PodTemplate, container: Container, injection: Injection) -> tuple[Reason, str] | None:
    """Why the agent cannot follow this container."""
    spec = template.get("spec") or {}
    if NAME not in injection.revision.catalogue.agents:
        return Reason.AGENT_UNAVAILABLE, "the catalogue has no image for go"
    if not injection.privileged:
        return Reason.EBPF_IMPOSSIBLE, "the PodSecurity level of its namespace admits no privileged container"
    if spec.get("hostPID") or not spec.get(SHARED_PROCESSES, True):
        return Reason.EBPF_IMPOSSIBLE, f"spec.hostPID or spec.{SHARED_PROCESSES} keeps its containers apart"
    if not executable(template, container):
        message = f"its command names no absolute path; set the annotation {names.GO_EXECUTABLE_ANNOTATION}"
        return Reason.EBPF_IMPOSSIBLE, message
    return None


def own_settings(container: Container) -> list[dict[str, Any]]:
    """Copies of what the user sets of OpenTelemetry, and of whatever that refers to, in the user's order."""
    present = environment(container)
    wanted = {name for name in present if name.startswith("OTEL_")}
    waiting = list(wanted)
    while waiting:
        referred = _REFERENCE.findall(str(present[waiting.pop()].get("value") or ""))
        waiting += (new := (set(referred) & present.keys()) - wanted)
        wanted |= new
    return [copy(entry) for name, entry in present.items() if name in wanted]


def volume() -> dict[str, Any]:
    """The kernel's debug files."""
    return {"name": _KERNEL_DEBUG, "hostPath": {"path": _KERNEL_DEBUG_PATH, "type": "Directory"}}


def container(
    program: str, variables: Iterable[dict[str, Any]], injection: Injection, *, guaranteed: bool, shared: bool = False
) -> dict[str, Any]:
    """The agent's container; `variables` are the settings that an agent inside of the application would get."""
    catalogue = injection.revision.catalogue
    return {
        "name": CONTAINER,
        "image": catalogue.agents["go"],
        "imagePullPolicy": catalogue.pull_policy,
        "env": [*variables, {"name": "OTEL_GO_AUTO_TARGET_EXE", "value": program}],
        "resources": resources(catalogue.collector_resources, guaranteed=guaranteed, shared=shared),
        "securityContext": {"privileged": True, "runAsNonRoot": False, "runAsUser": 0},
        "volumeMounts": [{"name": _KERNEL_DEBUG, "mountPath": _KERNEL_DEBUG_PATH}, no_token_mount()],
    }
