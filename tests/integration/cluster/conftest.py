"""A client of the cluster that KUBECONFIG names, our kinds in it, and a namespace for each test."""

import subprocess
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tracereach.cluster.client import ApiServer
from tracereach.cluster.resources import NAMESPACES

CRDS = Path(__file__).parents[3] / "crds"
Kubectl = Callable[..., str]


@pytest.fixture(scope="session")
def kubectl() -> Kubectl:
    """Run kubectl; its output. Fails with what it said."""

    def run(*arguments: str, stdin: str | None = None) -> str:
        result = subprocess.run(["kubectl", *arguments], input=stdin, capture_output=True, text=True, check=False)
        assert result.returncode == 0, f"kubectl {' '.join(arguments)}: {result.stderr}"
        return result.stdout

    return run


@pytest.fixture(scope="session")
def our_kinds(kubectl: Kubectl) -> None:
    kubectl("apply", "--server-side", "--force-conflicts", "-f", str(CRDS))
    kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", str(CRDS))


@pytest.fixture(scope="session")
async def api() -> AsyncIterator[ApiServer]:
    async with ApiServer.connect() as api:
        yield api


@pytest.fixture
async def namespace(api: ApiServer) -> AsyncIterator[str]:
    name = f"cluster-{uuid.uuid4().hex[:8]}"
    await api.create(NAMESPACES.collection(), {"metadata": {"name": name}})
    yield name
    await api.delete(NAMESPACES.item(None, name))
