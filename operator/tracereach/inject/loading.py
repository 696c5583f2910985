"""Making a runtime load its agent, through a variable that may already be the user's."""

from dataclasses import dataclass
from typing import Any

from tracereach.api.reasons import Reason
from tracereach.inject.agents import AGENTS, Agent
from tracereach.inject.containers import Container, environment, possible_source, times_set
from tracereach.inject.injection import Merge, Skipped

USER_VALUE = "TRACEREACH_USER_{loader}"
"""Holds a user's `valueFrom` where ours has to refer to it."""

_REFERENCES = ("configMapKeyRef", "secretKeyRef", "fileKeyRef")


@dataclass(frozen=True)
class Loading:
    """How one agent's variable is set: `entry` is new, and takes the place of `original` if there is one."""

    agent: Agent
    entry: dict[str, Any]
    original: dict[str, Any] | None = None
    moved: dict[str, Any] | None = None
    """Where the user's value is a reference: the same reference under `USER_VALUE`, in the place of `original`."""


def plan_loading(container: Container, agents: tuple[str, ...], merge: Merge) -> list[Loading] | Skipped:
    """How every one of `agents` is loaded, or why the container is left alone: all of them, or none."""
    present = environment(container)
    plans: list[Loading] = []
    for agent in (AGENTS[name] for name in agents if name in AGENTS):
        original = present.get(agent.loader)
        if original is None and (source := possible_source(container, agent.loader)):
            # Our entry would win over it in the kubelet, and nobody can see here whether it holds the user's value.
            message = f"envFrom takes in {source}, which may hold {agent.loader}"
            return Skipped(container["name"], Reason.NEEDS_WEBHOOK, message)
        if original is None:
            plans.append(Loading(agent, {"name": agent.loader, "value": agent.value}))
        elif times_set(container, agent.loader) > 1:
            return Skipped(container["name"], Reason.NAME_CLASH, f"it sets {agent.loader} more than once")
        elif merge is Merge.SKIP:
            return Skipped(container["name"], Reason.NEEDS_WEBHOOK, f"it sets {agent.loader} itself")
        elif _may_be_missing(original):
            message = f"{agent.loader} comes from a reference that may be missing, so it cannot be extended"
            return Skipped(container["name"], Reason.NEEDS_WEBHOOK, message)
        else:
            plans.append(_merged(agent, original))
    return plans


def _merged(agent: Agent, original: dict[str, Any]) -> Loading:
    if "valueFrom" not in original:
        user = str(original.get("value") or "")
        value = agent.extend(user) if user else agent.value
        return Loading(agent, original | {"name": agent.loader, "value": value}, original)
    moved = USER_VALUE.format(loader=agent.loader)
    entry = {"name": agent.loader, "value": agent.extend(f"$({moved})")}
    return Loading(agent, entry, original, moved={"name": moved, "valueFrom": original["valueFrom"]})


def _may_be_missing(entry: dict[str, Any]) -> bool:
    source = entry.get("valueFrom") or {}
    return any((source.get(kind) or {}).get("optional") for kind in _REFERENCES)
