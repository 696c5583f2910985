"""Workloads in every state of a rollout, and what is remembered of them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tracereach.api.acceptance import PolicyReference
from tracereach.api.policy import Rollout
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Replicas, Workload, WorkloadReference
from tracereach.rollout.pace import decide
from tracereach.rollout.subject import Goal, Subject
from tracereach.rollout.verdict import Action, Verdict

NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
SHOP = PolicyReference("TracingPolicy", "shop", "shop")
AT_ONCE = {
    "canary": 0,
    "waves": ["100%"],
    "maxConcurrent": "100%",
    "minHealthySeconds": 0,
    "bakeSeconds": 0,
    "maxNewTargets": 10000,
}
"""A pace that makes nobody wait."""

OLD, NEW = "1111-cafe", "2222-cafe"

HEALTHY = Replicas(desired=2, current=2, updated=2, ready=2, available=2)
ROLLING = Replicas(desired=2, current=3, updated=1, ready=2, available=2)


def ago(seconds: float) -> str:
    """A time before `NOW`, as a status holds it."""
    return (NOW - timedelta(seconds=seconds)).isoformat()


def workload(name: str = "orders", replicas: Replicas = HEALTHY, **fields: Any) -> Workload:
    reference = WorkloadReference("shop", "Deployment", name)
    return Workload(reference, f"uid-{name}", "1", labels={}, template=b"{}", replicas=replicas, **fields)


def goal(revision: str = NEW, *, rollout: dict[str, Any] | None = None, **fields: Any) -> Goal:
    pace = Rollout.model_validate(AT_ONCE | (rollout or {}))
    return replace(Goal(SHOP, revision, rollout=pace), **fields)


def memory(
    state: State, reason: Reason, *, revision: str = "", latched: str = "", attempted_at: str | None = None
) -> TracedWorkloadStatus:
    return TracedWorkloadStatus(
        state=state, reason=reason, message="as before", revision=revision, latched=latched, attempted_at=attempted_at
    )


def verdict(subject: Subject) -> Verdict:
    """What is decided about a workload that is alone in the cluster."""
    return decide([subject], NOW)[subject.workload.reference]


def outcome(subject: Subject) -> tuple[Action, State | None, Reason]:
    """The same, less its message."""
    found = verdict(subject)
    return found.action, found.state, found.reason


BEGUN = memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=NEW, attempted_at=ago(10))
BEGUN_LONG_AGO = memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=NEW, attempted_at=ago(601))
WAS_HEALTHY = memory(State.HEALTHY, Reason.INJECTED, revision=OLD, attempted_at=ago(9000))
