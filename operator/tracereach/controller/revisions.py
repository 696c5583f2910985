"""Keeps the revisions of policies, so that what a workload was injected with can always be rendered again."""

import logging
from collections.abc import Iterable
from dataclasses import replace

from tracereach.api.acceptance import PolicyReference
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import ApiError
from tracereach.cluster.objects import delete_revision, ensure_revision, kept_revisions, revision_name
from tracereach.controller.snapshot import Policies, Snapshot
from tracereach.controller.subjects import Case
from tracereach.rollout.history import superseded

_log = logging.getLogger(__name__)


class Revisions:
    """The ControllerRevisions; those of cluster policies are kept in `namespace`, the operator's own."""

    def __init__(self, api: ApiServer, *, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._kept: set[tuple[str, str]] = set()
        self._grown = False

    async def keep(self, policies: Policies) -> Policies:
        """Keep the revision of every accepted policy before anything is injected with it; those not kept are named."""
        unkept: dict[PolicyReference, str] = {}
        for reference, revision in policies.revisions.items():
            body = dict(policies.bodies[reference])
            kept = (body["metadata"]["uid"], revision_name(reference, revision.name))
            if kept in self._kept:
                continue
            try:
                await ensure_revision(self._api, policy=body, revision=revision, operator_namespace=self._namespace)
                self._kept.add(kept)
                self._grown = True
            except ApiError as error:
                _log.warning("%s: its revision is not kept yet: %s", reference, error)
                unkept[reference] = str(error)
        return replace(policies, unkept=unkept)

    async def prune(self, cases: Iterable[Case], snapshot: Snapshot) -> None:
        """Delete the revisions that nobody needs any more, each time that there are new ones."""
        if not self._grown:
            return
        self._grown = False
        try:
            for revision in superseded(await kept_revisions(self._api), _needed(cases, snapshot)):
                await delete_revision(self._api, revision)
                self._kept.discard((revision.policy_uid, revision.name))
                _log.info("deleted the revision %s/%s, which no workload has", revision.namespace, revision.name)
        except ApiError as error:
            _log.warning("old revisions are kept until there is a new one: %s", error)


def _needed(cases: Iterable[Case], snapshot: Snapshot) -> set[tuple[str, str]]:
    """Uid of the policy and name of the object, for each revision that is wanted, injected, remembered or latched."""
    revisions = {revision.name for revision in snapshot.policies.revisions.values()}
    revisions |= {case.subject.recorded for case in cases}
    for remembered in snapshot.memories.values():
        if remembered.status:
            revisions |= {remembered.status.revision, remembered.status.latched}
    return {
        (body["metadata"]["uid"], revision_name(reference, revision))
        for reference, body in snapshot.policies.bodies.items()
        for revision in revisions
    }
