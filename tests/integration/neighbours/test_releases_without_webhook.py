"""Releases that make a part of the injection useless, where no webhook sees them: the operator takes that part out."""

import pytest

from tests.integration.namespace import INJECTED, Namespace
from tests.integration.neighbours.tools import Tool
from tests.integration.neighbours.workload import (
    ELSEWHERE,
    GOES_WITH_THE_ENDPOINT,
    GREETING,
    MEMORY,
    in_its_pods,
    injected,
    manifest,
)
from tests.waiting import wait_for_value

pytestmark = pytest.mark.parametrize("with_webhook", [False], ids=["no webhook"], scope="module")


def test_a_loader_of_the_users_leaves_nothing_half_injected(
    namespace: Namespace, name: str, kind_of_tool: Tool
) -> None:
    kind_of_tool.apply(namespace, manifest(name))
    injected(namespace, name)
    kind_of_tool.apply(namespace, manifest(name, **MEMORY))
    namespace.wait_for_state(name, "Skipped/NeedsWebhook")
    assert namespace.environment(name).keys() == GREETING.keys() | MEMORY.keys()
    assert "volumes" not in namespace.template(name)["spec"]
    assert namespace.record(name) == {}
    kind_of_tool.apply(namespace, manifest(name))
    namespace.wait_for_state(name, INJECTED)


def test_an_endpoint_of_the_users_takes_along_what_goes_with_it(
    namespace: Namespace, name: str, kind_of_tool: Tool
) -> None:
    kind_of_tool.apply(namespace, manifest(name))
    workload = injected(namespace, name)
    kind_of_tool.apply(namespace, manifest(name, **ELSEWHERE))
    wait_for_value(lambda: namespace.generation(name), workload.generation + 2)
    before, after = in_its_pods(workload.template), in_its_pods(namespace.template(name))
    assert after.items() >= ELSEWHERE.items()
    assert before.keys() - after.keys() == GOES_WITH_THE_ENDPOINT
    namespace.wait_for_next_pass()
    assert namespace.generation(name) == workload.generation + 2
    assert namespace.state(name) == INJECTED
