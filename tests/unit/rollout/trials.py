"""Workloads on trial, and pods in every kind of trouble."""

from datetime import timedelta
from typing import Any

from tests.unit.rollout.fleet import BEGUN, NEW, NOW, ROLLING, goal, workload
from tracereach.api.pod import ContainerHealth, Pod
from tracereach.api.reasons import Reason, State
from tracereach.api.status import FailureStatus, InjectedContainer, TracedWorkloadStatus
from tracereach.rollout.subject import Subject

APP = "registry.example/app:1"
CRASHED_TWICE = ContainerHealth(
    name="app",
    image=APP,
    restarts=1,
    waiting="CrashLoopBackOff",
    ended="Error",
    exit_code=1,
    last_words="no such agent",
    is_down=True,
)
CRASHED_ONCE = ContainerHealth(name="app", image=APP, ended="Error", exit_code=1, is_down=True)


def pod(*containers: ContainerHealth, age: float = 30, **fields: Any) -> Pod:
    created = NOW - timedelta(seconds=age)
    return Pod(workload().reference, "orders-1", "uid", created, **{"revision": NEW, "containers": containers} | fields)


def pulling(image: str, **fields: Any) -> ContainerHealth:
    message = f'Back-off pulling image "{image}"'
    return ContainerHealth(
        **{"name": "app", "image": APP, "waiting": "ImagePullBackOff", "waiting_message": message} | fields
    )


def on_trial(*pods: Pod, memory: TracedWorkloadStatus = BEGUN, rollout: Any = None, **fields: Any) -> Subject:
    """Injected, not ready, and not proven yet."""
    fields = {"workload": workload(replicas=ROLLING)} | fields
    return Subject(goal=goal(rollout=rollout), recorded=NEW, memory=memory, pods=pods, **fields)


def knowing(memory: TracedWorkloadStatus = BEGUN, **fields: Any) -> TracedWorkloadStatus:
    injected = (InjectedContainer(container="app", agents=("java",), evidence=""),)
    return memory.model_copy(update={"injected": injected, "agents": ("java",)} | fields)


def failure(reason: Reason = Reason.CRASHED, revision: str = NEW) -> FailureStatus:
    return FailureStatus(reason=reason, revision=revision, at="2026-01-02T11:59:00Z", agents=("java",))


def rolling_back(**fields: Any) -> TracedWorkloadStatus:
    """What is remembered of a workload whose rollback was announced."""
    known = TracedWorkloadStatus(
        state=State.ROLLING_BACK,
        reason=Reason.CRASHED,
        message="exit code 1",
        latched=NEW,
        failure=failure(),
        attempted_at=(NOW - timedelta(seconds=20)).isoformat(),
    )
    return known.model_copy(update=fields)
