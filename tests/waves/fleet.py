"""The workloads of a run: which there are, and what is wrong with some of them. Pure; the dice are handed in."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.waves.nodes import BROKEN_LABEL, on_fake_nodes
from tracereach.api import names
from tracereach.api.policy import Rollout

Object = dict[str, Any]

_AGENTS = ("java", "nodejs", "python", "dotnet")
STOPPED_AGENT = "dotnet"
"""More than one of its workloads break, so that it is stopped everywhere."""
SLOTS, IN_NAMESPACE, IN_CLUSTER = 12, 20, 30
"""How many workloads may be in progress at once: of a policy, in a namespace, and over all."""
MIN_HEALTHY_SECONDS = 1
_NAMESPACES = ("waves-a", "waves-b", "waves-c")
BLOCKED = "waves-quota"
"""A namespace whose quota has no room for a second pod of the workload called `blocked`."""
_TIGHT = "waves-tight"


@dataclass(frozen=True)
class Member:
    """One workload of the fleet."""

    namespace: str
    name: str
    agent: str
    replicas: int = 1
    broken: bool = False
    paused: bool = False
    blocked: bool = False
    """Whether a quota refuses its new pods."""

    @property
    def key(self) -> str:
        """`namespace/name`."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True)
class Fleet:
    """All workloads of a run."""

    members: tuple[Member, ...]
    policies: tuple[Object, ...] = field(default=())

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Every namespace with a member."""
        return tuple(sorted({member.namespace for member in self.members}))


def fleet(count: int, dice: random.Random) -> Fleet:
    """`count` workloads over the namespaces, of which a few break, one is paused, one idle, and one blocked."""
    ordinary = [
        Member(namespace, f"w{index:03}", _AGENTS[index % len(_AGENTS)], dice.choice((1, 1, 1, 2, 3)))
        for index in range(count - 4)
        for namespace in (_NAMESPACES[index % len(_NAMESPACES)],)
    ]
    broken = set()
    for agent in _AGENTS:
        of_agent = [member.key for member in ordinary if member.agent == agent]
        broken |= set(dice.sample(of_agent[len(of_agent) // 3 :], 4 if agent == STOPPED_AGENT else 1))
    members = [Member(one.namespace, one.name, one.agent, one.replicas, broken=one.key in broken) for one in ordinary]
    special = [
        Member(_NAMESPACES[0], "paused", "java", paused=True),
        Member(_NAMESPACES[0], "idle", "java", replicas=0),
        Member(BLOCKED, "blocked", "python", blocked=True),
        Member(BLOCKED, "next", "python"),
    ]
    return Fleet((*members, *special), tuple(policy_of(namespace) for namespace in (*_NAMESPACES, BLOCKED)))


def gates(fleet: Fleet) -> dict[str, frozenset[int]]:
    """By namespace, how many workloads have been begun where the canaries or a wave end; a few less, since some take no
    part."""
    found = {}
    for policy in fleet.policies:
        namespace = policy["metadata"]["namespace"]
        count = sum(member.namespace == namespace for member in fleet.members)
        rollout = Rollout.model_validate(policy["spec"]["rollout"])
        sizes = (
            size for taking_part in range(max(0, count - 3), count + 1) for size in rollout.wave_sizes(taking_part)
        )
        agents = {member.agent for member in fleet.members if member.namespace == namespace}
        found[namespace] = frozenset(sizes) | {len(agents) * rollout.canary}
    return found


def manifests(fleet: Fleet) -> Iterator[Object]:
    """Namespaces, the quota, and every Deployment."""
    for namespace in fleet.namespaces:
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
    yield {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": _TIGHT},
        "value": 0,
    }
    only = {"scopeName": "PriorityClass", "operator": "In", "values": [_TIGHT]}
    yield {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "tight", "namespace": BLOCKED},
        "spec": {"hard": {"pods": "1"}, "scopeSelector": {"matchExpressions": [only]}},
    }
    yield from map(_deployment, fleet.members)


def _deployment(member: Member) -> Object:
    labels = {"app": member.name} | ({BROKEN_LABEL: "true"} if member.broken else {})
    annotations = {names.AGENTS_ANNOTATION: member.agent}
    container = {"name": "app", "image": "registry.example/app:1"}
    priority = {"priorityClassName": _TIGHT} if member.blocked else {}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": member.name, "namespace": member.namespace, "labels": {"tracing": "enabled"}},
        "spec": {
            "replicas": member.replicas,
            "selector": {"matchLabels": {"app": member.name}},
            "template": {
                "metadata": {"labels": labels, "annotations": annotations},
                "spec": on_fake_nodes({"containers": [container]} | priority),
            },
        },
    }


def policy_of(namespace: str) -> Object:
    """The policy of a namespace."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.POLICY_KIND,
        "metadata": {"name": "waves", "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": {"tracing": "enabled"}},
            "collector": {"mode": "Direct"},
            "export": {"endpoint": "http://otel-collector.observability:4318", "protocol": "http/protobuf"},
            "delivery": "InitContainer",
            "rollout": {
                "canary": 0 if namespace == BLOCKED else 1,
                "waves": ["100%"] if namespace == BLOCKED else ["5%", "25%", "100%"],
                "maxConcurrent": 1 if namespace == BLOCKED else SLOTS,
                "minHealthySeconds": MIN_HEALTHY_SECONDS,
                "bakeSeconds": 2,
                "progressDeadlineSeconds": 120,
                "maxFailures": 20,
                "maxNewTargets": 1000,
            },
        },
    }
