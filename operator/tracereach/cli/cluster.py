"""The cluster as the commands read it: one connection for one command, and errors in words of what to do."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from tracereach.cli.errors import Failed
from tracereach.cluster.client import ApiServer
from tracereach.cluster.configuration import NoCluster
from tracereach.cluster.errors import ApiError, NotFound, Unavailable
from tracereach.cluster.resources import CLUSTER_POLICIES, POLICIES, TRACED_WORKLOADS, Object, Resource

T = TypeVar("T")

NOT_INSTALLED = "the cluster has no tracingpolicies.tracereach.dev: install the Helm chart tracereach first"


@dataclass(frozen=True)
class Installed:
    """Our objects in a cluster."""

    policies: tuple[Object, ...]
    """Cluster policies first."""
    workloads: tuple[Object, ...]
    """The TracedWorkloads."""


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which talks to the API server. Raises `Failed` for whatever the server or network says."""
    try:
        return asyncio.run(work)
    except NoCluster as error:
        raise Failed(str(error)) from error
    except ApiError as error:
        raise Failed(f"{error}. {_advice(error)}") from error


async def read_installed(api: ApiServer, namespace: str | None) -> Installed:
    """Our objects in `namespace`, or everywhere, and all cluster policies. Raises `NotFound` where there is no CRD."""
    cluster_policies = await _list_permitted(api, CLUSTER_POLICIES, tolerant=namespace is not None)
    policies = await read_all(api, POLICIES, namespace)
    return Installed(cluster_policies + policies, await read_all(api, TRACED_WORKLOADS, namespace))


async def read_all(api: ApiServer, resource: Resource, namespace: str | None = None) -> tuple[Object, ...]:
    """Every object of a kind, sorted by namespace and name."""
    found = [item async for page in api.pages(resource.collection(namespace)) for item in page["items"]]
    return tuple(sorted(found, key=lambda item: (item["metadata"].get("namespace", ""), item["metadata"]["name"])))


async def _list_permitted(api: ApiServer, resource: Resource, *, tolerant: bool) -> tuple[Object, ...]:
    """Like `read_all`; somebody with rights in one namespace alone sees none instead of an error."""
    try:
        return await read_all(api, resource)
    except ApiError as error:
        if tolerant and error.status == 403:
            return ()
        raise


def _advice(error: ApiError) -> str:
    if error.status == 401:
        return "Log in again: the server does not accept the credentials of the kubeconfig."
    if error.status == 403:
        return "Ask for that right; the ClusterRole view has it for reading, and edit for deleting policies."
    if isinstance(error, Unavailable):
        return "Check that the API server can be reached, for example by kubectl cluster-info, and try again."
    if isinstance(error, NotFound):
        return "Check the name and the namespace."
    return "Mend what the message names, and try again."
