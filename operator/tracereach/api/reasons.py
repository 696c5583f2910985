"""The one table of reasons: why a workload is in its state, and what its owner can do about it.

Status, events, the command line and the documentation all read this table, so a reason has one meaning everywhere.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a workload stands between matched and traced. The values appear in the STATE column."""

    WAITING = "Waiting"
    PROGRESSING = "Progressing"
    HEALTHY = "Healthy"
    SKIPPED = "Skipped"
    RESTORING = "Restoring"
    FAILED = "Failed"
    LATCHED = "Latched"


class Reason(StrEnum):
    """Why. PascalCase, as Kubernetes conditions demand."""

    IN_QUEUE = "InQueue"
    DRY_RUN = "DryRun"
    PAUSED = "Paused"
    POLICY_REFUSED = "PolicyRefused"
    UNHEALTHY_BEFORE = "UnhealthyBefore"
    ROLLING_OUT = "RollingOut"
    INJECTED = "Injected"
    NOT_READY = "NotReady"
    OUTDATED = "Outdated"
    NEEDS_WEBHOOK = "NeedsWebhook"
    NO_CONTAINER = "NoContainer"
    OTHER_AGENT = "OtherAgent"
    LANGUAGE_UNKNOWN = "LanguageUnknown"
    PROTOCOL_UNSUPPORTED = "ProtocolUnsupported"
    NAME_CLASH = "NameClash"
    UNSUPPORTED_SYSTEM = "UnsupportedSystem"
    PROXY = "Proxy"
    EXCLUDED = "Excluded"
    UNDONE_BY_USER = "UndoneByUser"
    WRITE_REFUSED = "WriteRefused"
    DEADLINE_EXCEEDED = "DeadlineExceeded"
    TOO_MANY_FAILURES = "TooManyFailures"
    DAMAGED_RECORD = "DamagedRecord"
    POLICY_DELETED = "PolicyDeleted"
    OPTED_OUT = "OptedOut"
    OTHER_POLICY = "OtherPolicy"
    NO_LONGER_SELECTED = "NoLongerSelected"


@dataclass(frozen=True)
class Explanation:
    """What a reason means, and the next step in words a developer can act on."""

    meaning: str
    remedy: str


EXPLANATIONS: dict[Reason, Explanation] = {
    Reason.IN_QUEUE: Explanation(
        "Other workloads are being rolled out; this one goes when a slot is free.",
        "Nothing to do. Raise spec.rollout.maxConcurrent to go faster.",
    ),
    Reason.DRY_RUN: Explanation(
        "The policy only plans; nothing is written.", "Set spec.mode to Enforce to let it inject."
    ),
    Reason.PAUSED: Explanation(
        "The policy or the workload is paused.", "Set spec.rollout.paused to false, or resume the workload."
    ),
    Reason.POLICY_REFUSED: Explanation(
        "The policy's newest specification is not accepted; what is injected stays as it is.",
        "Mend the field named in the policy's Accepted condition.",
    ),
    Reason.UNHEALTHY_BEFORE: Explanation(
        "The workload was not healthy before, so a change could neither be judged nor blamed.",
        "Bring all its replicas to ready; it then takes its turn by itself.",
    ),
    Reason.ROLLING_OUT: Explanation("Its pods are being replaced.", "Nothing to do."),
    Reason.INJECTED: Explanation("Injected, and every pod runs the injected template.", "Nothing to do."),
    Reason.NOT_READY: Explanation(
        "Injected, and once healthy with it; some of its pods are not ready now, for a reason of its own.",
        "Look at the workload's rollout and at the events of its pods.",
    ),
    Reason.OUTDATED: Explanation(
        "Injected and healthy, with images that are older than the operator's own: its upgrade restarted nobody.",
        "To bring the policy's workloads up to date, a few at a time: tracereach upgrade POLICY",
    ),
    Reason.NEEDS_WEBHOOK: Explanation(
        "A container sets, or may get by envFrom, a variable that the agent must extend; only a webhook can merge it.",
        "Merge it into your own manifest by tracereach inject, or remove the variable or the envFrom.",
    ),
    Reason.NO_CONTAINER: Explanation(
        "No container of the workload is left to inject.",
        "Look at the reason of each container, or at spec.containers.",
    ),
    Reason.OTHER_AGENT: Explanation(
        "Another tracing agent is at work; two in one process break each other.",
        "Remove the other agent, or opt the workload out.",
    ),
    Reason.LANGUAGE_UNKNOWN: Explanation(
        "Nothing tells the language, and a container with exec probes or hooks pays for every agent at each run.",
        "Name the agents in spec.agents or in the pod template annotation tracereach.dev/agents.",
    ),
    Reason.PROTOCOL_UNSUPPORTED: Explanation(
        "Without a sidecar (Direct mode, host network) the agent exports by itself, and does not speak grpc.",
        "Set spec.export to an endpoint that speaks http/protobuf.",
    ),
    Reason.NAME_CLASH: Explanation(
        "The workload uses a name, port or path that the injection needs.",
        "Rename the user's part named in the message.",
    ),
    Reason.UNSUPPORTED_SYSTEM: Explanation(
        "The pods run on an operating system or architecture without agents.",
        "Exclude the workload from the policy's selector.",
    ),
    Reason.PROXY: Explanation("The container is a known proxy, not an application.", "Nothing to do."),
    Reason.EXCLUDED: Explanation("The policy excludes the container.", "Change spec.containers.exclude to include it."),
    Reason.UNDONE_BY_USER: Explanation(
        "Somebody took the injection out, for example by kubectl rollout undo; that is obeyed.",
        "To bring it back: kubectl delete tracedworkloads.tracereach.dev -n NAMESPACE NAME",
    ),
    Reason.WRITE_REFUSED: Explanation(
        "The API server refused the patch.", "Read the message; often a quota, an admission rule or missing rights."
    ),
    Reason.DEADLINE_EXCEEDED: Explanation(
        "Its pods were not ready before spec.rollout.progressDeadlineSeconds.", "Look at the events of its newest pods."
    ),
    Reason.TOO_MANY_FAILURES: Explanation(
        "More workloads of the policy failed than spec.rollout.maxFailures allows, so no other is begun.",
        "Look at the failures in the policy's status; mend or exclude those workloads.",
    ),
    Reason.DAMAGED_RECORD: Explanation(
        "The annotation tracereach.dev/injection was edited and cannot be read.",
        "Apply the workload's own manifest with kubectl replace; it is then injected anew.",
    ),
    Reason.POLICY_DELETED: Explanation("Its policy is being deleted; the template is put back.", "Nothing to do."),
    Reason.OPTED_OUT: Explanation(
        "The label tracereach.dev/inject=false is on the workload or its namespace.", "Remove the label to trace it."
    ),
    Reason.OTHER_POLICY: Explanation(
        "Another policy selects the workload too and wins: namespaced before cluster, then priority, age and name.",
        "Nothing to do, or narrow one of the two selectors.",
    ),
    Reason.NO_LONGER_SELECTED: Explanation(
        "No policy selects the workload any more; the template is put back.", "Nothing to do."
    ),
}
