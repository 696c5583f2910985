import asyncio

import pytest

from tests.integration.cluster.deployments import deployment
from tracereach.api.workload import Workload, WorkloadReference
from tracereach.cluster.client import MERGE_PATCH, ApiServer
from tracereach.cluster.errors import Gone, Refused
from tracereach.cluster.informer import Informer
from tracereach.cluster.projections import WORKLOAD_RECORDS
from tracereach.cluster.resources import DEPLOYMENTS, NAMESPACES, TRACED_WORKLOADS
from tracereach.cluster.server import server_version


async def test_the_copy_follows_creation_change_and_deletion(api: ApiServer, namespace: str) -> None:
    change = asyncio.Event()
    informer: Informer[WorkloadReference, Workload] = Informer(api, WORKLOAD_RECORDS["Deployment"], changed=change.set)
    running = asyncio.create_task(informer.run())
    orders = WorkloadReference(namespace, "Deployment", "orders")

    async def until(expected: dict[str, str] | None) -> None:
        async with asyncio.timeout(20):
            while (informer.records[orders].labels if orders in informer.records else None) != expected:
                change.clear()
                await change.wait()

    try:
        async with asyncio.timeout(20):
            await informer.synced.wait()
        await api.create(DEPLOYMENTS.collection(namespace), deployment("orders"))
        await until({"app": "orders"})
        labels = {"metadata": {"labels": {"tracing": "enabled"}}}
        informer.observe(await api.patch(DEPLOYMENTS.item(namespace, "orders"), labels, MERGE_PATCH))
        assert informer.records[orders].labels == {"app": "orders", "tracing": "enabled"}
        await api.delete(DEPLOYMENTS.item(namespace, "orders"))
        await until(None)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_pages_are_one_list(api: ApiServer, namespace: str) -> None:
    expected = {f"orders-{number}" for number in range(7)}
    for name in expected:
        await api.create(DEPLOYMENTS.collection(namespace), deployment(name))
    pages = [page["items"] async for page in api.pages(DEPLOYMENTS.collection(namespace), limit=3)]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert {item["metadata"]["name"] for page in pages for item in page} == expected


@pytest.mark.usefixtures("our_kinds")
async def test_a_watch_from_before_the_memory_of_the_server_is_gone(api: ApiServer) -> None:
    with pytest.raises(Gone, match="too old resource version"):
        async with asyncio.timeout(20):
            await anext(api.watch(TRACED_WORKLOADS.collection(), resource_version="1"))


async def test_what_the_api_server_refuses_says_why(api: ApiServer) -> None:
    with pytest.raises(Refused, match=r"metadata\.name"):
        await api.create(NAMESPACES.collection(), {"metadata": {"name": "Not A Name"}})


async def test_the_version_of_the_server(api: ApiServer) -> None:
    assert await server_version(api) >= (1, 29)
