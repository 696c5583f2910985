"""Every name that Tracereach writes into a cluster, in one place.

Other projects have a `TracingPolicy` too, so code and documentation always give group and plural.
"""

GROUP = "tracereach.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"
CATEGORY = "tracereach"

POLICY_KIND = "TracingPolicy"
POLICY_PLURAL = "tracingpolicies"
CLUSTER_POLICY_KIND = "ClusterTracingPolicy"
CLUSTER_POLICY_PLURAL = "clustertracingpolicies"
TRACED_WORKLOAD_KIND = "TracedWorkload"
TRACED_WORKLOAD_PLURAL = "tracedworkloads"

FIELD_MANAGER = "tracereach"
"""Owner of our fields in `metadata.managedFields`. Changing it would orphan the fields of every injected workload."""

INJECT_LABEL = f"{GROUP}/inject"
"""On a workload or a namespace; the value "false", or another plain no, opts it out."""

AGENTS_ANNOTATION = f"{GROUP}/agents"
"""On a pod template, annotation or label: the user's own choice of agents, which wins over all evidence."""

CONTAINER_AGENTS_PREFIX = f"agents.{GROUP}/"
"""On a pod template, before a container's name: the same choice for that container alone."""

RECORD_ANNOTATION = f"{GROUP}/injection"
"""On a pod template: what we added to it, so that it can be undone from the template alone."""

REVISION_LABEL = f"{GROUP}/revision"
"""On a pod template, hence on its pods: the revision they were injected with."""

GO_EXECUTABLE_ANNOTATION = f"{GROUP}/go-executable"
"""On a pod template: the absolute path of the Go program that the eBPF agent is to follow."""

LIBC_ANNOTATION = f"{GROUP}/libc"
"""On a pod template: `glibc` or `musl`, for the agents that need to know the C library of the application's image."""

MERGE_LABEL = f"{GROUP}/merge"
"""On a pod template: `MERGE_WANTED`, so that the webhook sees its pods. On a pod that it has seen: `MERGE_DONE`, or
`MERGE_FAILED` where nothing of the plan fits the pod any more."""

MERGE_WANTED = "wanted"
MERGE_DONE = "done"
MERGE_FAILED = "failed"

MERGE_ANNOTATION = f"{GROUP}/merge-plan"
"""On a pod template: what the webhook adds to each pod, where the user sets a variable that an agent has to extend."""

UPGRADE_ANNOTATION = f"{GROUP}/upgrade-to"
"""On a policy: the revision that workloads with the same settings and older images may be brought up to."""

APPROVAL_ANNOTATION = f"{GROUP}/approved-targets"
"""On a policy: up to how many workloads that are not injected yet it may begin with; see `rollout.maxNewTargets`."""

PAUSE_ANNOTATION = f"{GROUP}/paused"
"""On a policy: "true" does what `rollout.paused` does, for people whose policy lies in Git."""

AT_ONCE_ANNOTATION = f"{GROUP}/restore-at-once"
"""On a policy: "true" has workloads that leave it put back without waiting for each other, as before an uninstall."""

ROLLED_BACK_ANNOTATION = f"{GROUP}/rolled-back"
"""On a policy: "true" has all its workloads put back, and none begun, whatever its revision, until it is taken away."""

RETRY_ANNOTATION = f"{GROUP}/retry"
"""On a TracedWorkload: any new value, such as the time, drops what keeps its workload from being injected."""

ROLLBACK_ANNOTATION = f"{GROUP}/rollback"
"""On a TracedWorkload: any new value has its workload put back, and its revision not tried again there."""

FINALIZER = f"{GROUP}/restore"
"""On policies: holds a deleted policy until every template is restored."""

PREFIX = "tracereach-"
"""Containers, volumes and environment variables of our own begin with it, in their own spelling."""

COLLECTOR_CONTAINER = f"{PREFIX}collector"

WORKLOAD_ATTRIBUTE = "tracereach.workload"
"""Stamped by the sidecar on every span, over whatever the application says: the identity `namespace/kind/name`."""
