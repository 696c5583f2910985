"""A pod as the decisions see it: a small frozen record of those few that somebody has to look at."""

from dataclasses import dataclass
from datetime import datetime

from tracereach.api.workload import WorkloadReference


@dataclass(frozen=True, kw_only=True)
class ContainerHealth:
    """How one container of a pod fares, init containers included."""

    name: str
    image: str = ""
    """As the pod's specification names it."""
    restarts: int = 0
    waiting: str = ""
    """Why it is not running, such as `CrashLoopBackOff`; empty where it runs or has ended."""
    waiting_message: str = ""
    ended: str = ""
    """Why it last ended, such as `OOMKilled`; empty where it never did."""
    exit_code: int | None = None
    """Of its last end."""
    ended_at: datetime | None = None
    """When it last ended."""
    last_words: str = ""
    """The termination message of its last end."""
    is_down: bool = False
    """Whether it has ended and does not run again yet."""


@dataclass(frozen=True)
class Pod:
    """A pod that a workload's controller made, and makes anew once it is gone."""

    workload: WorkloadReference
    name: str
    uid: str
    created: datetime
    ready: bool = False
    terminating: bool = False
    revision: str = ""
    """The revision it was injected with; empty where it was made from a template without an injection."""
    containers: tuple[ContainerHealth, ...] = ()
    """Those that are not simply running; empty where nobody has to look."""
    unready_since: datetime | None = None
    """When it lost its readiness; None where it is ready, or never was."""
    merge_failed: bool = False
    """Whether the webhook saw it, and nothing of what was planned for it fits it."""
