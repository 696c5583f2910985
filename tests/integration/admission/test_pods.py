"""Where the user sets a variable that an agent has to extend, each pod gets both; other pods are never looked at."""

from typing import Any

from tests.integration.manifests import Object, deployment, policy
from tests.integration.namespace import HEALTHY, Namespace
from tests.integration.webhook_process import WebhookProcess, running_pods
from tracereach.api import names
from tracereach.inject.containers import environment

JAVA = {"agents": ["java"]}
AGENT = "-javaagent:/otel-auto-instrumentation-java/javaagent.jar"
CONFIG = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "jvm"},
    "data": {"options": "-Xmx96m"},
}


def _injected(namespace: Namespace, *env: Object, **spec: Any) -> Object:
    """The environment of the pod of a healthy `orders` whose container has `env`."""
    namespace.apply(CONFIG, deployment("orders", replicas=1, container={"env": list(env)}), policy(**spec))
    namespace.wait_for_state("orders", HEALTHY, timeout=90)
    pod = _pod(namespace)
    (container,) = pod["spec"]["containers"]
    variables: Object = environment(container)
    return {"label": pod["metadata"]["labels"].get(names.MERGE_LABEL)} | variables


def _pod(namespace: Namespace) -> Object:
    """The one pod of `orders` that is not on its way out."""
    (pod,) = running_pods(namespace.list("pods"))
    return pod


def _seen_inside(namespace: Namespace, variable: str) -> str:
    """What a variable is in that pod. By the Deployment's name, kubectl might choose a pod that is about to go."""
    name = _pod(namespace)["metadata"]["name"]
    return namespace.kubectl("exec", name, "--", "sh", "-c", f"echo ${variable}").strip()


def test_a_literal_is_appended_to(namespace: Namespace, webhook: WebhookProcess) -> None:
    found = _injected(namespace, {"name": "JAVA_TOOL_OPTIONS", "value": "-Xmx64m"}, **JAVA)
    assert found["label"] == names.MERGE_DONE
    assert found["JAVA_TOOL_OPTIONS"]["value"] == f"-Xmx64m {AGENT}"
    assert namespace.environment("orders")["JAVA_TOOL_OPTIONS"]["value"] == "-Xmx64m", "the template stays the user's"


def test_a_reference_is_referred_to(namespace: Namespace, webhook: WebhookProcess) -> None:
    reference = {"configMapKeyRef": {"name": "jvm", "key": "options"}}
    _injected(namespace, {"name": "JAVA_TOOL_OPTIONS", "valueFrom": reference}, **JAVA)
    assert _seen_inside(namespace, "JAVA_TOOL_OPTIONS") == f"-Xmx96m {AGENT}"


def test_attributes_are_merged_and_the_users_win(namespace: Namespace, webhook: WebhookProcess) -> None:
    mine = {"name": "OTEL_RESOURCE_ATTRIBUTES", "value": "team=shop,k8s.namespace.name=mine"}
    found = _injected(namespace, mine)
    assert found["label"] == names.MERGE_DONE
    seen = _seen_inside(namespace, "OTEL_RESOURCE_ATTRIBUTES")
    attributes = dict(pair.split("=", 1) for pair in seen.split(","))
    assert attributes["team"] == "shop"
    assert attributes["k8s.namespace.name"] == "mine"
    assert attributes["k8s.deployment.name"] == "orders"


def test_pods_without_a_stamp_never_reach_the_webhook(namespace: Namespace, webhook: WebhookProcess) -> None:
    before = webhook.outcomes("/pods")
    found = _injected(namespace, {"name": "GREETING", "value": "hello"}, **JAVA)
    assert found["label"] is None
    assert found["JAVA_TOOL_OPTIONS"]["value"] == AGENT
    assert webhook.outcomes("/pods") == before


def test_an_opted_out_workload_gets_no_stamp(namespace: Namespace, webhook: WebhookProcess) -> None:
    opted_out = {names.INJECT_LABEL: "false"}
    container = {"env": [{"name": "JAVA_TOOL_OPTIONS", "value": "-Xmx64m"}]}
    before = webhook.outcomes("/pods")
    namespace.apply(deployment("orders", replicas=1, labels=opted_out, container=container), policy(**JAVA))
    namespace.wait_for_next_pass()
    namespace.kubectl("rollout", "status", "deployment/orders", "--timeout=90s")
    assert namespace.record("orders") == {}
    assert webhook.outcomes("/pods") == before
