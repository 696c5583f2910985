"""What an agent costs where a pod template leaves little room for it. The figures are those of `docs/agents.md`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tracereach.inject import Injected, PodTemplate
from tracereach.inject.command_line import programs
from tracereach.inject.containers import Container, containers, handler_commands
from tracereach.inject.quantities import amount
from tracereach.inject.runtimes import language_of

_MEBIBYTE = 2**20
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")


@dataclass(frozen=True)
class _Cost:
    start: str
    memory: str
    room: int
    """In MiB: a smaller memory limit leaves the application little."""


_COSTS = {
    "java": _Cost("7 to 9 s instead of 0.1 s", "230 to 330 MiB instead of 36 MiB", 384),
    "nodejs": _Cost("0.6 to 0.8 s instead of 0.1 s", "97 MiB instead of 40 MiB", 128),
    "python": _Cost("0.4 to 0.6 s instead of 0.02 s", "40 MiB instead of 9 MiB", 64),
}


def costs(template: PodTemplate, injected: Iterable[Injected]) -> Iterator[str]:
    """A line for each thing to mind; `injected` is what the containers of `template` get.

    Of a container that gets several agents nobody knows which one will be at work, so nothing is said.
    """
    by_name = {container["name"]: container for container in containers(template)}
    for one in injected:
        if len(one.agents) == 1 and one.agents[0] in _COSTS:
            yield from _memory(by_name[one.container], one.agents[0])
            yield from _probes(by_name[one.container], one.agents[0])


def _memory(container: Container, agent: str) -> Iterator[str]:
    limit = ((container.get("resources") or {}).get("limits") or {}).get("memory")
    bytes_allowed, cost = amount(limit), _COSTS[agent]
    if bytes_allowed is not None and bytes_allowed < cost.room * _MEBIBYTE:
        yield (
            f"{container['name']}: the memory limit {limit} is tight: with the agent for {agent} a small program takes"
            f" {cost.memory} at its start; allow {cost.room}Mi or more"
        )


def _probes(container: Container, agent: str) -> Iterator[str]:
    for path, words in handler_commands(container):
        probe = next((probe for probe in _PROBES if f".{probe}." in path), None)
        if probe and any(language_of(program.name) == agent for program in programs(words)):
            timeout = container[probe].get("timeoutSeconds") or 1
            yield (
                f"{container['name']}: each run of its {probe} starts the agent for {agent} too, which takes"
                f" {_COSTS[agent].start}, and its timeout is {timeout} s: raise timeoutSeconds, or probe by HTTP"
            )
