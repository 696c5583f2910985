"""Writing our own objects: revisions, traced workloads, and the status of policies. Unchanged means no request."""

import hashlib
from typing import Any

from pydantic import BaseModel

from tracereach.api import names
from tracereach.api.acceptance import PolicyReference, reference_of
from tracereach.api.revision import Revision
from tracereach.api.status import PolicyStatus, TracedWorkloadSpec, TracedWorkloadStatus
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.client import MERGE_PATCH, ApiServer
from tracereach.cluster.errors import AlreadyExists, NotFound
from tracereach.cluster.projections import TracedWorkloadRecord
from tracereach.cluster.resources import CONTROLLER_REVISIONS, POLICY_RESOURCES, TRACED_WORKLOADS, Object
from tracereach.rollout.history import KeptRevision

POLICY_LABEL = f"{names.GROUP}/policy"
"""On a ControllerRevision: the uid of its policy, since a policy's name may be longer than a label's value."""

_LONGEST_NAME = 253
_HASH_LENGTH = 10


async def ensure_revision(api: ApiServer, *, policy: Object, revision: Revision, operator_namespace: str) -> None:
    """Keep `revision` as a ControllerRevision that goes with its policy. `policy` is the policy's object.

    Raises `AlreadyExists` for as long as there is one of a policy that had the name before: it goes with that one.
    """
    reference, uid = reference_of(policy), policy["metadata"]["uid"]
    namespace = reference.namespace or operator_namespace
    collection, name = CONTROLLER_REVISIONS.collection(namespace), revision_name(reference, revision.name)
    body = {
        "apiVersion": "apps/v1",
        "kind": "ControllerRevision",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {POLICY_LABEL: uid},
            "ownerReferences": [_owner(names.API_VERSION, reference.kind, reference.name, uid)],
        },
        "data": revision.data(),
        "revision": 1,
    }
    try:
        await api.create(collection, body)
    except AlreadyExists:
        # Its data cannot have been changed: the API server forbids it, and the name is its hash.
        ours = await api.get(collection, labelSelector=f"{POLICY_LABEL}={uid}")
        if all(one["metadata"]["name"] != name for one in ours["items"]):
            raise


async def kept_revisions(api: ApiServer) -> list[KeptRevision]:
    """Every revision of every policy, read now."""
    path = CONTROLLER_REVISIONS.collection()
    listed = [obj["metadata"] async for page in api.pages(path, labels=POLICY_LABEL) for obj in page["items"]]
    return [
        KeptRevision(one["creationTimestamp"], one["namespace"], one["name"], one["labels"][POLICY_LABEL])
        for one in listed
    ]


async def delete_revision(api: ApiServer, revision: KeptRevision) -> None:
    """Delete a revision; one that is gone already is fine."""
    try:
        await api.delete(CONTROLLER_REVISIONS.item(revision.namespace, revision.name))
    except NotFound:
        return


def revision_name(policy: PolicyReference, revision: str) -> str:
    """The name of the ControllerRevision that keeps `revision`."""
    return _bounded(f"{policy.name}-{revision}")


def traced_workload_name(workload: WorkloadReference) -> str:
    """The name of the workload's TracedWorkload, in the same namespace."""
    return _bounded(f"{workload.kind.lower()}-{workload.name}")


async def write_traced_workload(
    api: ApiServer,
    *,
    workload: WorkloadReference,
    spec: TracedWorkloadSpec,
    status: TracedWorkloadStatus,
    before: TracedWorkloadRecord | None,
) -> Object | None:
    """Bring the workload's TracedWorkload up to date; the object as it then is, None where `before` says it was."""
    name = traced_workload_name(workload)
    written = None
    if before is None:
        written = await _create_traced_workload(api, name, workload, spec)
    elif before.spec != spec:
        written = await _patch_traced_workload(api, name, workload, spec)
    if before is None or before.status != status:
        known = _dump(before.status) if before and before.status else {}
        patch = {"status": _replacing(known, _dump(status))}
        written = await api.patch(TRACED_WORKLOADS.status(workload.namespace, name), patch, MERGE_PATCH)
    return written


async def delete_traced_workload(api: ApiServer, workload: WorkloadReference) -> None:
    """Forget the workload; one that is forgotten already is fine."""
    try:
        await api.delete(TRACED_WORKLOADS.item(workload.namespace, traced_workload_name(workload)))
    except NotFound:
        return


async def write_policy_status(api: ApiServer, *, body: Object, status: PolicyStatus) -> Object | None:
    """Report on the policy whose object is `body`; the object as it then is, None where it says so already."""
    reference = reference_of(body)
    before, after = body.get("status") or {}, _dump(status)
    if before == after:
        return None
    path = POLICY_RESOURCES[reference.kind].status(reference.namespace, reference.name)
    return await api.patch(path, {"status": _replacing(before, after)}, MERGE_PATCH)


async def annotate(api: ApiServer, path: str, key: str, value: str | None) -> None:
    """Set an annotation of the object at `path`, or take it away. Raises `ApiError`."""
    await api.patch(path, {"metadata": {"annotations": {key: value}}}, MERGE_PATCH)


async def _create_traced_workload(
    api: ApiServer, name: str, workload: WorkloadReference, spec: TracedWorkloadSpec
) -> Object:
    body = {"apiVersion": names.API_VERSION, "kind": names.TRACED_WORKLOAD_KIND, **_content(name, workload, spec)}
    try:
        return await api.create(TRACED_WORKLOADS.collection(workload.namespace), body)
    except AlreadyExists:
        return await _patch_traced_workload(api, name, workload, spec)


async def _patch_traced_workload(
    api: ApiServer, name: str, workload: WorkloadReference, spec: TracedWorkloadSpec
) -> Object:
    return await api.patch(TRACED_WORKLOADS.item(workload.namespace, name), _content(name, workload, spec), MERGE_PATCH)


def _content(name: str, workload: WorkloadReference, spec: TracedWorkloadSpec) -> Object:
    """Not owned by the workload: what is latched there must outlive that it is deleted and made anew."""
    return {"metadata": {"name": name, "namespace": workload.namespace}, "spec": _dump(spec)}


def _owner(api_version: str, kind: str, name: str, uid: str) -> Object:
    return {"apiVersion": api_version, "kind": kind, "name": name, "uid": uid}


def _dump(model: BaseModel) -> Object:
    """As the API server stores it: a field without a value is not there."""
    return model.model_dump(mode="json", by_alias=True, exclude_none=True)


def _replacing(before: Object, after: Object) -> Object:
    """A merge patch that leaves `after` alone: what vanished since `before` is null, what stays is said again."""
    vanished: dict[str, Any] = {key: None for key in before if key not in after}
    return vanished | {
        key: _replacing(before.get(key) or {}, value) if isinstance(value, dict) else value
        for key, value in after.items()
    }


def _bounded(name: str) -> str:
    """`name`, or where it is too long for one, its beginning and its hash."""
    if len(name) <= _LONGEST_NAME:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{name[: _LONGEST_NAME - _HASH_LENGTH - 1].rstrip('-.')}-{digest}"
