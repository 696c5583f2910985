"""Which agents a container gets, and on what evidence.

In order: the pod template's annotation, the policy, the command, the environment, the image's name. With no evidence
it gets every automatic agent, because each is inert in another runtime; but not where probes or hooks start further
processes in the container, each of which would pay for all of them.
"""

import re
from dataclasses import dataclass, replace

from tracereach.api import names
from tracereach.api.policy import PolicySpec
from tracereach.inject.agents import AGENTS
from tracereach.inject.containers import Container, command, environment, runs_more_processes
from tracereach.inject.injection import PodTemplate

_SHELLS = frozenset({"sh", "bash", "dash", "ash", "env", "exec", "tini", "dumb-init", "-c", "--"})
_VERSION = re.compile(r"[\d.]+$")


@dataclass(frozen=True)
class Choice:
    """The agents for one container: names out of `AGENTS`, or `sdk` for the environment alone."""

    agents: tuple[str, ...]
    why: str
    """The rule and the field it matched, for people."""
    guessed: bool = False
    """Whether nothing told the language, so that the agents are those of every language."""

    def speaking(self, protocol: str) -> "Choice | None":
        """The choice where each agent has to export by `protocol` itself, or None where one that is meant cannot."""
        able = tuple(name for name in self.agents if name not in AGENTS or protocol in AGENTS[name].protocols)
        if able == self.agents:
            return self
        return replace(self, agents=able) if self.guessed and able else None


def choose(template: PodTemplate, container: Container, spec: PolicySpec) -> Choice | None:
    """The agents for `container`, or None where nothing tells the language and all of them would cost too much."""
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    if asked := annotations.get(names.AGENTS_ANNOTATION):
        known = tuple(sorted({part.strip() for part in asked.split(",")} & {*AGENTS, "sdk"}))
        return Choice(known or ("sdk",), f"annotation {names.AGENTS_ANNOTATION}")
    if spec.agents != ("Auto",):
        return Choice(tuple(sorted(spec.agents)), "spec.agents")
    found = _by_command(container) or _by_environment(container) or _by_image(container)
    if found or runs_more_processes(container):
        return found
    return Choice(tuple(sorted(AGENTS)), "no evidence of a language; each agent is inert in another", guessed=True)


def _by_command(container: Container) -> Choice | None:
    words = (word.rsplit("/", 1)[-1] for text in command(container) for word in text.split())
    executable = next((word for word in words if word not in _SHELLS), "")
    plain = _VERSION.sub("", executable)
    for agent in AGENTS.values():
        if {executable, plain} & agent.commands:
            return Choice((agent.name,), f"command runs {executable}")
    return None


def _by_environment(container: Container) -> Choice | None:
    present = environment(container).keys()
    matches = {agent.name: sorted(agent.variables & present) for agent in AGENTS.values() if agent.variables & present}
    if not matches:
        return None
    variables = ", ".join(name for found in matches.values() for name in found)
    return Choice(tuple(sorted(matches)), f"environment sets {variables}")


def _by_image(container: Container) -> Choice | None:
    """By the last part of the image's name. Weak: it decides only where nothing else does."""
    image = str(container.get("image") or "").rsplit("/", 1)[-1].split("@")[0]
    for agent in AGENTS.values():
        if image.split(":")[0] in agent.images:
            return Choice((agent.name,), f"image is named {image}")
    return None
