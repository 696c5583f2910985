"""A client of the cluster that KUBECONFIG names, our kinds in it, and a namespace for each test."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable

import pytest

from tests.shop import kubernetes
from tracereach.cluster.backoff import Backoff
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import NotFound, Unavailable
from tracereach.cluster.resources import CLUSTER_POLICIES, NAMESPACES, POLICIES, TRACED_WORKLOADS, Resource

Kubectl = Callable[..., str]


@pytest.fixture(scope="session")
def kubectl() -> Kubectl:
    return kubernetes.kubectl


@pytest.fixture(scope="session")
async def api() -> AsyncIterator[ApiServer]:
    async with ApiServer.connect() as api:
        yield api


@pytest.fixture(scope="session")
async def our_kinds(api: ApiServer) -> None:
    """Our CRDs, served: for a moment after a change of a CRD the API server answers 404 or 429 for its kind."""
    kubernetes.install_our_kinds()
    async with asyncio.timeout(30):
        for resource in (POLICIES, CLUSTER_POLICIES, TRACED_WORKLOADS):
            await _served(api, resource)


async def _served(api: ApiServer, resource: Resource) -> None:
    for delay in Backoff(first=0.1, longest=1):
        try:
            await api.get(resource.collection(), resourceVersion="0")  # from the cache that also serves watches
        except (NotFound, Unavailable):
            await asyncio.sleep(delay)
        else:
            return


@pytest.fixture
async def namespace(api: ApiServer) -> AsyncIterator[str]:
    name = f"cluster-{uuid.uuid4().hex[:8]}"
    await api.create(NAMESPACES.collection(), {"metadata": {"name": name}})
    yield name
    await api.delete(NAMESPACES.item(None, name))
