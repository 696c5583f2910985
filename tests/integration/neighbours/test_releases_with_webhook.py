"""Releases that change what may be added: the webhook adds just that in the same request, be it by a stamp."""

import pytest

from tests.integration.namespace import INJECTED, Namespace
from tests.integration.neighbours.tools import Tool
from tests.integration.neighbours.workload import (
    AGENT,
    ELSEWHERE,
    GOES_WITH_THE_ENDPOINT,
    GREETING,
    MEMORY,
    in_its_pods,
    injected,
    manifest,
)
from tracereach.api import names

pytestmark = pytest.mark.parametrize("with_webhook", [True], ids=["webhook"], scope="module")


def test_an_endpoint_of_the_users_takes_along_what_goes_with_it(
    namespace: Namespace, name: str, kind_of_tool: Tool
) -> None:
    kind_of_tool.apply(namespace, manifest(name))
    workload = injected(namespace, name)
    kind_of_tool.apply(namespace, manifest(name, **ELSEWHERE))
    workload.released()
    before, after = in_its_pods(workload.template), in_its_pods(namespace.template(name))
    assert after.items() >= ELSEWHERE.items()
    assert before.keys() - after.keys() == GOES_WITH_THE_ENDPOINT


def test_a_loader_of_the_users_becomes_a_stamp_for_as_long_as_it_is_there(
    namespace: Namespace, name: str, kind_of_tool: Tool
) -> None:
    kind_of_tool.apply(namespace, manifest(name))
    workload = injected(namespace, name)
    kind_of_tool.apply(namespace, manifest(name, **MEMORY))
    template = namespace.template(name)
    assert template["metadata"]["labels"][names.MERGE_LABEL] == names.MERGE_WANTED
    assert namespace.environment(name).keys() == GREETING.keys() | MEMORY.keys()
    assert in_its_pods(template) == in_its_pods(workload.template) | {"JAVA_TOOL_OPTIONS": f"-Xmx64m {AGENT}"}
    kind_of_tool.apply(namespace, manifest(name))
    assert namespace.template(name) == workload.template
    workload.released(times=2)
    assert namespace.state(name) == INJECTED


def test_a_stamped_manifest_again_and_then_another(namespace: Namespace, name: str, kind_of_tool: Tool) -> None:
    kind_of_tool.apply(namespace, manifest(name, **MEMORY))
    workload = injected(namespace, name)
    assert in_its_pods(workload.template)["JAVA_TOOL_OPTIONS"] == f"-Xmx64m {AGENT}"
    assert kind_of_tool.diff(namespace, manifest(name, **MEMORY)) == ""
    kind_of_tool.apply(namespace, manifest(name, **MEMORY))
    assert namespace.template(name) == workload.template
    kind_of_tool.apply(namespace, manifest(name, JAVA_TOOL_OPTIONS="-Xmx128m", **ELSEWHERE))
    workload.released()
    after = in_its_pods(namespace.template(name))
    assert after.items() >= ELSEWHERE.items()
    assert after["JAVA_TOOL_OPTIONS"] == f"-Xmx128m {AGENT}"
    assert namespace.state(name) == INJECTED
