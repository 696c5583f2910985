"""What an injection is asked to do, and what it answers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, NamedTuple

from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import Reason
from tracereach.api.revision import Revision
from tracereach.api.workload import WorkloadReference

Delivery = Literal["ImageVolume", "InitContainer"]
ConfigMaps = Mapping[str, Mapping[str, str]]
PodTemplate = dict[str, Any]
"""A `PodTemplateSpec` as JSON data: `{"metadata": {...}, "spec": {...}}`."""


class Merge(Enum):
    """What to do where the user already sets a variable that an agent has to extend."""

    SKIP = "skip"
    """Leave the container alone: a stored template changes only by addition."""
    STAMP = "stamp"
    """Write down in the template what the webhook is to add to each of its pods."""
    IN_PLACE = "in place"
    """Extend the user's value, and keep the original in the record: for the user's own files."""


@dataclass(frozen=True, kw_only=True)
class Injection:
    """Everything that decides what one workload gets."""

    policy: PolicyReference
    revision: Revision
    workload: WorkloadReference
    delivery: Delivery
    native_sidecars: bool
    """Whether every node runs init containers with `restartPolicy: Always` (Kubernetes 1.29 or newer)."""
    telemetry: tuple[str, ...] = ()
    """Agents of the languages that the workload's own spans have named."""
    privileged: bool = True
    """Whether the namespace admits privileged containers (PodSecurity level)."""
    namespace_marks: Mapping[str, str] = field(default_factory=dict)
    """Annotations and labels of its namespace by which another system may be asked for."""
    config_maps: ConfigMaps = field(default_factory=dict)
    """Data of the ConfigMaps of its namespace that can be read, by name."""


Note = tuple[str, Iterable[str], str]
"""Things that were added or merged together: the JSON pointer of their list or map, in which list items go by their
name, what follows in the pointer of each, and why."""


class Change(NamedTuple):
    """One thing that was added or merged. `path` is a JSON pointer in which list items go by their name."""

    path: str
    why: str = ""


class Skipped(NamedTuple):
    """Something left alone. An empty `container` means the whole workload."""

    container: str
    reason: Reason
    message: str


class Left(NamedTuple):
    """Something that stays as the user has it."""

    variables: str
    """Names, comma separated; empty where none is known."""
    message: str
    """What follows from it."""


class Injected(NamedTuple):
    """What one container got."""

    container: str
    agents: tuple[str, ...]
    """`sdk` stands for the environment alone."""
    why: str
    """The evidence for these agents: the rule and the field it matched."""
    merged: bool
    """Whether a variable of the user's is extended: by the webhook, or in place."""
    left: tuple[Left, ...] = ()


class Result(NamedTuple):
    """The outcome for one template. Without changes, `template` is what it was before any injection of ours."""

    template: PodTemplate
    notes: tuple[Note, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    containers: tuple[Injected, ...] = ()
    sidecar: bool = False
    """Whether a collector was put in."""

    @property
    def injected(self) -> bool:
        """Whether anything was put in."""
        return bool(self.notes)

    @property
    def changes(self) -> tuple[Change, ...]:
        """Each thing that was added or merged."""
        return tuple(Change(f"{parent}/{step}", why) for parent, steps, why in self.notes for step in steps)

    @property
    def agents(self) -> tuple[str, ...]:
        """The agents of all containers, sorted."""
        return tuple(sorted({agent for injected in self.containers for agent in injected.agents}))

    @property
    def merged(self) -> tuple[str, ...]:
        """Containers in which a variable of the user's is extended."""
        return tuple(injected.container for injected in self.containers if injected.merged)
