"""The conditions of a policy with their reasons, in one table: the operator says them, and the reference shows them."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["True", "False", "Unknown"]


@dataclass(frozen=True)
class ConditionReason:
    """What one reason of a condition means."""

    type: str
    statuses: tuple[Status, ...]
    """Of the condition, where it has this reason: nearly always one."""
    reason: str
    meaning: str


ACCEPTED = ConditionReason("Accepted", ("True",), "Accepted", "The newest specification is acted upon.")
INVALID = ConditionReason(
    "Accepted", ("False",), "Invalid", "It is not; the message names the fields. What is injected stays."
)
ALL_HEALTHY = ConditionReason(
    "Ready",
    ("True",),
    "AllHealthy",
    "All are healthy or without pods, but for those left alone for a reason, if not every one is.",
)
NOT_ALL_HEALTHY = ConditionReason(
    "Ready",
    ("False",),
    "NotAllHealthy",
    "Some wait, have failed or were put back, or all are left alone; the message has their numbers.",
)
NOTHING_MATCHED = ConditionReason("Ready", ("False",), "NothingMatched", "The selector matches no workload.")
NOT_ACCEPTED = ConditionReason("Ready", ("False",), "NotAccepted", "The specification is not accepted.")
ROLLING_OUT = ConditionReason(
    "Progressing", ("True",), "RollingOut", "Workloads are in progress, or wait for their turn."
)
COMPLETE = ConditionReason("Progressing", ("False",), "Complete", "Nothing is in progress, and nothing waits.")
PAUSED = ConditionReason(
    "Progressing", ("False",), "Paused", "The policy is paused, or all are by the chart's operator.paused."
)
AWAITS_APPROVAL = ConditionReason(
    "Progressing", ("True", "False"), "AwaitsApproval", "More than maxNewTargets would begin; True while others go on."
)
ROLLED_BACK = ConditionReason(
    "Progressing", ("True", "False"), "RolledBack", "The policy was rolled back; True until all is put back."
)
HELD_BY_REVISION = ConditionReason(
    "Progressing",
    ("False",),
    "RevisionNotKept",
    "The policy's ControllerRevision cannot be written; nothing begins.",
)
NO_FAILURES = ConditionReason("Degraded", ("False",), "NoFailures", "Nothing has failed.")
WORKLOADS_FAILED = ConditionReason(
    "Degraded", ("True",), "WorkloadsFailed", "Workloads have failed or were put back; the others go on."
)
TOO_MANY_FAILURES = ConditionReason(
    "Degraded", ("True",), "TooManyFailures", "More have failed than maxFailures allows; no other is begun."
)
REVISION_NOT_KEPT = ConditionReason(
    "Degraded", ("True",), "RevisionNotKept", "The policy's ControllerRevision cannot be written."
)
BACKEND_UNREACHABLE = ConditionReason(
    "Degraded", ("True",), "BackendUnreachable", "The backend does not take the spans of some workloads."
)
OPERATOR_ERROR = ConditionReason(
    "Degraded",
    ("True",),
    "OperatorError",
    "The operator failed on the policy by an error of its own; see its log.",
)
OBJECTIVE_MET = ConditionReason("CoverageMet", ("True",), "ObjectiveMet", "Reach is at least spec.coverage.objective.")
BELOW_OBJECTIVE = ConditionReason("CoverageMet", ("False",), "BelowObjective", "Reach is less.")
REACH_UNKNOWN = ConditionReason(
    "CoverageMet",
    ("Unknown",),
    "ReachUnknown",
    "Too little is measured. What else is amiss has [its own reason](coverage.md#when-no-spans-arrive).",
)

CONDITIONS = (
    ACCEPTED,
    INVALID,
    ALL_HEALTHY,
    NOT_ALL_HEALTHY,
    NOTHING_MATCHED,
    NOT_ACCEPTED,
    ROLLING_OUT,
    COMPLETE,
    PAUSED,
    AWAITS_APPROVAL,
    ROLLED_BACK,
    HELD_BY_REVISION,
    NO_FAILURES,
    WORKLOADS_FAILED,
    TOO_MANY_FAILURES,
    REVISION_NOT_KEPT,
    BACKEND_UNREACHABLE,
    OPERATOR_ERROR,
    OBJECTIVE_MET,
    BELOW_OBJECTIVE,
    REACH_UNKNOWN,
)
