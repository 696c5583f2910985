"""The local copies that admission decides upon. They only read: nothing of the webhook's is written anywhere."""

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from tracereach.admission.knowledge import Knowledge
from tracereach.api import names
from tracereach.api.acceptance import PolicyReference
from tracereach.api.catalogue import Catalogue
from tracereach.api.revision import Revision, revision_from
from tracereach.cluster.capabilities import Version, capabilities
from tracereach.cluster.client import ApiServer
from tracereach.cluster.informer import Informer, Projection
from tracereach.cluster.objects import POLICY_LABEL
from tracereach.cluster.projections import NAMESPACE_RECORDS, NODE_RECORDS, TRACED_WORKLOAD_RECORDS, namespaced_name
from tracereach.cluster.resources import CONTROLLER_REVISIONS, POLICY_RESOURCES, Object
from tracereach.controller.snapshot import Policies, read_policies
from tracereach.controller.transition import in_transition

_log = logging.getLogger(__name__)
_METADATA = frozenset({"name", "namespace", "uid", "creationTimestamp", "deletionTimestamp"})
_ANNOTATIONS = frozenset({names.PAUSE_ANNOTATION, names.ROLLED_BACK_ANNOTATION})
"""By which people hold a policy up. Others are left out, so that they are no news."""


def policy_body(obj: Object, kind: str) -> Object:
    """The part of a policy that admission reads. Its status is not in it, so news there are no news here."""
    metadata = {key: value for key, value in obj["metadata"].items() if key in _METADATA}
    annotations = obj["metadata"].get("annotations") or {}
    metadata["annotations"] = {key: value for key, value in annotations.items() if key in _ANNOTATIONS}
    return {"apiVersion": names.API_VERSION, "kind": kind, "metadata": metadata, "spec": obj.get("spec")}


def kept_revision(obj: Object) -> Revision | None:
    """The revision in a ControllerRevision; None, with a warning, where another release made it beyond recognition."""
    try:
        return revision_from(obj.get("data") or {})
    except ValidationError as error:
        _log.warning("ControllerRevision %s/%s cannot be read: %s", *namespaced_name(obj), error)
        return None


class Informers:
    """One informer for each kind, and the knowledge that they add up to."""

    def __init__(
        self, api: ApiServer, catalogue: Catalogue, *, server: Version, namespace: str, all_paused: bool = False
    ) -> None:
        self._catalogue = catalogue
        self._all_paused = all_paused
        self._server = server
        self._namespace = namespace
        self._read: Policies | None = None
        self._knowledge: Knowledge | None = None
        self._policies = [Informer(api, _policies(kind), changed=self._forget_policies) for kind in POLICY_RESOURCES]
        self._revisions = Informer(api, _REVISIONS, changed=self._forget)
        self._traced_workloads = Informer(api, TRACED_WORKLOAD_RECORDS, changed=self._forget)
        self._namespaces = Informer(api, NAMESPACE_RECORDS, changed=self._forget)
        self._nodes = Informer(api, NODE_RECORDS, changed=self._forget)

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """Keep every copy, for as long as `tasks` live. One that cannot be kept ends them all."""
        for informer in self._every():
            tasks.create_task(informer.run())

    @property
    def complete(self) -> bool:
        """Whether every copy is complete."""
        return all(informer.synced.is_set() for informer in self._every())

    def knowledge(self) -> Knowledge:
        """What is known now. It is made once for each change, and not for each request."""
        if self._read is None:
            bodies = {reference: body for informer in self._policies for reference, body in informer.records.items()}
            self._read = read_policies(bodies, self._catalogue, all_paused=self._all_paused)
        if self._knowledge is None:
            self._knowledge = Knowledge(
                policies=in_transition(self._read, self._traced_workloads.records.values(), self._catalogue),
                namespaces=dict(self._namespaces.records),
                memories=dict(self._traced_workloads.records),
                revisions=dict(self._revisions.records),
                capabilities=capabilities(self._server, self._nodes.records.values()),
                own_namespace=self._namespace,
            )
        return self._knowledge

    def _forget(self) -> None:
        self._knowledge = None

    def _forget_policies(self) -> None:
        self._read = None
        self._knowledge = None

    def _every(self) -> Iterator[Informer[Any, Any]]:
        yield from self._policies
        yield self._revisions
        yield self._traced_workloads
        yield self._namespaces
        yield self._nodes


def _policies(kind: str) -> Projection[PolicyReference, Object]:
    return Projection(
        POLICY_RESOURCES[kind],
        key=lambda obj: PolicyReference(kind, obj["metadata"].get("namespace") or "", obj["metadata"]["name"]),
        record=lambda obj: policy_body(obj, kind),
    )


_REVISIONS = Projection(CONTROLLER_REVISIONS, key=namespaced_name, record=kept_revision, labels=POLICY_LABEL)
