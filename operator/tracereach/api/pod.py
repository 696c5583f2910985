"""A pod as the decisions see it: a small frozen record of those few that somebody has to do something about."""

from dataclasses import dataclass
from datetime import datetime

from tracereach.api.workload import WorkloadReference


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
    merge_failed: bool = False
    """Whether the webhook saw it, and nothing of what was planned for it fits it."""
