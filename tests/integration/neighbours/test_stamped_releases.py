"""Releases of a workload whose user sets what the agent has to extend: its template holds only what its pods get."""

import pytest

from tests.integration.namespace import INJECTED, Namespace
from tests.integration.neighbours.tools import KUBECTL, TOOLS, Kubectl, Tool
from tests.integration.neighbours.workload import AGENT, GREETING, MEMORY, OTHER_EXPORT, in_its_pods, injected, manifest
from tracereach.api import names

pytestmark = pytest.mark.parametrize("with_webhook", [True], ids=["webhook"], scope="module")


@pytest.fixture(params=TOOLS.values(), ids=TOOLS)
def tool(request: pytest.FixtureRequest) -> Tool:
    """One of the tools."""
    chosen: Tool = request.param
    return chosen


def test_the_same_manifest_again_changes_nothing(namespace: Namespace, name: str, tool: Tool) -> None:
    tool.apply(namespace, manifest(name, **MEMORY))
    workload = injected(namespace, name)
    assert namespace.environment(name).keys() == GREETING.keys() | MEMORY.keys()
    assert in_its_pods(workload.template)["JAVA_TOOL_OPTIONS"] == f"-Xmx64m {AGENT}"
    tool.apply(namespace, manifest(name, **MEMORY))
    workload.untouched()


@pytest.mark.parametrize("kubectl", KUBECTL.values(), ids=KUBECTL)
def test_a_diff_is_empty(namespace: Namespace, name: str, kubectl: Kubectl) -> None:
    kubectl.apply(namespace, manifest(name, **MEMORY))
    injected(namespace, name)
    assert kubectl.diff(namespace, manifest(name, **MEMORY)) == ""


def test_everything_of_the_users_wins(namespace: Namespace, name: str, tool: Tool) -> None:
    tool.apply(namespace, manifest(name, **MEMORY))
    workload = injected(namespace, name)
    tool.apply(namespace, manifest(name, JAVA_TOOL_OPTIONS="-Xmx128m", **OTHER_EXPORT))
    workload.released_once()
    after = in_its_pods(namespace.template(name))
    assert after.items() >= OTHER_EXPORT.items()
    assert after["JAVA_TOOL_OPTIONS"] == f"-Xmx128m {AGENT}"
    assert namespace.state(name) == INJECTED


def test_a_loader_is_given_up(namespace: Namespace, name: str, tool: Tool) -> None:
    tool.apply(namespace, manifest(name, **MEMORY))
    workload = injected(namespace, name)
    tool.apply(namespace, manifest(name))
    workload.released_once()
    template = namespace.template(name)
    assert names.MERGE_LABEL not in template["metadata"]["labels"]
    assert namespace.environment(name)["JAVA_TOOL_OPTIONS"]["value"] == AGENT
    assert in_its_pods(template) == in_its_pods(workload.template) | {"JAVA_TOOL_OPTIONS": AGENT}
