"""Every workload that a policy selects and does not change is named in its status, with the reason."""

import json

import pytest

from tests.integration.manifests import (
    REFUSED_BY_THE_OPERATOR,
    Object,
    cluster_policy,
    deployment,
    pace,
    policy,
    with_environment,
)
from tests.integration.namespace import INJECTED, Namespace, condition
from tests.integration.operator_process import OperatorProcess
from tests.shop.kubernetes import kubectl
from tests.waiting import wait_for, wait_for_value
from tracereach.api import names
from tracereach.api.reasons import EXPLANATIONS, Reason

PROBED = {"readinessProbe": {"exec": {"command": ["/app/check"]}}}
SKIPPED = {
    "excluded": (deployment("excluded", container={"name": "legacy"}), Reason.EXCLUDED),
    "name-clash": (
        deployment("name-clash", pod={"volumes": [{"name": "tracereach-agent-java", "emptyDir": {}}]}),
        Reason.NAME_CLASH,
    ),
    "needs-webhook": (
        with_environment(
            deployment("needs-webhook", annotations={names.AGENTS_ANNOTATION: "java"}), JAVA_TOOL_OPTIONS="-Xmx64m"
        ),
        Reason.NEEDS_WEBHOOK,
    ),
    "opted-out": (deployment("opted-out", labels={names.INJECT_LABEL: "false"}), Reason.OPTED_OUT),
    "other-agent": (
        with_environment(deployment("other-agent"), DD_TRACE_AGENT_URL="http://datadog:8126"),
        Reason.OTHER_AGENT,
    ),
    "protocol": (deployment("protocol", container={"command": ["python3", "shop.py"]}), Reason.PROTOCOL_UNSUPPORTED),
    "proxy": (deployment("proxy", container={"name": "istio-proxy"}), Reason.PROXY),
    "unknown-language": (deployment("unknown-language", container=PROBED), Reason.LANGUAGE_UNKNOWN),
    "windows": (
        deployment("windows", pod={"nodeSelector": {"kubernetes.io/os": "windows"}}),
        Reason.UNSUPPORTED_SYSTEM,
    ),
}
NODE = deployment("node", container={"command": ["node", "shop.js"]})


def test_each_skipped_workload_is_named_with_its_reason(namespace: Namespace, operator: OperatorProcess) -> None:
    namespace.apply(NODE, *(manifest for manifest, _ in SKIPPED.values()))
    before = {name: namespace.template(name) for name in SKIPPED}
    namespace.apply(policy(agents=["Auto"], containers={"exclude": ["legacy"]}))
    expected = {f"{namespace.name}/Deployment/{name}": str(reason) for name, (_, reason) in SKIPPED.items()}
    wait_for_value(
        lambda: {entry["workload"]: entry["reason"] for entry in namespace.reported()["status"].get("skipped", ())},
        expected,
    )
    namespace.wait_for_state("node", INJECTED)
    counts = wait_for(
        lambda: namespace.reported()["status"]["workloads"],
        lambda counts: counts["byReason"] == dict.fromkeys(expected.values(), 1) | {str(Reason.SCALED_TO_ZERO): 1},
    )
    assert (counts["matched"], counts["injected"], counts["skipped"]) == (10, 1, 9)
    assert {name: namespace.template(name) for name in SKIPPED} == before


def test_a_container_left_alone_is_named_beside_the_injected_one(
    namespace: Namespace, operator: OperatorProcess
) -> None:
    manifest = deployment("orders")
    manifest["spec"]["template"]["spec"]["containers"].append({"name": "envoy", "image": "example.invalid/envoy:1"})
    namespace.apply(manifest, policy())
    namespace.wait_for_state("orders", INJECTED)
    (envoy,) = namespace.traced("orders")["containers"]
    assert (envoy["container"], envoy["reason"]) == ("envoy", Reason.PROXY)


def test_the_loser_of_two_policies_says_who_won(namespace: Namespace, operator: OperatorProcess) -> None:
    namespace.apply(deployment("orders"), policy("strong", priority=1), policy("weak", resource={"attributes": {}}))
    (skipped,) = wait_for(lambda: namespace.reported("weak")["status"].get("skipped", []), bool)
    assert (skipped["workload"], skipped["reason"]) == (f"{namespace.name}/Deployment/orders", Reason.OTHER_POLICY)
    assert f"TracingPolicy/{namespace.name}/strong" in skipped["message"]


def _as_written(namespace: Namespace) -> Object:
    """`orders` without what its own controller writes there in its own time."""
    found = namespace.get("deployment", "orders")
    metadata = found["metadata"]
    annotations = metadata["annotations"].keys() - {"deployment.kubernetes.io/revision"}
    return {
        "generation": metadata["generation"],
        "labels": metadata["labels"],
        "annotations": {key: metadata["annotations"][key] for key in annotations},
        "spec": found["spec"],
    }


def test_a_dry_run_writes_nothing(namespace: Namespace, operator: OperatorProcess) -> None:
    namespace.apply(deployment("orders"))
    before = _as_written(namespace)
    namespace.apply(policy(mode="DryRun"))
    namespace.wait_for_state("orders", "Waiting/DryRun")
    assert _as_written(namespace) == before
    namespace.apply(policy())
    namespace.wait_for_state("orders", INJECTED)


def test_a_paused_policy_begins_nothing(namespace: Namespace, operator: OperatorProcess) -> None:
    namespace.apply(deployment("orders"))
    before = _as_written(namespace)
    namespace.apply(policy(rollout=pace(paused=True)))
    namespace.wait_for_state("orders", "Waiting/Paused")
    assert _as_written(namespace) == before
    progressing = wait_for(
        lambda: condition(namespace.reported(), "Progressing"), lambda one: one.get("reason") == "Paused"
    )
    assert progressing["status"] == "False"
    namespace.apply(policy())
    namespace.wait_for_state("orders", INJECTED)


def test_a_paused_workload_waits(namespace: Namespace, operator: OperatorProcess) -> None:
    manifest = deployment("orders")
    manifest["spec"]["paused"] = True
    namespace.apply(manifest, policy())
    namespace.wait_for_state("orders", "Waiting/Paused")
    assert namespace.record("orders") == {}
    namespace.kubectl("rollout", "resume", "deployment/orders")
    namespace.wait_for_state("orders", INJECTED)


def test_a_workload_that_was_unhealthy_before_is_not_touched(namespace: Namespace, operator: OperatorProcess) -> None:
    broken = deployment("orders", replicas=1, container={"image": "example.invalid/orders:1"})
    namespace.apply(broken, policy())
    namespace.wait_for_state("orders", "Waiting/UnhealthyBefore")
    namespace.wait_for_next_pass()
    assert namespace.record("orders") == {}


@pytest.fixture
def refused(namespace: Namespace, operator: OperatorProcess) -> Object:
    """The injected template of `orders`, whose policy then became one that only the operator refuses."""
    namespace.apply(deployment("orders"), policy())
    namespace.wait_for_state("orders", INJECTED)
    injected = namespace.template("orders")
    namespace.apply(policy(resource=REFUSED_BY_THE_OPERATOR, propagation={"propagators": ["b3"]}))
    wait_for(lambda: condition(namespace.reported(), "Accepted"), lambda accepted: accepted["status"] == "False")
    return injected


def test_a_refused_policy_says_which_field(namespace: Namespace, refused: Object) -> None:
    accepted = condition(namespace.reported(), "Accepted")
    assert accepted["reason"] == "Invalid"
    assert accepted["message"].startswith("spec.resource.attributes")
    assert condition(namespace.reported(), "Ready")["reason"] == "NotAccepted"


def test_a_refused_policy_leaves_what_is_injected(
    namespace: Namespace, refused: Object, operator: OperatorProcess
) -> None:
    operator.restart()
    namespace.apply(policy("other", selector={"matchLabels": {"witness": "true"}}))
    namespace.reported("other")
    assert namespace.template("orders") == refused


def test_a_mended_policy_goes_on(namespace: Namespace, refused: Object) -> None:
    namespace.apply(policy(propagation={"propagators": ["b3"]}))
    namespace.wait_for_state("orders", INJECTED)
    wait_for_value(lambda: namespace.environment("orders")["OTEL_PROPAGATORS"]["value"], "b3")


def test_a_reason_comes_with_a_remedy(namespace: Namespace, operator: OperatorProcess) -> None:
    manifest, reason = SKIPPED["other-agent"]
    namespace.apply(manifest, policy())
    namespace.wait_for_state("other-agent", f"Skipped/{reason}")
    (event,) = wait_for(lambda: namespace.events(reason))
    assert event["regarding"]["name"] == "other-agent"
    assert EXPLANATIONS[reason].remedy in event["note"]
    assert "Datadog" in event["note"]


def test_a_cluster_policy_names_skipped_workloads_too(namespace: Namespace, operator: OperatorProcess) -> None:
    manifest, reason = SKIPPED["other-agent"]
    body = cluster_policy(f"{namespace.name}-all", namespace=namespace.name)
    kubectl("apply", "-f", "-", stdin=json.dumps(body))
    try:
        namespace.apply(manifest)
        namespace.wait_for_state("other-agent", f"Skipped/{reason}")
    finally:
        kubectl("delete", f"{names.CLUSTER_POLICY_PLURAL}.{names.GROUP}", body["metadata"]["name"], "--timeout=60s")
