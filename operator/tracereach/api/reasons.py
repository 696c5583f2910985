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
    ROLLING_BACK = "RollingBack"
    ROLLED_BACK = "RolledBack"
    FAILED = "Failed"
    LATCHED = "Latched"


class Reason(StrEnum):
    """Why. PascalCase, as Kubernetes conditions demand."""

    IN_QUEUE = "InQueue"
    AWAITS_CANARY = "AwaitsCanary"
    AWAITS_WAVE = "AwaitsWave"
    AWAITS_APPROVAL = "AwaitsApproval"
    DRY_RUN = "DryRun"
    PAUSED = "Paused"
    POLICY_REFUSED = "PolicyRefused"
    UNHEALTHY_BEFORE = "UnhealthyBefore"
    ROLLING_OUT = "RollingOut"
    SETTLING = "Settling"
    INJECTED = "Injected"
    NOT_READY = "NotReady"
    OUTDATED = "Outdated"
    SCALED_TO_ZERO = "ScaledToZero"
    MERGE_MISSED = "MergeMissed"
    MERGE_FAILED = "MergeFailed"
    NEEDS_WEBHOOK = "NeedsWebhook"
    UNMERGEABLE = "Unmergeable"
    AGENT_UNAVAILABLE = "AgentUnavailable"
    EBPF_IMPOSSIBLE = "EbpfImpossible"
    TOO_LARGE = "TooLarge"
    NO_CONTAINER = "NoContainer"
    OTHER_AGENT = "OtherAgent"
    LANGUAGE_UNKNOWN = "LanguageUnknown"
    OTHER_RUNTIME = "OtherRuntime"
    AGENT_UNKNOWN = "AgentUnknown"
    PROTOCOL_UNSUPPORTED = "ProtocolUnsupported"
    SDK_DISABLED = "SdkDisabled"
    NAME_CLASH = "NameClash"
    UNSUPPORTED_SYSTEM = "UnsupportedSystem"
    PROXY = "Proxy"
    EXCLUDED = "Excluded"
    UNDONE_BY_USER = "UndoneByUser"
    WRITE_REFUSED = "WriteRefused"
    DEADLINE_EXCEEDED = "DeadlineExceeded"
    CRASHED = "Crashed"
    OUT_OF_MEMORY = "OutOfMemory"
    IMAGE_UNAVAILABLE = "ImageUnavailable"
    PODS_REFUSED = "PodsRefused"
    BECAME_UNREADY = "BecameUnready"
    OWN_RELEASE_FAILS = "OwnReleaseFails"
    ROLLBACK_REQUESTED = "RollbackRequested"
    ROLLBACK_UNHEALTHY = "RollbackUnhealthy"
    POLICY_ROLLED_BACK = "PolicyRolledBack"
    CANARY_FAILED = "CanaryFailed"
    AGENT_FAILED = "AgentFailed"
    TOO_MANY_FAILURES = "TooManyFailures"
    DAMAGED_RECORD = "DamagedRecord"
    OPERATOR_ERROR = "OperatorError"
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
    Reason.AWAITS_CANARY: Explanation(
        "The first workloads with its agent are being watched; the others follow once these have baked.",
        "Nothing to do. spec.rollout.canary and bakeSeconds say how many and how long.",
    ),
    Reason.AWAITS_WAVE: Explanation(
        "The wave before its own is under way, or bakes.",
        "Nothing to do. spec.rollout.waves and bakeSeconds set the pace.",
    ),
    Reason.AWAITS_APPROVAL: Explanation(
        "The policy would begin with more workloads than spec.rollout.maxNewTargets allows without being asked.",
        "Look at tracereach plan, then set the annotation named in the message.",
    ),
    Reason.DRY_RUN: Explanation(
        "The policy only plans; nothing is written.", "Set spec.mode to Enforce to let it inject."
    ),
    Reason.PAUSED: Explanation(
        "The policy or the workload is paused, or all policies are.",
        "Resume it: tracereach resume, spec.rollout.paused, kubectl rollout resume, or the chart's operator.paused.",
    ),
    Reason.POLICY_REFUSED: Explanation(
        "The policy's newest specification is not accepted; what is injected stays as it is.",
        "Mend the field named in the policy's Accepted condition.",
    ),
    Reason.UNHEALTHY_BEFORE: Explanation(
        "The workload was not healthy before, so a change could neither be judged nor blamed.",
        "Bring all its replicas to ready; it then takes its turn by itself.",
    ),
    Reason.ROLLING_OUT: Explanation(
        "Its pods are being replaced.", "Nothing to do; but where its update strategy is OnDelete, delete its pods."
    ),
    Reason.SETTLING: Explanation(
        "All its new pods are ready, and are watched for spec.rollout.minHealthySeconds.", "Nothing to do."
    ),
    Reason.INJECTED: Explanation("Injected, and every pod runs the injected template.", "Nothing to do."),
    Reason.NOT_READY: Explanation(
        "Injected, and once healthy with it; some of its pods are not ready now, for a reason of its own.",
        "Look at the workload's rollout and at the events of its pods.",
    ),
    Reason.OUTDATED: Explanation(
        "Injected and healthy, with images that are older than the operator's own: its upgrade restarted nobody.",
        "To bring the policy's workloads up to date, a few at a time: tracereach upgrade POLICY",
    ),
    Reason.SCALED_TO_ZERO: Explanation(
        "Injected, and no pod shows how it goes: no replicas, no node for it, or all held back by a partition.",
        "Nothing to do; its next pods are watched.",
    ),
    Reason.MERGE_MISSED: Explanation(
        "Pods were made while the webhook did not answer, so they run without what it adds to each of them.",
        "Nothing to do: one pod is tried now and then, and all are replaced once the webhook answers. If that takes"
        " long, look at the webhook's pods.",
    ),
    Reason.MERGE_FAILED: Explanation(
        "Pods no longer fit what was planned for them, as where another webhook changes them, so they run without it.",
        "The operator renders anew at the next release or revision. Look at what else changes the workload's pods.",
    ),
    Reason.NEEDS_WEBHOOK: Explanation(
        "A container sets a variable that the agent must extend; only the webhook can do that, and it is switched off.",
        "Set the chart's webhook.enabled, or merge it into your own manifest by tracereach inject.",
    ),
    Reason.UNMERGEABLE: Explanation(
        "A variable that the agent must extend may come from envFrom or an optional reference, unseen by anybody here,"
        " or another field refers to it, which would change with it.",
        'Where it is not in there, say so by setting it in env, - {name: VARIABLE, value: ""}, or give the envFrom a'
        " prefix; where it is, set it in env from a required reference. Where another field refers to it, write the"
        " value out there.",
    ),
    Reason.AGENT_UNAVAILABLE: Explanation(
        "The operator's catalogue has no image for the agent that the container needs.",
        "Set agents.NAME.image in the chart's values, or choose other agents.",
    ),
    Reason.EBPF_IMPOSSIBLE: Explanation(
        "The agent for Go needs a privileged container, the processes of the whole pod, and the program's path.",
        "Give the workload what the message names, or leave go out of spec.agents: Go services can use the SDK.",
    ),
    Reason.TOO_LARGE: Explanation(
        "With what the injection writes down, the pod template would have more annotations than Kubernetes takes.",
        "Make the pod template's own annotations smaller.",
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
    Reason.OTHER_RUNTIME: Explanation(
        "The container runs a server or a language that no agent is for.",
        "Nothing to do. If it is wrong, name the agents in the pod template annotation tracereach.dev/agents.",
    ),
    Reason.AGENT_UNKNOWN: Explanation(
        "The annotation or label tracereach.dev/agents names an agent that does not exist.",
        "Write one or more of java, nodejs, python, dotnet, go and sdk, or none.",
    ),
    Reason.PROTOCOL_UNSUPPORTED: Explanation(
        "The agent does not speak the protocol of the endpoint that the container would export to by itself.",
        "Let spec.export and the container's own OTEL_EXPORTER_OTLP_PROTOCOL name one it speaks, or use a sidecar.",
    ),
    Reason.SDK_DISABLED: Explanation(
        "The container sets OTEL_SDK_DISABLED, so an agent in it would trace nothing.",
        "Remove the variable to trace it.",
    ),
    Reason.NAME_CLASH: Explanation(
        "The workload uses a name, port or path that the injection needs.",
        "Rename the user's part named in the message. Where it is a port, spec.collector.mode Direct needs none.",
    ),
    Reason.UNSUPPORTED_SYSTEM: Explanation(
        "The pods run on an operating system or architecture without agents.",
        "Exclude the workload from the policy's selector.",
    ),
    Reason.PROXY: Explanation(
        "The container is a well-known sidecar, not an application.",
        "Nothing to do. If it is wrong, annotate the pod template: agents.tracereach.dev/CONTAINER.",
    ),
    Reason.EXCLUDED: Explanation(
        "The policy excludes the container, or its owner asks for no agents.",
        "Change spec.containers.exclude, or the annotation or label tracereach.dev/agents, to include it.",
    ),
    Reason.UNDONE_BY_USER: Explanation(
        "Somebody took the injection out, for example by kubectl rollout undo; that is obeyed.",
        "To bring it back: tracereach retry -n NAMESPACE WORKLOAD",
    ),
    Reason.WRITE_REFUSED: Explanation(
        "The API server refused the patch.", "Read the message; often a quota, an admission rule or missing rights."
    ),
    Reason.DEADLINE_EXCEEDED: Explanation(
        "Its pods were not ready before spec.rollout.progressDeadlineSeconds.",
        "Look at the events of its newest pods, then: tracereach retry WORKLOAD",
    ),
    Reason.CRASHED: Explanation(
        "A container of its injected pods ended again and again.",
        "Read the exit code and message, and the container's log; mend the cause, then: tracereach retry WORKLOAD",
    ),
    Reason.OUT_OF_MEMORY: Explanation(
        "A container of its injected pods was killed for using more memory than its limit.",
        "Raise the container's memory limit, then: tracereach retry WORKLOAD",
    ),
    Reason.IMAGE_UNAVAILABLE: Explanation(
        "An image that the injection needs could not be pulled.",
        "Look at the image and pull secrets in the chart's values, then: tracereach retry WORKLOAD",
    ),
    Reason.PODS_REFUSED: Explanation(
        "The API server refused its injected pods, as for a quota, a limit range or an admission rule.",
        "Make room for what the message names, then: tracereach retry WORKLOAD",
    ),
    Reason.BECAME_UNREADY: Explanation(
        "Its injected pods were ready, and lost that again while they were being watched.",
        "Look at the events and logs of its pods, then: tracereach retry WORKLOAD",
    ),
    Reason.OWN_RELEASE_FAILS: Explanation(
        "Its pods are not ready for a reason that its own release brought, and not the injection.",
        "Mend the release; the injection is judged with the next one.",
    ),
    Reason.ROLLBACK_REQUESTED: Explanation(
        "Somebody asked for the injection to be put back here.", "To bring it back: tracereach retry WORKLOAD"
    ),
    Reason.ROLLBACK_UNHEALTHY: Explanation(
        "The injection was put back, and that alone did not make the pods ready: something else kept them from it.",
        "Look at the workload's own rollout. When it is healthy: tracereach retry WORKLOAD",
    ),
    Reason.POLICY_ROLLED_BACK: Explanation(
        "Somebody asked for all that its policy has injected to be put back, and for nothing new to be begun.",
        "To bring it back, at the policy's pace: tracereach retry --policy POLICY",
    ),
    Reason.CANARY_FAILED: Explanation(
        "The first workload with its agent failed, so no other with that agent is begun.",
        "Look at the failures in the policy's status; mend the cause, then retry the failed workload.",
    ),
    Reason.AGENT_FAILED: Explanation(
        "Its agent failed on two workloads, so it is begun nowhere else, whatever the policy.",
        "Look at the failures of the policies; mend the cause, then retry the failed workloads.",
    ),
    Reason.TOO_MANY_FAILURES: Explanation(
        "More workloads of the policy failed than spec.rollout.maxFailures allows, so no other is begun.",
        "Look at the failures in the policy's status; mend or exclude those workloads.",
    ),
    Reason.DAMAGED_RECORD: Explanation(
        "The annotation tracereach.dev/injection was edited and cannot be read.",
        "Apply the workload's own manifest with kubectl replace; it is then injected anew.",
    ),
    Reason.OPERATOR_ERROR: Explanation(
        "The operator failed on this workload by an error of its own, and leaves it as it is.",
        "Report what the operator's log says of the workload.",
    ),
    Reason.POLICY_DELETED: Explanation("Its policy is being deleted; the template is put back.", "Nothing to do."),
    Reason.OPTED_OUT: Explanation(
        'The workload, its pod template or its namespace says tracereach.dev/inject: "false".',
        "Remove the label, or the pod template's annotation, to trace it.",
    ),
    Reason.OTHER_POLICY: Explanation(
        "Another policy selects the workload too and wins: namespaced before cluster, then priority, age and name.",
        "Nothing to do, or narrow one of the two selectors.",
    ),
    Reason.NO_LONGER_SELECTED: Explanation(
        "No policy selects the workload any more; the template is put back.", "Nothing to do."
    ),
}
