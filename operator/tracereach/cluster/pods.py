"""Pods: read only where something has to be done about them, and removed one at a time, so that they are made anew."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from tracereach.api import names
from tracereach.api.pod import ContainerHealth, Pod
from tracereach.api.status import LOG_BYTES, LOG_LINES
from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import Refused
from tracereach.cluster.informer import Projection
from tracereach.cluster.projections import namespaced_name
from tracereach.cluster.resources import PODS, Object

_LONGEST_MESSAGE = 1024
_REMOVED = b"unable to retrieve container logs for"
"""What the kubelet answers, as if it were the log, where it has removed the container with it."""
_READ_BYTES = 64 * 1024
"""As much of the last lines is read at most. The API server cuts at the end, so it is more than what is kept."""
_CONTAINERS = ("initContainers", "containers")
_ON_ITS_WAY = frozenset({"ContainerCreating", "PodInitializing"})
_FIRST_MOMENTS = timedelta(seconds=2)
_HASH_LABEL = "pod-template-hash"
"""On the pods of a Deployment; its value ends the name of their ReplicaSet, after the Deployment's."""


def pod_of(obj: Object) -> Pod | None:
    """The record of a Pod; None of one that is over, or that no Deployment, StatefulSet or DaemonSet would replace."""
    metadata, status = obj["metadata"], obj.get("status") or {}
    workload, labels = workload_of(metadata), metadata.get("labels") or {}
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
        containers=tuple(_containers_in_trouble(obj)),
        unready_since=_unready_since(obj),
        merge_failed=labels.get(names.MERGE_LABEL) == names.MERGE_FAILED,
    )


def _containers_in_trouble(obj: Object) -> Iterator[ContainerHealth]:
    """Those that wait or have ended once; of most pods none, so that they stay small records."""
    status, spec = obj.get("status") or {}, obj.get("spec") or {}
    images = {one["name"]: one.get("image", "") for kind in _CONTAINERS for one in spec.get(kind) or ()}
    for found in (*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())):
        state, last = found.get("state") or {}, found.get("lastState") or {}
        waiting, down = state.get("waiting") or {}, state.get("terminated") or {}
        ended = down or last.get("terminated") or {}
        if waiting.get("reason") in _ON_ITS_WAY or (not waiting and not ended.get("exitCode")):
            continue
        yield ContainerHealth(
            name=found["name"],
            image=images.get(found["name"], ""),
            restarts=found.get("restartCount", 0),
            waiting=waiting.get("reason", ""),
            waiting_message=waiting.get("message", "")[:_LONGEST_MESSAGE],
            ended=ended.get("reason", ""),
            exit_code=ended.get("exitCode"),
            ended_at=datetime.fromisoformat(ended["finishedAt"]) if ended.get("finishedAt") else None,
            last_words=ended.get("message", "")[:_LONGEST_MESSAGE],
            is_down=bool(down) or waiting.get("reason") == "CrashLoopBackOff",
        )


def _unready_since(obj: Object) -> datetime | None:
    """When the pod lost its readiness: a condition that has never been true is as old as the pod."""
    created = datetime.fromisoformat(obj["metadata"]["creationTimestamp"])
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition["type"] == "Ready" and condition["status"] != "True" and condition.get("lastTransitionTime"):
            since = datetime.fromisoformat(condition["lastTransitionTime"])
            return since if since - created > _FIRST_MOMENTS else None
    return None


async def pods_of(api: ApiServer, workload: Workload) -> list[Pod]:
    """The pods of `workload` that have the labels of its template, read now."""
    labels = ",".join(f"{key}={value}" for key, value in sorted(workload.pod_labels.items()))
    path = PODS.collection(workload.reference.namespace)
    found = [pod_of(obj) async for page in api.pages(path, labels=labels) for obj in page["items"]]
    return [pod for pod in found if pod and pod.workload == workload.reference]


async def last_lines(api: ApiServer, *, namespace: str, pod: str, container: str, previous: bool) -> tuple[str, ...]:
    """The last lines that a container of a pod wrote in its `previous` run or in the present one, which may have ended.

    Where there is nothing of that run any more, those of the other one. Raises `ApiError`.
    """
    path = f"{PODS.item(namespace, pod)}/log"
    query = {"container": container, "tailLines": str(LOG_LINES), "limitBytes": str(_READ_BYTES)}
    for run in (previous, not previous):
        try:
            text = await api.text(path, **query, previous=str(run).lower())
        except Refused as error:
            if error.status != 400:  # which says that there is no such run
                raise
        else:
            if text and not text.startswith(_REMOVED):
                lines = text[-LOG_BYTES:].decode(errors="replace").splitlines()
                return tuple(_printable(line) for line in lines[-LOG_LINES:])
    return ()


def _printable(line: str) -> str:
    """Without what would move the cursor of whoever looks at it."""
    return "".join(character if character.isprintable() else " " for character in line)


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


def workload_of(metadata: Object) -> WorkloadReference | None:
    """The Deployment, StatefulSet or DaemonSet of a Pod with this metadata; None where it belongs to none."""
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
    key=namespaced_name,
    record=pod_of,
    labels=f"{names.MERGE_LABEL} in ({names.MERGE_WANTED},{names.MERGE_FAILED})",
)
"""Pods that still ask for their merge, so that the webhook did not see them, and those that it could not merge."""
