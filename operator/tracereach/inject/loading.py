"""Making a runtime load its agent, through variables that may already be the user's."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tracereach.api.catalogue import PackagedAgent
from tracereach.api.reasons import Reason
from tracereach.inject.agents import AGENTS, Loader
from tracereach.inject.containers import Container, environment, times_set
from tracereach.inject.env_from import hiding_source
from tracereach.inject.injection import ConfigMaps, Merge, Skipped
from tracereach.inject.merging import USER_VALUE
from tracereach.inject.parts import Kit, shared_variables
from tracereach.inject.references import reference_to

_REFERENCES = ("configMapKeyRef", "secretKeyRef", "fileKeyRef")


class Loading(NamedTuple):
    """How the agents of one container are loaded into it."""

    agents: tuple[PackagedAgent, ...]
    added: Kit
    """Entries of `env` that the user does not set."""
    extended: tuple[Loader, ...] = ()
    """Loaders that the user sets too, so that the two values have to become one."""

    @property
    def names(self) -> tuple[str, ...]:
        """Every variable that loads an agent here."""
        return (*self.added.added, *(loader.name for loader in self.extended))


NO_LOADING = Loading((), shared_variables())


def plan_loading(
    container: Container,
    view: Container,
    agents: tuple[str, ...],
    merge: Merge,
    *,
    traits: frozenset[str] = frozenset(),
    known: ConfigMaps,
) -> Loading | Skipped:
    """How every one of `agents` is loaded, or why the container is left alone: all of them, or none.

    `view` is the container as if it named what its `envFrom` takes in from the ConfigMaps that are `known`; `traits`
    choose among an agent's loaders.
    """
    present = environment(container)
    from_outside = present if view is container else environment(view)
    packaged = [AGENTS[name] for name in agents if name in AGENTS]
    added, extended = [], []
    for agent in packaged:
        for loader in agent.loaders_for(traits):
            if loader.name in present:
                extended.append(loader)
                if obstacle := _obstacle(container, loader, present[loader.name], merge):
                    return Skipped(container["name"], *obstacle)
            elif (source := hiding_source(container, loader.name, known)) and not loader.harmless_unset:
                # An entry wins over envFrom in the kubelet, and nobody can see here whether it holds the user's value.
                message = f"envFrom takes in {source}, which may hold {loader.name}"
                return Skipped(container["name"], Reason.UNMERGEABLE, message)
            elif (taken_in := source or loader.name in from_outside) and (
                field := reference_to(container, loader.name)
            ):
                return Skipped(container["name"], Reason.UNMERGEABLE, _shared(loader, field))
            else:
                added.append((loader.name, _extended(loader) if taken_in else loader.value))
    return Loading(tuple([agent.name for agent in packaged]), shared_variables(*added), tuple(extended))


def _extended(loader: Loader) -> str:
    """The value where `envFrom` holds the variable: a reference to itself means what came from there."""
    return f"{loader.before}$({loader.name}){loader.after}"


def _obstacle(
    container: Container, loader: Loader, entry: Mapping[str, Any], merge: Merge
) -> tuple[Reason, str] | None:
    """Why the user's `entry` for `loader` cannot be extended."""
    if loader.exclusive:
        return Reason.OTHER_AGENT, f"it sets {loader.name}, of which a process has but one"
    if times_set(container, loader.name) > 1:
        return Reason.NAME_CLASH, f"it sets {loader.name} more than once"
    if unmergeable := _unmergeable(container, loader, entry):
        return Reason.UNMERGEABLE, unmergeable
    if is_way_taken(container, entry):
        return Reason.NAME_CLASH, f"it sets {USER_VALUE.format(name=loader.name)}, to which its reference would move"
    if merge is Merge.SKIP:
        return Reason.NEEDS_WEBHOOK, f"it sets {loader.name} itself"
    return None


def _unmergeable(container: Container, loader: Loader, entry: Mapping[str, Any]) -> str | None:
    if field := reference_to(container, loader.name):
        return _shared(loader, field)
    if may_be_missing(entry) and not loader.harmless_unset:
        return f"{loader.name} comes from a reference that may be missing"
    return None


def _shared(loader: Loader, field: str) -> str:
    """What is wrong with a reference to the loader: a path or an option of the user's would hold the agent as well."""
    return f"{field} refers to {loader.name}, and would change with it"


def may_be_missing(entry: Mapping[str, Any]) -> bool:
    """Whether the kubelet leaves the variable out where what it refers to is not there."""
    source = entry.get("valueFrom") or {}
    return any((source.get(kind) or {}).get("optional") for kind in _REFERENCES)


def is_way_taken(container: Container, entry: Mapping[str, Any]) -> bool:
    """Whether the variable is there already to which a user's reference moves when it is extended."""
    return bool(entry.get("valueFrom")) and USER_VALUE.format(name=entry["name"]) in environment(container)
