"""What the chart's pods and accounts may do: as little as the features need."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.chart.helm import Object, find, render

NEVER = {
    "secrets",
    "configmaps",
    "pods/exec",
    "pods/log",
    "pods/attach",
    "pods/portforward",
    "pods/ephemeralcontainers",
    "nodes/proxy",
    "serviceaccounts/token",
    "roles",
    "rolebindings",
    "clusterroles",
    "clusterrolebindings",
    "mutatingwebhookconfigurations",
    "validatingwebhookconfigurations",
    "*",
}
WORKLOADS = {"deployments", "statefulsets", "daemonsets"}


def rules(objects: list[Object]) -> Iterator[tuple[str, Object]]:
    for each in objects:
        if each["kind"] in {"Role", "ClusterRole"}:
            yield from ((each["metadata"]["name"], rule) for rule in each["rules"])


def pods(objects: list[Object]) -> dict[str, Object]:
    return {
        each["metadata"]["name"]: each["spec"].get("jobTemplate", each)["spec"]["template"]["spec"]
        for each in objects
        if each["kind"] in {"Deployment", "Job", "CronJob"}
    }


def test_no_role_reaches_what_nobody_needs() -> None:
    reached = {
        (name, resource): (rule.get("resourceNames"), rule["verbs"])
        for name, rule in rules(render())
        for resource in NEVER.intersection(rule["resources"])
    }
    assert reached == {
        ("tracereach-certificates", "secrets"): (["tracereach-webhook-self-signed"], ["get", "patch"]),
        ("tracereach-certificates", "mutatingwebhookconfigurations"): (["tracereach-webhook"], ["get", "patch"]),
    }


def test_logs_are_read_only_where_somebody_wants_that() -> None:
    reached = [
        (name, rule["verbs"])
        for name, rule in rules(render({"operator": {"readLogs": True}}))
        if "pods/log" in rule["resources"]
    ]
    assert reached == [("tracereach-operator", ["get"])]


def test_config_maps_are_read_only_where_somebody_wants_that() -> None:
    def reached(values: dict[str, Any]) -> list[tuple[str, list[str]]]:
        return [
            (name, rule["verbs"])
            for name, rule in rules(render(values))
            if "configmaps" in rule["resources"] and name == "tracereach-operator"
        ]

    assert reached({}) == []
    assert reached({"operator": {"readConfigMaps": True}}) == [("tracereach-operator", ["list", "watch"])]


def test_the_right_on_a_secret_ends_with_the_namespace() -> None:
    assert [each["kind"] for each in render() for _, rule in rules([each]) if "secrets" in rule["resources"]] == [
        "Role"
    ]


def test_the_webhook_only_reads() -> None:
    assert {verb for name, rule in rules(render()) if name == "tracereach-webhook" for verb in rule["verbs"]} == {
        "list",
        "watch",
    }


def test_no_role_has_a_wildcard_or_can_grow() -> None:
    for name, rule in rules(render()):
        assert {"*", "escalate", "bind", "impersonate"}.isdisjoint(rule["verbs"]), name
        assert "*" not in rule["apiGroups"], name


def test_workloads_are_patched_and_never_made_or_deleted() -> None:
    verbs = {
        verb
        for name, rule in rules(render())
        if name == "tracereach-operator" and WORKLOADS.intersection(rule["resources"])
        for verb in rule["verbs"]
    }
    assert verbs == {"get", "list", "watch", "patch"}


def test_what_the_operator_may_do_to_what_it_makes_and_to_pods() -> None:
    verbs = {
        resource: rule["verbs"]
        for name, rule in rules(render())
        if name == "tracereach-operator"
        for resource in rule["resources"]
        if resource in {"controllerrevisions", "events"} or resource.startswith("pods")
    }
    assert verbs == {
        "controllerrevisions": ["create", "list", "delete"],
        "events": ["create"],
        "pods": ["list", "watch", "delete"],
        "pods/eviction": ["create"],
    }


def test_the_operator_reads_by_lists_and_watches_but_for_a_workload_that_it_has_just_written() -> None:
    read = {
        resource
        for name, rule in rules(render())
        if name == "tracereach-operator" and "get" in rule["verbs"]
        for resource in rule["resources"]
    }
    assert read == WORKLOADS


def test_no_object_of_ours_blocks_the_deletion_of_its_owner() -> None:
    assert not [rule for _, rule in rules(render()) if any("/finalizers" in one for one in rule["resources"])]


def test_the_uninstall_account_has_no_more_than_it_needs() -> None:
    assert [(rule["resources"], rule["verbs"]) for name, rule in rules(render()) if name == "tracereach-uninstall"] == [
        (["tracingpolicies", "clustertracingpolicies"], ["list", "patch", "delete"]),
        (["tracedworkloads"], ["list"]),
    ]


def test_people_may_edit_policies_of_a_namespace_and_not_of_the_cluster() -> None:
    policies, workloads = find("ClusterRole", "tracereach-edit")["rules"]
    assert policies["resources"] == ["tracingpolicies"]
    assert (workloads["resources"], workloads["verbs"]) == (["tracedworkloads"], ["patch", "delete"])
    assert find("ClusterRole", "tracereach-edit")["metadata"]["labels"]["rbac.authorization.k8s.io/aggregate-to-edit"]


@pytest.mark.parametrize("pod", ["operator", "webhook", "certificates", "gateway", "uninstall"])
def test_pods_pass_pod_security_restricted(pod: str) -> None:
    spec = pods(render())[f"tracereach-{pod}"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 65532
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert {"hostNetwork", "hostPID", "hostIPC"}.isdisjoint(spec)
    assert all(volume.keys() - {"name"} <= {"configMap", "secret"} for volume in spec.get("volumes", []))
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert container["resources"]["requests"].keys() >= {"cpu", "memory"}
        assert "memory" in container["resources"]["limits"]


def test_each_pod_has_an_account_of_its_own_and_the_gateway_no_token() -> None:
    tokens = {spec["serviceAccountName"]: spec["automountServiceAccountToken"] for spec in pods(render()).values()}
    assert tokens == {
        "tracereach-operator": True,
        "tracereach-webhook": True,
        "tracereach-certificates": True,
        "tracereach-gateway": False,
        "tracereach-uninstall": True,
    }
