import json

import pytest
import yaml

from tests.unit.cli.conftest import DATA, POLICY, Call

ARGUMENTS = ("plan", "-f", str(DATA / "shop.yaml"), "-f", str(DATA / "unusual.yaml"), "-p", POLICY)


def test_the_plan_shows_each_workload_and_what_to_do(call: Call) -> None:
    lines = call(*ARGUMENTS).stdout.splitlines()
    assert lines[0].split() == ["WORKLOAD", "POLICY", "OUTCOME", "AGENTS", "DELIVERY", "LEFT", "TO", "YOU", "SKIPPED"]
    (orders,) = [line for line in lines if line.startswith("shop/StatefulSet/orders ")]
    cells = [cell.strip() for cell in orders.split("   ") if cell.strip()]
    assert cells == [
        "shop/StatefulSet/orders",
        "TracingPolicy/shop/shop",
        "Injected",
        "app: java (environment sets JAVA_TOOL_OPTIONS)",
        "InitContainer",
        "app: OTEL_PROPAGATORS",
        "-",
    ]
    assert "OtherAgent: Another tracing agent is at work; two in one process break each other." in "\n".join(lines)
    assert lines[-1] == "7 workloads: 2 injected, 2 skipped, 3 selected by no policy"


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_programs_get_the_same_as_data(call: Call, form: str, read) -> None:
    plan = read(call(*ARGUMENTS, "-o", form).stdout)
    assert plan["counts"] == {"Injected": 2, "NotSelected": 3, "Skipped": 2}
    workloads = {workload["workload"]: workload for workload in plan["workloads"]}
    assert workloads["shop/Deployment/storefront"] == {
        "workload": "shop/Deployment/storefront",
        "policy": "TracingPolicy/shop/shop",
        "outcome": "Injected",
        "agents": {"app": {"names": ["nodejs"], "evidence": "command runs node"}},
        "delivery": "InitContainer",
        "leftToUser": {},
        "skipped": [
            {"container": "istio-proxy", "reason": "Proxy", "message": "a known proxy", "remedy": "Nothing to do."}
        ],
    }
    assert workloads["shop/Deployment/opted-out"]["skipped"][0]["remedy"] == "Remove the label to trace it."


def test_a_plan_of_a_dry_run_shows_what_would_be_done(call: Call, tmp_path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text((DATA / "policy.yaml").read_text() + "  mode: DryRun\n")
    result = call("plan", "-f", str(DATA / "shop.yaml"), "-p", str(policy), "-o", "json")
    (storefront, *_) = json.loads(result.stdout)["workloads"]
    assert storefront["outcome"] == "Skipped"
    assert storefront["agents"]["app"]["names"] == ["nodejs"]
    assert [skipped["reason"] for skipped in storefront["skipped"]] == ["DryRun"]
