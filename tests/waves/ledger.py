"""What happened, by the API server's own account: its audit log, and a watch of the Deployments."""

import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from tracereach.api import names

Object = dict[str, Any]
What = Literal["injected", "restored", "complete"]
_PATH = "/apis/apps/v1/namespaces/"


@dataclass(frozen=True, order=True)
class Entry:
    """One thing that happened to one workload, at a second of the Unix epoch by the API server's clock."""

    at: float
    workload: str
    """`namespace/name`."""
    what: What


@dataclass(frozen=True)
class State:
    """A Deployment as a watch has shown it."""

    at: float
    """When it was seen, by the clock that the API server uses too."""
    workload: str
    injected: bool
    complete: bool


@contextmanager
def watching() -> Iterator[list[State]]:
    """Every state of every Deployment of the cluster from now on, in order; the list grows."""
    version = json.loads(_kubectl("get", "--raw", "/apis/apps/v1/deployments?limit=1"))["metadata"]["resourceVersion"]
    path = f"/apis/apps/v1/deployments?watch=true&resourceVersion={version}&timeoutSeconds=3600"
    seen: list[State] = []
    with subprocess.Popen(["kubectl", "get", "--raw", path], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        reader = threading.Thread(target=_read, args=(process.stdout, seen), daemon=True)
        reader.start()
        try:
            yield seen
        finally:
            process.terminate()
            reader.join(timeout=10)


def _read(lines: Iterable[str], seen: list[State]) -> None:
    for line in lines:
        event = json.loads(line)
        if event["type"] in {"ADDED", "MODIFIED"}:
            seen.append(state_of(event["object"], time.time()))


def state_of(found: Object, at: float) -> State:
    """The state, by the rules of `kubectl rollout status`."""
    metadata, status, desired = found["metadata"], found["status"], found["spec"]["replicas"]
    counts = [status.get(field, 0) for field in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas")]
    annotations = found["spec"]["template"]["metadata"].get("annotations") or {}
    return State(
        at=at,
        workload=f"{metadata['namespace']}/{metadata['name']}",
        injected=names.RECORD_ANNOTATION in annotations,
        complete=status.get("observedGeneration") == metadata["generation"] and counts == [desired] * 4,
    )


def ledger(audit: Path, states: Iterable[State], since: float) -> list[Entry]:
    """Every write of the operator and every end of a rollout since then, in order.

    The watch tells what has become of a workload, and the audit log when the write was done that made it so: the last
    one that had arrived before the watch showed it. The watch may show it before the writer has its answer.
    """
    writes, by_workload = _writes(audit, since), _grouped(states)
    return sorted(
        entry for workload, seen in by_workload.items() for entry in _entries(workload, writes.get(workload, []), seen)
    )


def writes_of_the_operator(audit: Path, since: float) -> Counter[str]:
    """How often the operator has written each workload since then."""
    return Counter({workload: sum(one.ours for one in writes) for workload, writes in _writes(audit, since).items()})


def reports_of_the_operator(audit: Path, namespaces: Iterable[str], since: float) -> Counter[str]:
    """How often the operator has written each TracedWorkload since then, by its `namespace/name`."""
    paths = tuple(f"/namespaces/{namespace}/tracedworkloads/" for namespace in namespaces)
    counted: Counter[str] = Counter()
    with audit.open() as lines:
        for line in lines:
            if any(path in line for path in paths):
                entry = json.loads(line)
                reference = entry["objectRef"]
                counted[f"{reference['namespace']}/{reference['name']}"] += _time_of(entry) >= since
    return counted


@dataclass(frozen=True)
class _Write:
    arrived_at: float
    answered_at: float
    ours: bool


def _entries(workload: str, writes: list[_Write], states: list[State]) -> Iterator[Entry]:
    injected = complete = False
    for state in states:
        if state.injected != injected:
            injected, complete = state.injected, state.complete
            yield Entry(_last(writes, state.at, ours=True), workload, "injected" if injected else "restored")
        elif state.complete and not complete:
            complete = True
            yield Entry(_last(writes, state.at, ours=False), workload, "complete")


def _last(writes: list[_Write], seen_at: float, *, ours: bool) -> float:
    """When it was done, at the latest: the watch has shown it by `seen_at`."""
    arrived = [write for write in writes if write.ours == ours and write.arrived_at <= seen_at]
    return min(arrived[-1].answered_at, seen_at) if arrived else seen_at


def _grouped(states: Iterable[State]) -> dict[str, list[State]]:
    found: dict[str, list[State]] = {}
    for state in states:
        found.setdefault(state.workload, []).append(state)
    return found


def _writes(audit: Path, since: float) -> dict[str, list[_Write]]:
    found: dict[str, list[_Write]] = {}
    with audit.open() as lines:
        for line in lines:
            if _PATH not in line or "/deployments/" not in line:
                continue
            entry = json.loads(line)
            reference = entry.get("objectRef") or {}
            if entry["verb"] not in {"patch", "update"} or entry["responseStatus"]["code"] >= 300:
                continue
            workload = f"{reference['namespace']}/{reference['name']}"
            ours = entry["userAgent"] == names.FIELD_MANAGER and not reference.get("subresource")
            if (answered_at := _time_of(entry)) >= since:
                arrived_at = _time_of(entry, "requestReceivedTimestamp")
                found.setdefault(workload, []).append(_Write(arrived_at, answered_at, ours))
    return {workload: sorted(writes, key=lambda write: write.arrived_at) for workload, writes in found.items()}


def _time_of(entry: Object, field: str = "stageTimestamp") -> float:
    return datetime.fromisoformat(entry[field]).timestamp()


def _kubectl(*arguments: str) -> str:
    return subprocess.run(["kubectl", *arguments], capture_output=True, text=True, check=True).stdout
