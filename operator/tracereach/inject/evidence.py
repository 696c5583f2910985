"""Which agents a container gets, and on what evidence.

In order: what the policy excludes, what annotations or a label of the pod template say, well-known sidecars, what the
policy says, the command and its arguments, the environment, the commands of probes and hooks, and the telemetry of its
running pods. With no evidence a container gets every automatic agent, because each is inert in another runtime; but not
where probes or hooks start further processes in it, each of which would pay for all of them.

The name of an image is weak evidence: anybody may call an image `node`. It decides nothing alone, but where something
else leaves more than one answer, it narrows them down; and with a second sign it tells a well-known server.
"""

from collections.abc import Collection, Set
from functools import cache
from typing import NamedTuple, get_args

from tracereach.api.catalogue import AutomaticAgent
from tracereach.api.policy import PolicySpec
from tracereach.api.reasons import Reason
from tracereach.inject.agents import AGENTS
from tracereach.inject.command_line import Program, programs
from tracereach.inject.containers import Container, command, command_field, environment, handler_commands
from tracereach.inject.image_reference import image_of
from tracereach.inject.injection import PodTemplate, Skipped
from tracereach.inject.known_servers import known_server
from tracereach.inject.known_sidecars import known_sidecar
from tracereach.inject.request import AgentsRequest, requested_for_container, requested_for_pod
from tracereach.inject.runtimes import is_other_runtime, language_of, languages_configured_by, loads_no_agent


class Choice(NamedTuple):
    """The agents for one container: names out of `AGENTS`, or `sdk` for the environment alone."""

    agents: tuple[str, ...]
    why: str
    """The rule and the field it matched, for people: `command: spec.containers[app].command[0] runs java`."""
    guessed: bool = False
    """Whether nothing told the language, so that the agents are those of every language."""

    def speaking(self, protocol: str) -> "Choice | None":
        """The choice where each agent has to export by `protocol` itself, or None where one that is meant cannot."""
        return self.without(_without_exporter(protocol))

    def without(self, unfit: Set[str]) -> "Choice | None":
        """The choice without its agents that are `unfit`, or None where one that is meant is among them."""
        if unfit.isdisjoint(self.agents):
            return self
        fit = tuple(name for name in self.agents if name not in unfit)
        return self._replace(agents=fit) if self.guessed and fit else None


@cache
def _without_exporter(protocol: str) -> frozenset[str]:
    """The agents that cannot export by `protocol` themselves."""
    return frozenset(name for name, agent in AGENTS.items() if protocol not in agent.protocols)


def choose(
    template: PodTemplate, container: Container, spec: PolicySpec, *, telemetry: Collection[str] = ()
) -> Choice | Skipped:
    """The agents for `container`, or why it gets none.

    `telemetry` are the languages (`telemetry.sdk.language`) that spans of the workload's running pods have named.
    """
    name = container["name"]
    if name in spec.containers.exclude:
        return Skipped(name, Reason.EXCLUDED, "named in spec.containers.exclude")
    if asked := requested_for_container(template, container):
        return _as_asked(container, asked)
    if sidecar := known_sidecar(container):
        return Skipped(name, Reason.PROXY, sidecar)
    if asked := requested_for_pod(template):
        return _as_asked(container, asked)
    if spec.agents != ("Auto",):
        return Choice(tuple(sorted(spec.agents)), f"policy: spec.agents is {', '.join(spec.agents)}")
    return _by_evidence(container, telemetry)


def _as_asked(container: Container, asked: AgentsRequest) -> Choice | Skipped:
    if asked.fault:
        return Skipped(container["name"], Reason.AGENT_UNKNOWN, asked.fault)
    if not asked.agents:
        return Skipped(container["name"], Reason.EXCLUDED, asked.why)
    return Choice(asked.agents, asked.why)


def _by_evidence(container: Container, telemetry: Collection[str]) -> Choice | Skipped:
    found = _by_command(container) or _by_environment(container, telemetry) or _by_handlers(container)
    return found or _by_telemetry(telemetry) or _as_server(container) or _guess(container)


def _by_command(container: Container) -> Choice | Skipped | None:
    words = command(container)
    if not words:
        return None
    started = programs(words)
    speaking = [program for program in started if language_of(program.name)]
    # What takes the place of a shell is what stays; what ran before it was preparation.
    speaking = [program for program in speaking if program.replaces] or speaking
    if speaking:
        why = [f"{command_field(container, program.position)} runs {program.name}" for program in speaking]
        return Choice(_languages(speaking), f"command: {', '.join(dict.fromkeys(why))}")
    if not container.get("command") and (position := _script(words)) is not None:
        script = words[position].rsplit("/", 1)[-1]
        why_script = f"command: {command_field(container, position)} is {script}"
        return Choice((str(language_of(script)),), why_script)
    others = [program for program in started if is_other_runtime(program.name)]
    if others and all(loads_no_agent(program.name) for program in started):
        message = f"{command_field(container, others[0].position)} runs {others[0].name}, which no agent is for"
        return Skipped(container["name"], Reason.OTHER_RUNTIME, message)
    return None


def _languages(started: list[Program]) -> tuple[str, ...]:
    return tuple(sorted({str(language_of(program.name)) for program in started}))


def _script(arguments: list[str]) -> int | None:
    """Which argument is a script or an archive for the runtime that is the image's entry point.

    It comes first, or after options that hold their own value: what follows another option may be that one's value.
    """
    for position, word in enumerate(arguments):
        if not word.startswith("-"):
            suffix = word[word.rfind(".") :]
            return position if any(suffix in agent.scripts for agent in AGENTS.values()) else None
        if not ("=" in word or word == "-jar" or word.startswith(("-D", "-X"))):
            return None
    return None


def _by_environment(container: Container, telemetry: Collection[str]) -> Choice | None:
    configuring = [name for name in environment(container) if languages_configured_by(name)]
    if not configuring:
        return None
    languages = {language for name in configuring for language in languages_configured_by(name)}
    why = f"environment: spec.containers[{container['name']}].env sets {', '.join(configuring)}"
    image = image_of(container)
    by_image = {name for name in languages if image.name in AGENTS[name].images}
    if len(languages) > 1 and (narrowed := by_image or languages & set(telemetry)):
        because = f"its image is named {image.name}" if by_image else "its spans say so"
        return Choice(tuple(sorted(narrowed)), f"{why}; {because}")
    return Choice(tuple(sorted(languages)), why)


def _by_handlers(container: Container) -> Choice | None:
    for path, words in handler_commands(container):
        speaking = [program for program in programs(words) if language_of(program.name)]
        if speaking:
            kind = "hook" if ".lifecycle." in path else "probe"
            return Choice(_languages(speaking), f"{kind}: {path}[{speaking[0].position}] runs {speaking[0].name}")
    return None


def _by_telemetry(telemetry: Collection[str]) -> Choice | None:
    languages = tuple(sorted(AGENTS.keys() & set(telemetry)))
    return Choice(languages, f"telemetry: its spans name {', '.join(languages)}") if languages else None


def _as_server(container: Container) -> Skipped | None:
    server = known_server(container)
    return Skipped(container["name"], Reason.OTHER_RUNTIME, server) if server else None


def _guess(container: Container) -> Choice | Skipped:
    for path, words in handler_commands(container):
        started = programs(words)
        if not started or not all(loads_no_agent(program.name) for program in started):
            message = f"no evidence of its language, and {path} starts processes that may be of any"
            return Skipped(container["name"], Reason.LANGUAGE_UNKNOWN, message)
    agents = tuple(sorted(get_args(AutomaticAgent)))
    return Choice(agents, "no evidence of a language; each agent is inert in another", guessed=True)
