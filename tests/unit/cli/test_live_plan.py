"""`tracereach plan --cluster`: the same plan, for what runs."""

import json
from typing import Any

import pytest
import yaml

from tests.unit.cli.api_server import ObjectServer
from tests.unit.cli.conftest import CATALOGUE, DATA, POLICY, Call
from tracereach.cluster.resources import (
    CLUSTER_POLICIES,
    NAMESPACES,
    POLICIES,
    SERVICES,
    TRACED_WORKLOADS,
    WORKLOADS,
    Object,
)

BODY = yaml.safe_load((DATA / "policy.yaml").read_text())


def deployment(name: str, *, ready: int = 2) -> Object:
    """As the API server lists it: without its kind."""
    container = {"name": "app", "image": "shop", "env": [{"name": "JAVA_HOME", "value": "/java"}]}
    counts = {"replicas": 2, "updatedReplicas": 2, "readyReplicas": ready, "availableReplicas": ready}
    return {
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": f"uid-{name}",
            "labels": {"tracing": "enabled"},
            "generation": 3,
            "managedFields": [{"manager": "kubectl"}],
        },
        "spec": {"replicas": 2, "template": {"spec": {"containers": [container]}}},
        "status": {"observedGeneration": 3} | counts,
    }


def latched(name: str) -> Object:
    """The TracedWorkload of one that was put back."""
    return {
        "metadata": {"name": f"deployment-{name}", "namespace": "shop", "resourceVersion": "1"},
        "spec": {"kind": "Deployment", "name": name, "uid": f"uid-{name}", "policy": "TracingPolicy/shop/shop"},
        "status": {"state": "Latched", "reason": "UndoneByUser", "latched": "REVISION"},
    }


@pytest.fixture
def cluster(server: ObjectServer) -> ObjectServer:
    server.put(NAMESPACES.collection(), {"metadata": {"name": "shop", "labels": {}}})
    for resource in (*WORKLOADS.values(), SERVICES, POLICIES, CLUSTER_POLICIES, TRACED_WORKLOADS):
        server.put(resource.collection())
    server.put(WORKLOADS["Deployment"].collection(), deployment("orders"), deployment("payments", ready=1))
    return server


def rollout(call: Call, *arguments: str) -> dict[str, Any]:
    result = call("plan", "--cluster", *CATALOGUE, "-o", "json", *arguments)
    assert result.exit_code == 0, result.stderr
    (found,) = json.loads(result.stdout)["rollouts"]
    return dict(found)


def goers(found: dict[str, Any]) -> list[str]:
    return [workload for stage in found["stages"] for workload in stage["workloads"]]


def test_a_policy_of_a_file_is_planned_for_the_workloads_that_run(call: Call, cluster: ObjectServer) -> None:
    found = rollout(call, "-p", POLICY)
    assert (goers(found), found["pods"]) == (["shop/Deployment/orders"], 2)
    assert [(one["workload"], one["reason"]) for one in found["waiting"]] == [
        ("shop/Deployment/payments", "UnhealthyBefore")
    ]


def test_without_one_it_is_for_the_policies_of_the_cluster(call: Call, cluster: ObjectServer) -> None:
    metadata = BODY["metadata"] | {"uid": "1", "creationTimestamp": "2026-01-01T00:00:00Z"}
    going = metadata | {"name": "going", "deletionTimestamp": "2026-01-01T00:00:00Z"}
    refused = {"metadata": metadata | {"name": "refused"}, "spec": BODY["spec"] | {"mode": "Maybe"}}
    listed = {"metadata": metadata, "spec": BODY["spec"]}
    cluster.put(POLICIES.collection(), listed, {"metadata": going, "spec": BODY["spec"]}, refused)
    assert goers(rollout(call)) == ["shop/Deployment/orders"]
    assert "TracingPolicy/shop/refused is not accepted: spec.mode" in call("plan", "--cluster", *CATALOGUE).stderr


def test_services_of_the_cluster_tell_who_calls_whom(call: Call, cluster: ObjectServer) -> None:
    caller = deployment("orders")
    template = caller["spec"]["template"]
    template["spec"]["containers"][0]["env"].append({"name": "PAYMENTS_URL", "value": "http://10.96.0.7:8080"})
    behind = deployment("payments", ready=1)
    behind["spec"]["template"]["metadata"] = {"labels": {"app": "payments"}}
    cluster.put(WORKLOADS["Deployment"].collection(), caller, behind)
    spec = {"selector": {"app": "payments"}, "clusterIPs": ["10.96.0.7"]}
    cluster.put(SERVICES.collection(), {"metadata": {"name": "pay", "namespace": "shop"}, "spec": spec})
    result = call("plan", "--cluster", *CATALOGUE, "-o", "json", "-p", POLICY)
    (coverage,) = json.loads(result.stdout)["coverage"]
    assert coverage["after"]["configured"] == {"count": 1, "total": 2, "ratio": "0.5"}
    (found,) = coverage["breaks"]
    assert (found["caller"], found["callee"], found["cause"]) == (
        "shop/Deployment/orders", "shop/Deployment/payments", "NotInstrumented",
    )  # fmt: skip
    assert found["message"].startswith("UnhealthyBefore: ")


def test_a_workload_that_is_latched_stays_without_injection(call: Call, cluster: ObjectServer) -> None:
    text = json.dumps(latched("orders")).replace("REVISION", _revision(call))
    cluster.put(TRACED_WORKLOADS.collection(), json.loads(text))
    result = call("plan", "--cluster", *CATALOGUE, "-o", "json", "-p", POLICY)
    (coverage,) = json.loads(result.stdout)["coverage"]
    assert coverage["after"]["configured"]["count"] == 0


def test_what_is_remembered_of_a_workload_counts(call: Call, cluster: ObjectServer) -> None:
    revision = _revision(call)
    text = json.dumps(latched("orders")).replace("REVISION", revision)
    cluster.put(TRACED_WORKLOADS.collection(), json.loads(text))
    assert goers(rollout(call, "-p", POLICY)) == []
    other = json.loads(text)
    other["spec"]["uid"] = "of another one that had the name before"
    cluster.put(TRACED_WORKLOADS.collection(), other)
    assert goers(rollout(call, "-p", POLICY)) == ["shop/Deployment/orders"]


def _revision(call: Call) -> str:
    """That of the policy, as it stands in the record of an injection."""
    injected = call("inject", "-f", str(DATA / "shop.yaml"), "-p", POLICY, *CATALOGUE, "-o", "json").stdout
    return str(injected.partition('tracereach.dev/revision": "')[2].partition('"')[0])


def test_a_cluster_without_our_kinds_can_be_planned_for_with_a_policy_of_a_file(
    call: Call, cluster: ObjectServer
) -> None:
    for resource in (POLICIES, CLUSTER_POLICIES, TRACED_WORKLOADS):
        del cluster.collections[resource.collection()]
    assert goers(rollout(call, "-p", POLICY)) == ["shop/Deployment/orders"]
    result = call("plan", "--cluster")
    assert (result.exit_code, "install the Helm chart" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--cluster", "-f", "x"), "--cluster and -f exclude each other"),
        (("-p", POLICY), "Missing option '-f' / '--filename'"),
        (("-f", str(DATA)), "Missing option '-p' / '--policy'"),
    ],
)
def test_files_or_a_cluster(call: Call, arguments: tuple[str, ...], says: str) -> None:
    result = call("plan", *arguments)
    assert (result.exit_code, says in result.stderr) == (2, True)
