"""What a workload keeps of the one that had its name before: a GitOps tool may delete it and make it anew."""

from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus


def inherited(before: TracedWorkloadStatus) -> TracedWorkloadStatus | None:
    """What has failed there, by the last report on it; None where nothing has."""
    if before.failure is None and not before.earlier_failures:
        return None
    if before.failure is None:
        return TracedWorkloadStatus(
            state=State.WAITING,
            reason=Reason.IN_QUEUE,
            earlier_failures=before.earlier_failures,
            handled=before.handled,
        )
    innocent = before.reason is Reason.ROLLBACK_UNHEALTHY
    return TracedWorkloadStatus(
        state=State.ROLLED_BACK,
        reason=before.reason if innocent else before.failure.reason,
        message=before.message,
        latched=before.latched,
        failure=before.failure,
        earlier_failures=before.earlier_failures,
        handled=before.handled,
    )
