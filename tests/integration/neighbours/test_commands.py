"""Commands on an injected workload, each of which changes what it names and nothing else."""

import json

import pytest

from tests.integration.namespace import INJECTED, Namespace
from tests.integration.neighbours.workload import Workload, in_its_pods, injected, manifest
from tests.integration.webhook_process import WebhookProcess
from tests.integration.writes import writes_to

pytestmark = pytest.mark.parametrize("with_webhook", [True, False], ids=["webhook", "no webhook"], scope="module")
UNDONE = "Latched/UndoneByUser"


@pytest.fixture
def workload(namespace: Namespace, name: str) -> Workload:
    """A Deployment that was applied, and then injected."""
    namespace.apply(manifest(name))
    return injected(namespace, name)


def test_replace(namespace: Namespace, workload: Workload, webhook: WebhookProcess | None) -> None:
    namespace.kubectl("replace", "-f", "-", stdin=json.dumps(manifest(workload.name, GOODBYE="soon")))
    if webhook:
        after = in_its_pods(namespace.template(workload.name))
        assert after == in_its_pods(workload.template) | {"GOODBYE": "soon"}
        workload.released()
        assert namespace.state(workload.name) == INJECTED
    else:
        namespace.wait_for_state(workload.name, UNDONE)
        workload.released()
        assert namespace.environment(workload.name).keys() == {"GREETING", "GOODBYE"}


def test_rollout_undo(namespace: Namespace, workload: Workload) -> None:
    namespace.kubectl("rollout", "undo", f"deployment/{workload.name}")
    namespace.wait_for_state(workload.name, UNDONE)
    workload.released()
    assert namespace.environment(workload.name).keys() == {"GREETING"}
    assert namespace.record(workload.name) == {}


def test_undoing_a_release_keeps_the_injection(namespace: Namespace, workload: Workload) -> None:
    namespace.apply(manifest(workload.name, GOODBYE="soon"))
    namespace.kubectl("rollout", "status", f"deployment/{workload.name}", "--timeout=90s")
    namespace.kubectl("rollout", "undo", f"deployment/{workload.name}")
    namespace.wait_for_next_pass()
    assert namespace.template(workload.name) == workload.template
    assert namespace.state(workload.name) == INJECTED


def test_set_image(namespace: Namespace, workload: Workload) -> None:
    namespace.kubectl("set", "image", f"deployment/{workload.name}", "app=example.invalid/orders:2")
    workload.released()
    template = namespace.template(workload.name)
    (container,) = template["spec"]["containers"]
    assert container["image"] == "example.invalid/orders:2"
    assert in_its_pods(template) == in_its_pods(workload.template)
    assert namespace.record(workload.name)
    assert namespace.state(workload.name) == INJECTED


def test_set_env(namespace: Namespace, workload: Workload) -> None:
    namespace.kubectl("set", "env", f"deployment/{workload.name}", "OTEL_PROPAGATORS=b3")
    workload.released()
    after = in_its_pods(namespace.template(workload.name))
    assert after == in_its_pods(workload.template) | {"OTEL_PROPAGATORS": "b3"}


def test_rollout_restart(namespace: Namespace, workload: Workload) -> None:
    namespace.kubectl("rollout", "restart", f"deployment/{workload.name}")
    workload.released()
    assert namespace.template(workload.name)["spec"] == workload.template["spec"]
    assert namespace.state(workload.name) == INJECTED


def test_a_horizontal_pod_autoscaler(namespace: Namespace, workload: Workload) -> None:
    """It writes the `scale` subresource. Paused, the Deployment makes no pod of it."""
    namespace.kubectl("rollout", "pause", f"deployment/{workload.name}")
    before = namespace.generation(workload.name)
    scale = json.dumps({"spec": {"replicas": 3}})
    namespace.kubectl("patch", "deployment", workload.name, "--subresource=scale", "--type=merge", "--patch", scale)
    namespace.wait_for_next_pass()
    found = namespace.get("deployment", workload.name)
    assert found["spec"]["replicas"] == 3
    assert found["spec"]["template"] == workload.template
    assert found["metadata"]["generation"] == before + 1


def test_changing_over_to_server_side_apply(namespace: Namespace, workload: Workload) -> None:
    """Only the same manifest: a variable of ours would be refused at this step, since it is written with its owner."""
    namespace.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(manifest(workload.name)))
    namespace.wait_for_next_pass()
    assert namespace.template(workload.name) == workload.template
    assert writes_to(namespace, workload.name) == workload.writes
