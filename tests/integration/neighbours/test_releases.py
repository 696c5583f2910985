"""Releases of an injected workload: the tool meets no conflict, and what its manifest says wins."""

import pytest

from tests.integration.namespace import INJECTED, Namespace
from tests.integration.neighbours.tools import Tool
from tests.integration.neighbours.workload import B3, in_its_pods, injected, manifest

pytestmark = pytest.mark.parametrize("with_webhook", [True, False], ids=["webhook", "no webhook"], scope="module")


def test_the_same_manifest_again_and_then_a_variable_of_ours(namespace: Namespace, name: str, tool: Tool) -> None:
    tool.apply(namespace, manifest(name))
    workload = injected(namespace, name)
    assert tool.diff(namespace, manifest(name)) == ""
    tool.apply(namespace, manifest(name))
    assert namespace.template(name) == workload.template
    tool.apply(namespace, manifest(name, **B3))
    workload.released()
    assert in_its_pods(namespace.template(name)) == in_its_pods(workload.template) | B3
    assert namespace.state(name) == INJECTED
