"""A workload as the decisions see it: a small frozen record, not the API server's object."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, NamedTuple

WorkloadKind = Literal["Deployment", "StatefulSet", "DaemonSet"]
PLURALS: dict[str, str] = {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"}


class WorkloadReference(NamedTuple):
    """Which workload. As text, `namespace/kind/name`, it is the identity that the sidecar stamps on every span.

    A tuple, because coverage looks up hundreds of thousands of them in a pass.
    """

    namespace: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> "WorkloadReference":
        """The inverse of `str`. Raises `ValueError` for anything else."""
        namespace, kind, name = text.split("/")
        return cls(namespace, kind, name)

    @classmethod
    @lru_cache(maxsize=2**14)
    def parsed(cls, text: str) -> "WorkloadReference | None":
        """As `parse`, with None for anything else: what comes from spans may be anything.

        Kept, since each pass asks for the same: one object for each workload is also compared faster.
        """
        try:
            return cls.parse(text)
        except ValueError:
            return None


@dataclass(frozen=True)
class Replicas:
    """The progress of a workload's pods, from its status."""

    desired: int
    current: int
    updated: int
    ready: int
    available: int


@dataclass(frozen=True)
class Workload:
    """One Deployment, StatefulSet or DaemonSet."""

    reference: WorkloadReference
    uid: str
    resource_version: str
    labels: Mapping[str, str]
    template: bytes
    """The pod template as JSON: bytes cost a fifth of the same in Python dictionaries."""
    replicas: Replicas
    pod_labels: Mapping[str, str] = field(default_factory=dict)
    pods_opt_out: bool = False
    """Whether its pod template has the opt-out, as a label or an annotation."""
    generation: int = 0
    observed_generation: int = 0
    paused: bool = False
    on_delete: bool = False
    """Whether pods are replaced only when somebody deletes them."""
    deadline_exceeded: bool = False
    """Whether the Deployment controller gave up on its newest rollout."""
    refusal: str = ""
    """What the API server says of pods that it refuses to make for it, such as of a quota."""
    apply_managers: tuple[str, ...] = field(default=())
    """Field managers that use server-side apply on it."""
    downtime: str = ""
    """Why replacing its pods leaves moments without any; empty where some are always there."""

    @property
    def pod_template(self) -> dict[str, Any]:
        """The pod template, read anew: as Python objects thousands of them would fill the memory."""
        template: dict[str, Any] = json.loads(self.template)
        return template

    @property
    def rolled_out(self) -> bool:
        """Whether every pod runs the present template and is available, by the rules of `kubectl rollout status`."""
        replicas = self.replicas
        return (
            self.observed_generation >= self.generation
            and replicas.updated >= replicas.desired
            and replicas.current <= replicas.updated
            and replicas.available >= replicas.desired
        )

    @property
    def of_one_template(self) -> bool:
        """Whether pods of the present template answer, and none of another; more may come, as when it scales."""
        replicas = self.replicas
        answering = replicas.available > 0 and replicas.current <= replicas.updated
        return self.observed_generation >= self.generation and answering
