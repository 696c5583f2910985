"""What is already in a template that an injection must not meet: other agents, and names it would need itself."""

import posixpath
from collections.abc import Mapping

from tracereach.api import names
from tracereach.api.reasons import Reason
from tracereach.inject.agents import AGENTS
from tracereach.inject.collector import PORTS
from tracereach.inject.containers import containers, long_running
from tracereach.inject.injection import PodTemplate, Skipped
from tracereach.inject.known_sidecars import is_collector
from tracereach.inject.other_agents import other_agent
from tracereach.inject.systems import other_system
from tracereach.inject.tls import TLS_PATH

_METADATA = (
    ("labels", names.REVISION_LABEL, "a label"),
    ("labels", names.MERGE_LABEL, "a label"),
    ("annotations", names.MERGE_ANNOTATION, "an annotation"),
)
"""What only an injection writes on a pod template."""

_NAMED = (("volumes", "volume"), ("containers", "container"), ("initContainers", "container"))
"""Lists of a pod's specification whose items have names."""

_MOUNT_PATHS = (*(f"{agent.mount_path}/" for agent in AGENTS.values()), f"{TLS_PATH}/")
_PORTS = frozenset(map(str, PORTS))


def obstacle(template: PodTemplate, namespace_marks: Mapping[str, str]) -> Skipped | None:
    """Why the whole workload has to be left alone, if it has to; `namespace_marks` are those of its namespace."""
    if system := other_system(template):
        return system
    if agent := other_agent(template, namespace_marks):
        return Skipped("", Reason.OTHER_AGENT, agent)
    clash = _taken_metadata(template) or _taken_name(template) or _taken_path(template)
    return Skipped("", Reason.NAME_CLASH, clash) if clash else None


def _taken_metadata(template: PodTemplate) -> str | None:
    metadata = template.get("metadata") or {}
    for field, key, what in _METADATA:
        if key in (metadata.get(field) or ()):
            return f"the pod template has {what} {key} of its own"
    return None


def _taken_name(template: PodTemplate) -> str | None:
    spec = template.get("spec") or {}
    for field, kind in _NAMED:
        for item in spec.get(field) or ():
            if item["name"].startswith(names.PREFIX):
                return f"{kind} {item['name']}: names that begin with {names.PREFIX} are taken"
    return None


def _taken_path(template: PodTemplate) -> str | None:
    """A mount at or below where an agent goes, which is read-only. Above it, ours simply lies in the user's."""
    for container in containers(template):
        for mount in container.get("volumeMounts") or []:
            if f"{posixpath.normpath(mount['mountPath'])}/".startswith(_MOUNT_PATHS):
                return f"container {container['name']} mounts {mount['mountPath']} itself"
    return None


def taken_port(template: PodTemplate) -> str | None:
    """What already listens where a collector of ours would."""
    for container in long_running(template):
        for port in container.get("ports") or []:
            number, protocol = str(port.get("containerPort")), str(port.get("protocol") or "TCP")
            if number in _PORTS and protocol == "TCP":
                return f"container {container['name']} listens on {number}, where the collector would"
        if is_collector(container):
            ports = " and ".join(sorted(_PORTS))
            return f"container {container['name']} is a collector, which listens on {ports} as ours would"
    return None
