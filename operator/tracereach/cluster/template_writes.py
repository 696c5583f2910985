"""The only write to what users own: one JSON Patch of one pod template.

The patch first tests the resourceVersion it was decided on, so it never lands on a template that nobody has looked at.
"""

import logging

from tracereach.api import names
from tracereach.api.workload import Workload
from tracereach.cluster.client import JSON_PATCH, ApiServer
from tracereach.cluster.errors import Conflict
from tracereach.cluster.json_patch import json_patch
from tracereach.cluster.limiter import Limiter
from tracereach.cluster.resources import WORKLOADS, Object
from tracereach.cluster.versions import version_of

_log = logging.getLogger(__name__)
_TEMPLATE = "/spec/template"
_ATTEMPTS = 5


async def write_template(api: ApiServer, limiter: Limiter, *, before: Workload, after: Object) -> Object | None:
    """Make `after` the pod template of the workload `before`; the object as it then is.

    None, and no request, where nothing would change. Raises `Conflict` where the workload is no longer as in
    `before`, and any other `ApiError`.
    """
    operations = template_patch(before.pod_template, after)
    if not operations:
        return None
    path = WORKLOADS[before.reference.kind].item(before.reference.namespace, before.reference.name)
    await limiter.wait()
    written = await api.patch(path, [_unchanged(before.resource_version), *operations], JSON_PATCH)
    return await _disown(api, limiter, path, written) if before.apply_managers else written


def template_patch(before: Object, after: Object) -> list[Object]:
    """The JSON Patch of a workload that turns the pod template `before` into `after`."""
    return json_patch(before, after, at=_TEMPLATE)


async def _disown(api: ApiServer, limiter: Limiter, path: str, written: Object) -> Object:
    """Take our name off the fields we wrote.

    A user with server-side apply who later sets such a field would otherwise be refused with a conflict naming us.
    Somebody writing in between only costs another try; after some, the fields stay ours and nothing is broken yet.
    """
    for _ in range(_ATTEMPTS):
        entries = written["metadata"].get("managedFields") or []
        others = [entry for entry in entries if entry.get("manager") != names.FIELD_MANAGER]
        if len(others) == len(entries):
            return written
        disowning = {"op": "replace", "path": "/metadata/managedFields", "value": others}
        await limiter.wait()
        try:
            return await api.patch(path, [_unchanged(version_of(written)), disowning], JSON_PATCH)
        except Conflict:
            written = await api.get(path)
    _log.warning("%s: still owned by %s, because others keep writing it", path, names.FIELD_MANAGER)
    return written


def _unchanged(resource_version: str) -> Object:
    return {"op": "test", "path": "/metadata/resourceVersion", "value": resource_version}
