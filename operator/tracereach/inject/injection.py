"""What an injection is asked to do, and what it answers."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import Reason
from tracereach.api.revision import Revision
from tracereach.api.workload import WorkloadReference

Delivery = Literal["ImageVolume", "InitContainer"]
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


@dataclass(frozen=True)
class Change:
    """One thing that was added or merged. `path` is a JSON pointer in which list items go by their name."""

    path: str
    why: str = ""


@dataclass(frozen=True)
class Skipped:
    """Something left alone. An empty `container` means the whole workload."""

    container: str
    reason: Reason
    message: str


@dataclass(frozen=True)
class Result:
    """The outcome for one template. Without changes, `template` is what it was before any injection of ours."""

    template: PodTemplate
    changes: tuple[Change, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    agents: tuple[str, ...] = ()
    """The agents put in, sorted; `sdk` stands for the environment alone."""

    @property
    def injected(self) -> bool:
        """Whether anything was put in."""
        return bool(self.changes)
