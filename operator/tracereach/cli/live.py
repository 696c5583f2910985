"""A cluster in the form of the files that `plan` reads: workloads, Services, namespaces, and its policies."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import click

from tracereach.api import names
from tracereach.api.acceptance import Policy, PolicyRefused, accept, reference_of
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import WorkloadReference
from tracereach.cli.cluster import NOT_INSTALLED, read_all
from tracereach.cli.errors import Failed
from tracereach.cli.sources import Document, Source
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import NotFound
from tracereach.cluster.kubeconfig import Kubeconfig
from tracereach.cluster.projections import traced_workload_record
from tracereach.cluster.resources import NAMESPACES, POLICY_RESOURCES, SERVICES, TRACED_WORKLOADS, WORKLOADS, Object
from tracereach.rollout.inheritance import inherited

_NAME = "the cluster"


@dataclass(frozen=True)
class Live:
    """What a plan needs of a cluster."""

    sources: tuple[Source, ...]
    policies: tuple[Policy, ...] = ()
    memories: Mapping[WorkloadReference, TracedWorkloadStatus] = field(default_factory=dict)


async def read_cluster(kubeconfig: Kubeconfig, *, policies: bool) -> Live:
    """The cluster as it is now; with its `policies`, or for others. Raises `ApiError`, and `Failed` without our kinds.

    For other policies the cluster needs none of our kinds: nobody has to install anything to see a plan.
    """
    async with ApiServer.connect(kubeconfig) as api:
        objects = [_typed(one, "v1", "Namespace") for one in await read_all(api, NAMESPACES)]
        objects += [_typed(one, "v1", "Service") for one in await read_all(api, SERVICES)]
        uids: dict[WorkloadReference, str] = {}
        for kind, resource in WORKLOADS.items():
            for one in await read_all(api, resource):
                objects.append(_typed(one, "apps/v1", kind))
                metadata = one["metadata"]
                uids[WorkloadReference(metadata["namespace"], kind, metadata["name"])] = metadata["uid"]
        try:
            known = tuple(_accepted(await _policies(api))) if policies else ()
            memories = dict(_memories(await read_all(api, TRACED_WORKLOADS), uids))
        except NotFound as error:
            if policies:
                raise Failed(NOT_INSTALLED) from error
            known, memories = (), {}
    documents = (Document(_NAME, number, 0, json.dumps(one)) for number, one in enumerate(objects, start=1))
    return Live((Source(_NAME, tuple(documents)),), known, memories)


async def _policies(api: ApiServer) -> list[Object]:
    listed = [(kind, await read_all(api, resource)) for kind, resource in POLICY_RESOURCES.items()]
    bodies = [_typed(one, names.API_VERSION, kind) for kind, found in listed for one in found]
    return [body for body in bodies if "deletionTimestamp" not in body["metadata"]]


def _accepted(bodies: Iterable[Object]) -> Iterator[Policy]:
    for body in bodies:
        try:
            yield accept(body)
        except PolicyRefused as refused:
            problems = "; ".join(map(str, refused.problems))
            click.echo(f"Warning: {reference_of(body)} is not accepted: {problems}", err=True)


def _memories(
    objects: Iterable[Object], uids: Mapping[WorkloadReference, str]
) -> Iterator[tuple[WorkloadReference, TracedWorkloadStatus]]:
    """What is remembered of each workload that is there; of one that it replaces, what went wrong there."""
    for record in map(traced_workload_record, objects):
        if record and record.status and record.workload in uids:
            own = record.spec.uid == uids[record.workload]
            if known := record.status if own else inherited(record.status):
                yield record.workload, known


def _typed(obj: Object, api_version: str, kind: str) -> Object:
    """Objects of a LIST do not say their own kind, and what others say in `managedFields` is of no use here."""
    metadata = {key: value for key, value in obj["metadata"].items() if key != "managedFields"}
    return obj | {"apiVersion": api_version, "kind": kind, "metadata": metadata}
