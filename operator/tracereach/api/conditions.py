"""The conditions of a policy with their reasons, in one table: the reference shows it, a test holds the code to it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ConditionReason:
    """What one reason of a condition means."""

    type: str
    status: str
    reason: str
    meaning: str


CONDITIONS = tuple(
    ConditionReason(*row)
    for row in (
        ("Accepted", "True", "Accepted", "The newest specification is acted upon."),
        ("Accepted", "False", "Invalid", "It is not; the message names the fields. What is injected stays."),
        ("Ready", "True", "AllHealthy", "Every workload is healthy, without pods, or left alone for a reason."),
        ("Ready", "False", "NotAllHealthy", "Some wait, have failed or were put back; the message has their numbers."),
        ("Ready", "False", "NothingMatched", "The selector matches no workload."),
        ("Ready", "False", "NotAccepted", "The specification is not accepted."),
        ("Progressing", "True", "RollingOut", "Workloads are in progress, or wait for their turn."),
        ("Progressing", "False", "Complete", "Nothing is in progress, and nothing waits."),
        ("Progressing", "False", "Paused", "The policy is paused, or all are by the chart's operator.paused."),
        (
            "Progressing",
            "True or False",
            "AwaitsApproval",
            "More than maxNewTargets would begin; True while others go on.",
        ),
        ("Progressing", "True or False", "RolledBack", "The policy was rolled back; True until all is put back."),
        (
            "Progressing",
            "False",
            "RevisionNotKept",
            "The policy's ControllerRevision cannot be written; nothing begins.",
        ),
        ("Degraded", "False", "NoFailures", "Nothing has failed."),
        ("Degraded", "True", "WorkloadsFailed", "Workloads have failed or were put back; the others go on."),
        ("Degraded", "True", "TooManyFailures", "More have failed than maxFailures allows; no other is begun."),
        ("Degraded", "True", "RevisionNotKept", "The policy's ControllerRevision cannot be written."),
        ("Degraded", "True", "BackendUnreachable", "The backend does not take the spans of some workloads."),
        ("Degraded", "True", "OperatorError", "The operator failed on the policy by an error of its own; see its log."),
        ("CoverageMet", "True", "ObjectiveMet", "Reach is at least spec.coverage.objective."),
        ("CoverageMet", "False", "BelowObjective", "Reach is less."),
        (
            "CoverageMet",
            "Unknown",
            "ReachUnknown",
            "Too little is measured. What else is amiss has [its own reason](coverage.md#when-no-spans-arrive).",
        ),
    )
)
