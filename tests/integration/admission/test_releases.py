"""A user's release is the one rollout of an injected workload, however it is made."""

import copy
import json

import pytest

from tests.integration.manifests import Object, deployment, policy, with_environment
from tests.integration.namespace import HEALTHY, POLICIES, Namespace
from tests.integration.webhook_process import WebhookProcess
from tests.integration.writes import writes_to
from tracereach.api import names

pytestmark = pytest.mark.usefixtures("webhook")
UNDONE = "Latched/UndoneByUser"


def _with_second_container(manifest: Object) -> Object:
    changed = copy.deepcopy(manifest)
    containers = changed["spec"]["template"]["spec"]["containers"]
    containers.append(containers[0] | {"name": "second"})
    return changed


@pytest.fixture
def injected(namespace: Namespace) -> Object:
    """The manifest of `orders`, which is injected and healthy at its second generation."""
    manifest = deployment("orders", replicas=1)
    namespace.apply(manifest, policy())
    namespace.wait_for_state("orders", HEALTHY, timeout=90)
    assert namespace.generation("orders") == 2
    return manifest


def _released_once(namespace: Namespace) -> None:
    """The release was the only write since, it is injected, and its pods are there."""
    namespace.kubectl("rollout", "status", "deployment/orders", "--timeout=90s")
    namespace.wait_for_next_pass()
    namespace.wait_for_state("orders", HEALTHY, timeout=90)
    assert namespace.generation("orders") == 3
    assert writes_to(namespace, "orders") == 1
    assert len(_replica_sets(namespace)) == 3, "as it was, injected, and released"
    assert "OTEL_SERVICE_NAME" in _variables(namespace)


def _replica_sets(namespace: Namespace) -> list[str]:
    return [name for name in namespace.list("replicasets") if name.startswith("orders-")]


def _variables(namespace: Namespace) -> set[str]:
    """What is set in every container of `orders`."""
    containers = namespace.template("orders")["spec"]["containers"]
    return set.intersection(*({entry["name"] for entry in each.get("env", [])} for each in containers))


def test_a_release_with_a_new_container_is_one_rollout(namespace: Namespace, injected: Object) -> None:
    namespace.apply(_with_second_container(injected))
    _released_once(namespace)


def test_a_release_by_server_side_apply_is_one_rollout(namespace: Namespace, injected: Object) -> None:
    text = json.dumps(_with_second_container(injected))
    namespace.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=text)
    _released_once(namespace)


def test_kubectl_replace_keeps_the_injection(namespace: Namespace, injected: Object) -> None:
    released = with_environment(injected, GREETING="hello")
    namespace.kubectl("replace", "-f", "-", stdin=json.dumps(released))
    assert namespace.environment("orders")["GREETING"] == {"name": "GREETING", "value": "hello"}
    _released_once(namespace)


def test_a_release_that_touches_nothing_of_ours_needs_no_patch(
    namespace: Namespace, injected: Object, webhook: WebhookProcess
) -> None:
    before = len(webhook.log.splitlines())
    namespace.kubectl("patch", "deployment", "orders", "--patch", _annotated("released", "twice"))
    namespace.kubectl("patch", "deployment", "orders", "--patch", _annotated("released", "again"))
    written = [line for line in webhook.log.splitlines()[before:] if namespace.name in line]
    assert len(written) <= 1, "the first annotation of a template changes the record, the second nothing"
    assert namespace.generation("orders") == 4


def _replace(namespace: Namespace, manifest: Object) -> None:
    """By `kubectl replace`: reports of a rollout would get in between what it reads and what it writes."""
    namespace.kubectl("rollout", "status", "deployment/orders", "--timeout=90s")
    namespace.kubectl("replace", "-f", "-", stdin=json.dumps(manifest))


def _annotated(key: str, value: str) -> str:
    return json.dumps({"spec": {"template": {"metadata": {"annotations": {key: value}}}}})


def test_what_is_no_release_never_reaches_the_webhook(
    namespace: Namespace, injected: Object, webhook: WebhookProcess
) -> None:
    before = webhook.outcomes("/workloads")
    namespace.kubectl("scale", "deployment", "orders", "--replicas=2")
    namespace.kubectl("annotate", "deployment", "orders", "team=shop")
    namespace.kubectl("rollout", "status", "deployment/orders", "--timeout=90s")
    assert webhook.outcomes("/workloads") == before


def test_an_undo_is_obeyed_and_stays_obeyed(namespace: Namespace, injected: Object) -> None:
    namespace.kubectl("rollout", "undo", "deployment/orders")
    namespace.wait_for_state("orders", UNDONE)
    _replace(namespace, with_environment(injected, GREETING="hello"))
    namespace.wait_for_next_pass()
    assert namespace.state("orders") == UNDONE
    assert namespace.record("orders") == {}


def test_who_opts_out_is_let_go_in_peace(namespace: Namespace, injected: Object) -> None:
    namespace.kubectl("label", "deployment", "orders", f"{names.INJECT_LABEL}=false")
    namespace.wait_for_next_pass()
    released = with_environment(injected, GREETING="hello")
    released["metadata"]["labels"] = released["metadata"]["labels"] | {names.INJECT_LABEL: "false"}
    _replace(namespace, released)
    namespace.wait_for_next_pass()
    assert namespace.record("orders") == {}
    assert set(namespace.environment("orders")) == {"GREETING"}


def test_the_revision_stays_while_the_policys_newest_waits(namespace: Namespace, injected: Object) -> None:
    before = namespace.record("orders")["revision"]
    change = {"spec": {"propagation": {"propagators": ["b3"]}, "rollout": {"paused": True}}}
    namespace.kubectl("patch", POLICIES, "shop", "--type=merge", "--patch", json.dumps(change))
    namespace.wait_for_state("orders", "Waiting/Paused")
    namespace.apply(_with_second_container(injected))
    assert namespace.record("orders")["revision"] == before
    for container in namespace.template("orders")["spec"]["containers"]:
        assert {"name": "OTEL_PROPAGATORS", "value": "tracecontext,baggage"} in container["env"]
