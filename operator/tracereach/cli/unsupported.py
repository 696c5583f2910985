"""Objects whose pods nobody injects, though they have the labels that a policy selects by: said, not passed over."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tracereach.api.acceptance import Policy
from tracereach.cli.decisions import OfflineSettings, surroundings_in
from tracereach.cli.sources import Source
from tracereach.cli.workloads import objects, texts
from tracereach.rollout.selection import match

_KINDS = {
    "Job": "batch",
    "CronJob": "batch",
    "ReplicaSet": "apps",
    "Pod": "",
    "ReplicationController": "",
    "Rollout": "argoproj.io",
    "DeploymentConfig": "apps.openshift.io",
}
"""Kinds that run pods, and their API groups."""


@dataclass(frozen=True)
class Unsupported:
    """One such object."""

    reference: str
    """As `namespace/kind/name`."""
    kind: str
    policy: Policy


def unsupported(
    sources: Iterable[Source], policies: tuple[Policy, ...], settings: OfflineSettings
) -> Iterator[Unsupported]:
    """Each in the order of the files; not those that another object made, which is there in its stead."""
    documents = [document for source in sources for document in source.documents]
    surroundings = surroundings_in(documents, settings)
    for _, body in (found for document in documents for found in objects(document.content)):
        kind, metadata = str(body.get("kind")), body.get("metadata")
        group = str(body.get("apiVersion")).rpartition("/")[0]
        if _KINDS.get(kind) != group or not isinstance(metadata, dict) or metadata.get("ownerReferences"):
            continue
        namespace = str(metadata.get("namespace") or settings.namespace)
        found = match(
            policies,
            namespace=namespace,
            labels=texts(metadata, "labels"),
            namespace_labels=surroundings.namespace(namespace).labels,
            pods_opt_out=False,
        )
        if found.winner:
            yield Unsupported(f"{namespace}/{kind}/{metadata.get('name')}", kind, found.winner)
