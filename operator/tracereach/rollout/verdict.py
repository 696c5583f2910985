"""What a pass decides for one workload."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from tracereach.api.pod import Pod
from tracereach.api.reasons import Reason, State
from tracereach.api.workload import WorkloadReference
from tracereach.rollout.diagnosis import Failure


class Action(Enum):
    """What to do with a template."""

    NONE = "none"
    INJECT = "inject"
    RESTORE = "restore"
    EVICT = "evict"
    """Not the template: one pod goes, to be made anew from it."""


@dataclass(frozen=True)
class Eviction:
    """A pod that is to be made anew; and when, of all pods in the cluster that missed their merge, the newest was."""

    pod: Pod
    newest_miss: datetime


@dataclass(frozen=True)
class Verdict:
    """The outcome of one pass for one workload. Without a state it is forgotten."""

    action: Action
    state: State | None
    reason: Reason
    message: str = ""
    eviction: Eviction | None = None
    failure: Failure | None = None
    """What went wrong, where that was found in this pass."""


Verdicts = Mapping[WorkloadReference, Verdict]
"""Those of one pass, or some of them."""
