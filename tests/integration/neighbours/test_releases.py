"""Releases of an injected workload: the tool meets no conflict, and what its manifest says wins."""

import pytest

from tests.integration.namespace import INJECTED, Namespace
from tests.integration.neighbours.tools import KUBECTL, TOOLS, Kubectl, Tool
from tests.integration.neighbours.workload import AGENT, GREETING, MEMORY, OTHER_EXPORT, in_its_pods, injected, manifest
from tests.integration.webhook_process import WebhookProcess
from tracereach.api import names
from tracereach.api.environment import Group, members

pytestmark = pytest.mark.parametrize("with_webhook", [True, False], ids=["webhook", "no webhook"], scope="module")


@pytest.fixture(params=TOOLS.values(), ids=TOOLS)
def tool(request: pytest.FixtureRequest) -> Tool:
    """One of the tools."""
    chosen: Tool = request.param
    return chosen


def test_the_same_manifest_again_changes_nothing(namespace: Namespace, name: str, tool: Tool) -> None:
    tool.apply(namespace, manifest(name))
    workload = injected(namespace, name)
    tool.apply(namespace, manifest(name))
    workload.untouched()


@pytest.mark.parametrize("kubectl", KUBECTL.values(), ids=KUBECTL)
def test_a_diff_is_empty(namespace: Namespace, name: str, kubectl: Kubectl) -> None:
    kubectl.apply(namespace, manifest(name))
    injected(namespace, name)
    assert kubectl.diff(namespace, manifest(name)) == ""


def test_variables_of_ours_become_the_users(namespace: Namespace, name: str, tool: Tool) -> None:
    tool.apply(namespace, manifest(name))
    workload = injected(namespace, name)
    tool.apply(namespace, manifest(name, **OTHER_EXPORT))
    workload.released_once()
    before, after = in_its_pods(workload.template), in_its_pods(namespace.template(name))
    assert _without_exporter(after) == _without_exporter(before) | {"OTEL_PROPAGATORS": "b3"}
    assert after["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://elsewhere:4317"
    assert namespace.state(name) == INJECTED


def _without_exporter(variables: dict[str, str | None]) -> dict[str, str | None]:
    return {name: value for name, value in variables.items() if name not in members(Group.EXPORTER)}


def test_a_loader_of_the_users(namespace: Namespace, name: str, tool: Tool, webhook: WebhookProcess | None) -> None:
    tool.apply(namespace, manifest(name))
    workload = injected(namespace, name)
    tool.apply(namespace, manifest(name, **MEMORY))
    if webhook:
        workload.released_once()
        template = namespace.template(name)
        assert template["metadata"]["labels"][names.MERGE_LABEL] == names.MERGE_WANTED
        assert namespace.environment(name).keys() == GREETING.keys() | MEMORY.keys()
        assert in_its_pods(template) == in_its_pods(workload.template) | {"JAVA_TOOL_OPTIONS": f"-Xmx64m {AGENT}"}
    else:
        namespace.wait_for_state(name, "Skipped/NeedsWebhook")
        assert namespace.environment(name).keys() == GREETING.keys() | MEMORY.keys()
        assert "volumes" not in namespace.template(name)["spec"]
