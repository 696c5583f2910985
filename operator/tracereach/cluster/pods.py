"""Pods: read only where something has to be done about them, and removed one at a time, so that they are made anew."""

from datetime import datetime

from tracereach.api import names
from tracereach.api.pod import Pod
from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.client import ApiServer
from tracereach.cluster.informer import Projection
from tracereach.cluster.resources import PODS, Object

_HASH_LABEL = "pod-template-hash"
"""On the pods of a Deployment; its value ends the name of their ReplicaSet, after the Deployment's."""


def pod_of(obj: Object) -> Pod | None:
    """The record of a Pod; None of one that is over, or that no Deployment, StatefulSet or DaemonSet would replace."""
    metadata, status = obj["metadata"], obj.get("status") or {}
    workload, labels = _workload_of(metadata), metadata.get("labels") or {}
    if workload is None or status.get("phase") in {"Succeeded", "Failed"}:
        return None
    return Pod(
        workload,
        metadata["name"],
        metadata["uid"],
        datetime.fromisoformat(metadata["creationTimestamp"]),
        ready=any(one["type"] == "Ready" and one["status"] == "True" for one in status.get("conditions") or ()),
        terminating="deletionTimestamp" in metadata,
        revision=labels.get(names.REVISION_LABEL, ""),
        merge_failed=labels.get(names.MERGE_LABEL) == names.MERGE_FAILED,
    )


async def pods_of(api: ApiServer, workload: Workload) -> list[Pod]:
    """The pods of `workload` that have the labels of its template, read now."""
    labels = ",".join(f"{key}={value}" for key, value in sorted(workload.pod_labels.items()))
    path = PODS.collection(workload.reference.namespace)
    found = [pod_of(obj) async for page in api.pages(path, labels=labels) for obj in page["items"]]
    return [pod for pod in found if pod and pod.workload == workload.reference]


async def evict(api: ApiServer, pod: Pod) -> None:
    """Have `pod` made anew, if its PodDisruptionBudget allows that now. Raises `ApiError`."""
    metadata = {"name": pod.name, "namespace": pod.workload.namespace}
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata, "deleteOptions": _only(pod)}
    await api.create(f"{_path(pod)}/eviction", eviction)


async def delete_pod(api: ApiServer, pod: Pod) -> None:
    """Delete `pod`, which is broken: a budget would protect it together with what it blocks. Raises `ApiError`."""
    await api.delete(_path(pod), {"apiVersion": "v1", "kind": "DeleteOptions", **_only(pod)})


def _path(pod: Pod) -> str:
    return PODS.item(pod.workload.namespace, pod.name)


def _only(pod: Pod) -> Object:
    """Options by which another pod of the same name, which a StatefulSet may have made meanwhile, is left alone."""
    return {"preconditions": {"uid": pod.uid}}


def _workload_of(metadata: Object) -> WorkloadReference | None:
    owner = next((one for one in metadata.get("ownerReferences") or () if one.get("controller")), None)
    if owner is None or not str(owner["apiVersion"]).startswith("apps/"):
        return None
    if owner["kind"] in {"StatefulSet", "DaemonSet"}:
        return WorkloadReference(metadata["namespace"], owner["kind"], owner["name"])
    suffix = f"-{(metadata.get('labels') or {}).get(_HASH_LABEL, '')}"
    if owner["kind"] != "ReplicaSet" or len(suffix) == 1 or not owner["name"].endswith(suffix):
        return None
    return WorkloadReference(metadata["namespace"], "Deployment", owner["name"].removesuffix(suffix))


UNMERGED_POD_RECORDS = Projection(
    PODS,
    key=lambda obj: (obj["metadata"]["namespace"], obj["metadata"]["name"]),
    record=pod_of,
    labels=f"{names.MERGE_LABEL} in ({names.MERGE_WANTED},{names.MERGE_FAILED})",
)
"""Pods that still ask for their merge, so that the webhook did not see them, and those that it could not merge."""
