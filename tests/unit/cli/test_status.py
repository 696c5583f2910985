import json
from pathlib import Path

import pytest

from tests.unit.cli.api_server import ObjectServer
from tests.unit.cli.conftest import Call
from tracereach.cluster.resources import CLUSTER_POLICIES, POLICIES, TRACED_WORKLOADS

POLICY = {
    "apiVersion": "tracereach.dev/v1alpha1",
    "kind": "TracingPolicy",
    "metadata": {"name": "shop", "namespace": "shop"},
    "status": {
        "conditions": [{"type": "Ready", "status": "False"}],
        "workloads": {"matched": 3, "injected": 2, "healthy": 1},
        "coverage": {
            "configured": {"count": 3, "total": 3, "ratio": "1"},
            "rolledOut": {"count": 2, "total": 3, "ratio": "0.667"},
            "observed": {"count": 0, "total": 0},
            "reach": "0.5",
            "breaks": 1,
            "message": "too few calls",
            "edges": [
                {
                    "caller": "shop/Deployment/storefront",
                    "callee": "shop/Deployment/orders",
                    "calls": 40,
                    "carried": 2,
                    "state": "Broken",
                }
            ],
            "worst": [
                {
                    "caller": "shop/Deployment/storefront",
                    "callee": "shop/Deployment/orders",
                    "at": "shop/Deployment/orders",
                    "cause": "SamplerDrops",
                    "remedy": "Use another sampler.",
                }
            ],
        },
    },
}
NEW_POLICY = {**POLICY, "kind": "ClusterTracingPolicy", "metadata": {"name": "everywhere"}, "status": {}}


def traced(name: str, **status: object) -> dict[str, object]:
    return {
        "apiVersion": "tracereach.dev/v1alpha1",
        "kind": "TracedWorkload",
        "metadata": {"name": f"deployment-{name}", "namespace": "shop"},
        "spec": {"kind": "Deployment", "name": name, "uid": "1", "policy": "TracingPolicy/shop/shop"},
        "status": status,
    }


@pytest.fixture
def shop(server: ObjectServer) -> ObjectServer:
    workloads = (
        traced("storefront", state="Healthy", reason="Injected", revision="0123456789", agents=["nodejs"]),
        traced("orders", state="Skipped", reason="OtherAgent", message="Datadog"),
        traced("ledger", state="Waiting", reason="AReasonOfALaterVersion"),
        traced("new"),
    )
    server.put(CLUSTER_POLICIES.collection(), NEW_POLICY)
    for namespace in (None, "shop"):
        server.put(POLICIES.collection(namespace), POLICY)
        server.put(TRACED_WORKLOADS.collection(namespace), *workloads)
    return server


def test_everything_is_on_one_page(call: Call, shop: ObjectServer) -> None:
    lines = call("status").stdout.splitlines()
    assert [line.split() for line in lines[:3]] == [
        ["POLICY", "MATCHED", "INJECTED", "HEALTHY", "REACH", "BREAKS", "READY"],
        ["ClusterTracingPolicy/everywhere", "-", "-", "-", "-", "-", "-"],
        ["TracingPolicy/shop/shop", "3", "2", "1", "0.5", "1", "False"],
    ]
    levels = "configured 3 of 3, rolled out 2 of 3, observed unknown (too few calls)"
    assert lines[3] == f"Coverage of TracingPolicy/shop/shop: {levels}"
    assert lines[4] == "  storefront -> orders: SamplerDrops at orders. Use another sampler."
    assert ["shop/Deployment/storefront", "shop/Deployment/orders", "40", "2", "Broken"] in [
        line.split() for line in lines
    ]
    row = [
        "shop",
        "Deployment",
        "storefront",
        "TracingPolicy/shop/shop",
        "0123456789",
        "Healthy",
        "Injected",
        "nodejs",
        "-",
    ]
    assert row in [line.split() for line in lines]
    explained = lines.index(
        "OtherAgent (1 workload): Another tracing agent is at work; two in one process break each other."
    )
    assert lines[explained + 1] == "  Remove the other agent, or opt the workload out."


def test_warnings_and_workloads_that_have_no_row_are_named(call: Call, shop: ObjectServer) -> None:
    left = [
        {"workload": "shop/Deployment/orders", "reason": "OtherAgent", "message": "Datadog"},
        {"workload": "shop/Deployment/batch", "reason": "OptedOut", "message": "label of its namespace"},
    ]
    told = {**POLICY, "status": {"warnings": ["spec.rollout.waves[1]: 5% is not more"], "skipped": left}}
    shop.put(
        POLICIES.collection(), told | {"metadata": POLICY["metadata"] | {"deletionTimestamp": "2026-11-28T04:00:00Z"}}
    )
    lines = call("status").stdout.splitlines()
    assert lines[2].split()[-1] == "Terminating"
    notes = [line for line in lines if line.startswith("TracingPolicy/shop/shop: ")]
    assert notes == [
        "TracingPolicy/shop/shop: warning: spec.rollout.waves[1]: 5% is not more",
        "TracingPolicy/shop/shop: leaves shop/Deployment/batch alone: OptedOut (label of its namespace)",
    ]


def test_what_is_outdated_is_explained_though_it_is_healthy(call: Call, shop: ObjectServer) -> None:
    shop.put(TRACED_WORKLOADS.collection(), traced("storefront", state="Healthy", reason="Outdated"))
    assert "tracereach upgrade" in call("status").stdout


def test_programs_get_the_objects(call: Call, shop: ObjectServer) -> None:
    items = json.loads(call("status", "-A", "-o", "json").stdout)["items"]
    assert items[:2] == [NEW_POLICY, POLICY]
    assert len(items) == 6


def test_who_has_rights_in_one_namespace_alone_sees_that(call: Call, shop: ObjectServer) -> None:
    forbidden = {"kind": "Status", "code": 403, "reason": "Forbidden", "message": "clustertracingpolicies is forbidden"}
    shop.answers[CLUSTER_POLICIES.collection()] = (403, forbidden)
    assert "TracingPolicy/shop/shop" in call("status", "-n", "shop").stdout
    result = call("status")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("is forbidden (403 Forbidden). " + call_advice(403))


def call_advice(status: int) -> str:
    advice = {
        401: "Log in again: the server does not accept the credentials of the kubeconfig.\n",
        403: "Ask for that right; the ClusterRole view has it for reading, and edit for deleting policies.\n",
    }
    return advice[status]


def test_without_our_kinds_it_says_what_to_install(call: Call, server: ObjectServer) -> None:
    result = call("status")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("the cluster has no tracingpolicies.tracereach.dev: install the Helm chart")


def test_without_policies_it_says_so(call: Call, server: ObjectServer) -> None:
    for resource in (CLUSTER_POLICIES, POLICIES, TRACED_WORKLOADS):
        server.put(resource.collection())
    assert call("status").stdout == "No policies.\n"


def test_expired_credentials_are_one_line(call: Call, server: ObjectServer) -> None:
    server.answers[CLUSTER_POLICIES.collection()] = (401, {"kind": "Status", "reason": "Unauthorized"})
    result = call("status")
    assert result.exit_code == 1
    assert result.stderr.endswith(call_advice(401))
    assert len(result.stderr.splitlines()) == 1


def test_an_absent_kubeconfig_and_an_absent_server_are_one_line_each(
    call: Call, server: ObjectServer, tmp_path: Path
) -> None:
    absent = call("status", "--kubeconfig", str(tmp_path / "absent"))
    assert (absent.exit_code, len(absent.stderr.splitlines())) == (1, 1)
    assert "Name a readable kubeconfig file." in absent.stderr
    kubeconfig = tmp_path / "nobody"
    kubeconfig.write_text(server.kubeconfig().replace(f":{server.port}", ":1"))
    nobody = call("status", "--kubeconfig", str(kubeconfig))
    assert (nobody.exit_code, len(nobody.stderr.splitlines())) == (1, 1)
    assert "Check that the API server can be reached" in nobody.stderr


def test_a_context_names_another_cluster(call: Call, server: ObjectServer, tmp_path: Path) -> None:
    server.put(POLICIES.collection(), POLICY)
    server.put(CLUSTER_POLICIES.collection())
    server.put(TRACED_WORKLOADS.collection())
    away = {"name": "away", "cluster": {"server": "http://127.0.0.1:1"}}
    content = json.loads(server.kubeconfig())
    content["clusters"].append(away)
    content["contexts"].append({"name": "away", "context": {"cluster": "away", "user": "test"}})
    content["current-context"] = "away"
    (tmp_path / "two").write_text(json.dumps(content))
    assert call("status", "--kubeconfig", str(tmp_path / "two")).exit_code == 1
    result = call("status", "--kubeconfig", str(tmp_path / "two"), "--context", "test")
    assert (result.exit_code, "TracingPolicy/shop/shop" in result.stdout) == (0, True)
