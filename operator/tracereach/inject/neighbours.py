"""What is already in a template that an injection must not meet: other agents, and names it would need itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tracereach.api import names
from tracereach.api.reasons import Reason
from tracereach.inject.agents import AGENTS
from tracereach.inject.collector import PORTS
from tracereach.inject.containers import command, containers, environment, every_container, long_running
from tracereach.inject.injection import PodTemplate, Skipped
from tracereach.inject.systems import other_system


@dataclass(frozen=True)
class _OtherAgent:
    """How another tracing system shows in a template."""

    name: str
    variables: frozenset[str] = frozenset()
    """Variables whose presence is enough."""
    words: tuple[str, ...] = ()
    """Parts of a command or of a loader variable's value."""
    annotations: tuple[str, ...] = ()
    """Beginnings of annotations on the pod template."""


_OTHER_AGENTS = (
    _OtherAgent(
        "Datadog",
        frozenset({"DD_INJECTION_ENABLED", "DD_TRACE_AGENT_URL"}),
        ("dd-java-agent", "dd-trace", "ddtrace-run"),
    ),
    _OtherAgent("New Relic", frozenset({"NEW_RELIC_LICENSE_KEY", "NEW_RELIC_CONFIG_FILE"}), ("newrelic",)),
    _OtherAgent("Dynatrace", frozenset({"DT_DYNAMIZER_TARGET_EXE"}), ("liboneagent", "/dynatrace/")),
    _OtherAgent("Elastic APM", frozenset({"ELASTIC_APM_SERVER_URL"}), ("elastic-apm",)),
    _OtherAgent("AppDynamics", frozenset({"APPDYNAMICS_CONTROLLER_HOST_NAME"}), ("appdynamics",)),
    _OtherAgent("SkyWalking", frozenset({"SW_AGENT_COLLECTOR_BACKEND_SERVICES"}), ("skywalking-agent",)),
    _OtherAgent("Odigos", annotations=("odigos.io/",)),
    _OtherAgent(
        "OpenTelemetry",
        frozenset({"OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"}),
        ("opentelemetry-javaagent", "@opentelemetry/", "opentelemetry-instrument"),
        ("instrumentation.opentelemetry.io/inject-", "sidecar.opentelemetry.io/inject"),
    ),
)  # fmt: skip

_LOADERS = ("LD_PRELOAD", *sorted(frozenset().union(*(agent.variables for agent in AGENTS.values()))))
"""Variables by which a runtime can be made to load something; those of evidence hold all that agents use."""


def obstacle(template: PodTemplate, *, sidecar: bool) -> Skipped | None:
    """Why the whole workload has to be left alone, if it has to; `sidecar` is whether it would get a collector."""
    clash = _clash(template) or (_taken_port(template) if sidecar else None)
    return other_system(template) or _other_agent(template) or clash


def _other_agent(template: PodTemplate) -> Skipped | None:
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    for other in _OTHER_AGENTS:
        for key, value in annotations.items():
            if key.startswith(other.annotations or ("\0",)) and str(value) != "false":
                return Skipped("", Reason.OTHER_AGENT, f"{other.name}: annotation {key}")
        for container in every_container(template):
            for sign in _signs(other, container):
                return Skipped("", Reason.OTHER_AGENT, f"{other.name}: container {container['name']} has {sign}")
    return None


def _signs(other: _OtherAgent, container: dict[str, Any]) -> Iterator[str]:
    present = environment(container)
    yield from sorted(other.variables & present.keys())
    texts = {name: str(present[name].get("value") or "") for name in _LOADERS if name in present}
    texts["its command"] = " ".join(command(container))
    for word in other.words:
        yield from (f"{word} in {name}" for name, text in texts.items() if word in text)


def _clash(template: PodTemplate) -> Skipped | None:
    """A part of the user's with a name of ours, or a mount at or below where an agent goes, which is read-only."""
    spec = template.get("spec") or {}
    if names.REVISION_LABEL in ((template.get("metadata") or {}).get("labels") or {}):
        return Skipped("", Reason.NAME_CLASH, f"the pod template has a label {names.REVISION_LABEL} of its own")
    named = {"volume": spec.get("volumes") or [], "container": every_container(template)}
    for kind, items in named.items():
        for item in items:
            if item["name"].startswith(names.PREFIX):
                return Skipped(
                    "", Reason.NAME_CLASH, f"{kind} {item['name']}: names that begin with {names.PREFIX} are taken"
                )
    for container in containers(template):
        for mount in container.get("volumeMounts") or []:
            if any(f"{mount['mountPath']}/".startswith(f"{agent.mount_path}/") for agent in AGENTS.values()):
                return Skipped(
                    "", Reason.NAME_CLASH, f"container {container['name']} mounts {mount['mountPath']} itself"
                )
    return None


def _taken_port(template: PodTemplate) -> Skipped | None:
    for container in long_running(template):
        for port in container.get("ports") or []:
            if port.get("containerPort") in PORTS:
                message = f"container {container['name']} listens on {port['containerPort']}, where the collector would"
                return Skipped("", Reason.NAME_CLASH, message)
    return None
