"""What people ask of the operator: annotations on a policy or on a TracedWorkload, never a write to a workload."""

from datetime import UTC, datetime

from tracereach.api.times import rfc3339
from tracereach.api.workload import PLURALS, WorkloadReference
from tracereach.cli.cluster import run
from tracereach.cli.errors import Failed
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import NotFound
from tracereach.cluster.kubeconfig import Kubeconfig
from tracereach.cluster.objects import annotate, traced_workload_name
from tracereach.cluster.resources import CLUSTER_POLICIES, POLICIES, TRACED_WORKLOADS

_KINDS = {spelling: kind for kind in PLURALS for spelling in (kind.lower(), PLURALS[kind])} | {
    "deploy": "Deployment",
    "ds": "DaemonSet",
    "sts": "StatefulSet",
}


def annotate_policy(name: str, namespace: str | None, key: str, value: str | None, kubeconfig: Kubeconfig) -> None:
    """Set the annotation on a policy, or take it away. Raises `Failed`."""
    resource = POLICIES if namespace else CLUSTER_POLICIES
    what = f"TracingPolicy {name} in namespace {namespace}" if namespace else f"ClusterTracingPolicy {name}"
    missing = f"There is no {what}. See kubectl get tracereach --all-namespaces."
    _annotate(resource.item(namespace, name), key, value, kubeconfig, missing=missing)


def annotate_workload(workload: str, namespace: str, key: str, kubeconfig: Kubeconfig) -> WorkloadReference:
    """Ask for something on a workload, named as for kubectl: `orders` or `statefulset/ledger`. Raises `Failed`."""
    reference = parse_workload(workload, namespace)
    path = TRACED_WORKLOADS.item(namespace, traced_workload_name(reference))
    now = rfc3339(datetime.now(UTC), "microseconds")
    missing = (
        f"{reference} is not known to the operator: it is not there, or no policy selects it. See tracereach status."
    )
    _annotate(path, key, now, kubeconfig, missing=missing)
    return reference


def parse_workload(text: str, namespace: str) -> WorkloadReference:
    """Which workload a name such as `orders` or `sts/ledger` means; without a kind, a Deployment. Raises `Failed`."""
    kind, slash, name = text.rpartition("/")
    if slash and kind.lower() not in _KINDS:
        raise Failed(f"{kind} is no kind of workload: use deployment, statefulset or daemonset.")
    return WorkloadReference(namespace, _KINDS[kind.lower()] if slash else "Deployment", name)


def _annotate(path: str, key: str, value: str | None, kubeconfig: Kubeconfig, *, missing: str) -> None:
    """Raises `Failed`, which says what is `missing` where the object is not there."""

    async def write() -> None:
        async with ApiServer.connect(kubeconfig) as api:
            await annotate(api, path, key, value)

    try:
        run(write())
    except Failed as error:
        if isinstance(error.__cause__, NotFound):
            raise Failed(missing) from error
        raise
