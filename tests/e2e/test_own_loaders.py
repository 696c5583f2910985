"""Variables that the user sets and an agent has to extend: both take effect, and no template holds what is the user's.

The webhook merges them in each pod, so they are only there to be seen in pods.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.shop import steps
from tests.shop.kubernetes import get, kubectl
from tests.shop.services import Services

OWN = {
    "storefront": {"name": "NODE_OPTIONS", "valueFrom": {"configMapKeyRef": {"name": "options", "key": "node"}}},
    "orders": {"name": "PYTHONPATH", "value": "/app/plugins"},
    "payments": {"name": "JAVA_TOOL_OPTIONS", "value": "-Xmx96m"},
    "ledger": {"name": "OTEL_RESOURCE_ATTRIBUTES", "value": "team=books"},
}


@pytest.fixture
def own_loaders(shop: Services) -> Iterator[dict[str, str]]:
    """The shop with variables of its own; its templates, as they are then."""
    kubectl(
        "create",
        "configmap",
        "options",
        "--namespace",
        steps.NAMESPACE,
        "--from-literal=node=--max-http-header-size=20000",
    )
    for service, entry in OWN.items():
        container = get("deployment", service, "--namespace", steps.NAMESPACE)["spec"]["template"]["spec"][
            "containers"
        ][0]
        patch = {"spec": {"template": {"spec": {"containers": [{"name": container["name"], "env": [entry]}]}}}}
        kubectl("patch", "deployment", service, "--namespace", steps.NAMESPACE, "--patch", json.dumps(patch))
    steps.wait_until_rolled_out()
    yield steps.pod_templates()
    for service, entry in OWN.items():
        kubectl("set", "env", f"deployment/{service}", "--namespace", steps.NAMESPACE, f"{entry['name']}-")
    steps.wait_until_rolled_out()
    kubectl("delete", "configmap", "options", "--namespace", steps.NAMESPACE)


def app_of(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The environment of the first container, by name."""
    return {entry["name"]: entry for entry in body["spec"]["containers"][0].get("env") or []}


@pytest.mark.parametrize("delivery", ["ImageVolume", "InitContainer"])
def test_what_the_user_sets_and_what_the_agents_need_are_both_in_the_pods(
    shop: Services, own_loaders: dict[str, str], delivery: str
) -> None:
    steps.apply_policy(delivery=delivery)
    steps.wait_until_injected()

    answer = steps.buy(shop, "12")
    spans = steps.wait_for_trace(shop, answer.trace_id)
    assert answer.body["user_id"] == "12"
    assert {span["workload"] for span in spans} == {f"shop/Deployment/{name}" for name in steps.SERVICES}

    for service, entry in OWN.items():
        name = entry["name"]
        template = get("deployment", service, "--namespace", steps.NAMESPACE)["spec"]["template"]
        pods = get(
            "pods",
            "--namespace",
            steps.NAMESPACE,
            "--selector",
            f"app.kubernetes.io/name={service},tracereach.dev/merge=done",
        )["items"]
        assert app_of(template) == app_of(json.loads(own_loaders[service])), "the template gained nothing there"
        assert pods, service
        for pod in pods:
            merged = app_of(pod)[name]["value"]
            users = entry.get("value") or f"$(TRACEREACH_USER_{name})"
            assert users in merged
            assert merged != users

    steps.delete_policy()
    assert steps.pod_templates() == own_loaders
