"""How far each policy's rollout has come, as bars that move while one watches."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table

from tracereach.api.conditions import ROLLED_BACK
from tracereach.cli.reports import policy_name
from tracereach.cluster.resources import Object

_WIDTH = 30


@dataclass(frozen=True)
class Progress:
    """One policy's rollout."""

    policy: str
    done: int
    """Workloads that are healthy with the injection."""
    total: int
    words: str
    is_over: bool

    def __str__(self) -> str:
        """One line, where nothing can move."""
        return f"{self.policy}   {self.done} of {self.total}   {self.words}"


def progress_of(policies: Iterable[Object]) -> list[Progress]:
    """The progress of each policy, as far as the operator reports any."""
    return [_progress(policy, policy.get("status") or {}) for policy in policies]


def bars(progress: Iterable[Progress]) -> RenderableType:
    """A bar for each."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), show_header=False)
    for one in progress:
        bar = ProgressBar(total=max(one.total, 1), completed=one.done, width=_WIDTH)
        table.add_row(one.policy, bar, f"{one.done} of {one.total}", one.words)
    return Group(table)


def _progress(policy: Object, status: Any) -> Progress:
    name, metadata = policy_name(policy), policy["metadata"]
    if metadata.get("deletionTimestamp"):
        return Progress(name, 0, 0, "being deleted: its workloads are put back", is_over=False)
    if status.get("observedGeneration", 0) < metadata.get("generation", 0):
        return Progress(name, 0, 0, "waits for the operator", is_over=False)
    counts, rollout = status.get("workloads") or {}, status.get("rollout")
    conditions = {one["type"]: one for one in status.get("conditions") or ()}
    if not rollout:
        accepted = conditions.get("Accepted", {}).get("status") != "False"
        return Progress(name, 0, 0, "selects no workload" if accepted else "not accepted", is_over=True)
    is_over = conditions.get("Progressing", {}).get("status") == "False"
    words = _words(rollout, conditions, over=is_over)
    return Progress(name, counts.get("healthy", 0), rollout["total"], words, is_over)


def _words(rollout: Any, conditions: dict[str, Any], *, over: bool) -> str:
    degraded = conditions.get("Degraded", {}).get("status") == "True"
    trouble = f"{rollout['failed']} failed" if degraded else ""
    progressing = conditions.get("Progressing", {})
    if over:
        return ", ".join(part for part in (_spelled(progressing["reason"]), trouble) if part)
    if progressing.get("reason") == ROLLED_BACK.reason:
        return f"{_spelled(ROLLED_BACK.reason)}, {progressing.get('message', '').partition(';')[0]}"
    stage = "canaries" if rollout.get("canary") else f"wave {rollout['wave']} of {rollout['waves']}"
    moving = f"{rollout['inProgress']} in progress"
    waiting = ", ".join(f"{number} {reason}" for reason, number in (rollout.get("waiting") or {}).items())
    seconds = rollout.get("estimatedSeconds")
    left = f"about {duration(seconds)} left" if seconds else ""
    return ", ".join(part for part in (stage, moving, waiting, trouble, left) if part)


def _spelled(reason: str) -> str:
    """The reason of a condition as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", reason).lower()


def duration(seconds: int) -> str:
    """In minutes, and hours where there are many."""
    minutes = -(-seconds // 60)
    return f"{minutes} min" if minutes < 120 else f"{-(-minutes // 60)} h"
