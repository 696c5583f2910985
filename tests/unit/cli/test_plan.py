import json
from pathlib import Path

import pytest
import yaml

from tests.unit.cli.conftest import CATALOGUE, DATA, POLICY, Call

SHOP = "TracingPolicy/shop/shop"
ARGUMENTS = ("plan", "-f", str(DATA / "shop.yaml"), "-f", str(DATA / "unusual.yaml"), "-p", POLICY)


def test_the_plan_shows_each_workload_and_what_to_do(call: Call) -> None:
    lines = call(*ARGUMENTS).stdout.splitlines()
    assert lines[0].startswith("WORKLOAD ")
    (orders,) = [line for line in lines if line.startswith("shop/StatefulSet/orders ")]
    assert [cell.strip() for cell in orders.split("   ") if cell.strip()] == [
        "shop/StatefulSet/orders", "Injected", "app: java", "-",
    ]  # fmt: skip
    start = lines.index(
        "shop/StatefulSet/orders, by TracingPolicy/shop/shop: collector Sidecar, delivery InitContainer"
    )
    assert lines[start + 1] == "  app: java: environment: spec.containers[app].env sets JAVA_TOOL_OPTIONS"
    assert lines[start + 2].startswith("  app: left to you: OTEL_PROPAGATORS: is b3 ")
    assert "OtherAgent: Another tracing agent is at work; two in one process break each other." in "\n".join(lines)
    assert lines[-1] == "7 workloads: 2 injected, 2 skipped, 3 selected by no policy"


@pytest.mark.parametrize(("form", "read"), [("json", json.loads), ("yaml", yaml.safe_load)])
def test_programs_get_the_same_as_data(call: Call, form: str, read) -> None:
    plan = read(call(*ARGUMENTS, "-o", form).stdout)
    assert plan["counts"] == {"Injected": 2, "NotSelected": 3, "Skipped": 2}
    workloads = {workload["workload"]: workload for workload in plan["workloads"]}
    storefront = workloads["shop/Deployment/storefront"]
    assert storefront["agents"]["app"]["names"] == ["nodejs"]
    assert "node" in storefront["agents"]["app"]["evidence"]
    assert [skipped["container"] for skipped in storefront["skipped"]] == ["istio-proxy"]
    assert {change["path"] for change in storefront["changes"]} >= {
        "/spec/containers/app/env/NODE_OPTIONS",
        "/spec/initContainers/tracereach-collector",
    }
    assert {key: storefront[key] for key in ("policy", "outcome", "collector", "delivery", "leftToUser", "notes")} == {
        "policy": "TracingPolicy/shop/shop",
        "outcome": "Injected",
        "collector": "Sidecar",
        "delivery": "InitContainer",
        "leftToUser": {},
        "notes": [],
    }
    assert workloads["shop/Deployment/opted-out"]["skipped"][0]["remedy"] == (
        "Remove the label, or the pod template's annotation, to trace it."
    )


def manifest(pod: str = "containers: [{name: app, image: node, command: [node]}]", more: str = "") -> str:
    """A Deployment that the policy selects."""
    return (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: shop, labels: {tracing: enabled}}\n"
        f"spec:\n  replicas: 2\n  template: {{spec: {{{pod}}}}}\n{more}"
    )


def test_a_workload_that_is_away_while_it_is_rolled_out_is_told(call: Call) -> None:
    text = manifest(more="  strategy: {type: Recreate}\n")
    result = call("plan", "-f", "-", "-p", POLICY, stdin=text)
    assert "  note: it is away while it is rolled out: its strategy is Recreate" in result.stdout


def test_a_pod_on_the_host_network_goes_without_a_sidecar(call: Call) -> None:
    text = manifest("hostNetwork: true, containers: [{name: app, command: [java]}]")
    result = call("plan", "-f", "-", "-p", POLICY, "-o", "json", stdin=text)
    (workload,) = json.loads(result.stdout)["workloads"]
    assert workload["collector"] == "Direct"
    assert workload["notes"] == [
        "it gets no sidecar, because of hostNetwork: its spans go to the backend, unseen by coverage",
        (
            "hostNetwork without dnsPolicy: ClusterFirstWithHostNet keeps it from names of Services:"
            " spans get to no collector or endpoint that is named so"
        ),
    ]


def test_without_a_container_to_inject_the_reason_of_each_is_there(call: Call) -> None:
    text = manifest("containers: [{name: istio-proxy}, {name: envoy}]")
    result = call("plan", "-f", "-", "-p", POLICY, stdin=text)
    lines = result.stdout.split("Coverage of ")[0].splitlines()
    assert [line.split(":")[0] for line in lines[-2:]] == ["NoContainer", "Proxy"]
    assert "  istio-proxy: Proxy: the Istio proxy, by its name" in result.stdout


def test_what_is_odd_about_a_policy_is_said_on_standard_error(call: Call, tmp_path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text((DATA / "policy.yaml").read_text().replace(":4317", ":4318"))
    for command in ("plan", "inject"):
        result = call(command, "-f", "-", "-p", str(policy), stdin=manifest())
        assert "Warning: TracingPolicy/shop/shop: spec.export.endpoint: port 4318 does not usually speak grpc" in (
            result.stderr
        )


def test_a_plan_of_a_dry_run_shows_what_would_be_done(call: Call, tmp_path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text((DATA / "policy.yaml").read_text() + "  mode: DryRun\n")
    result = call("plan", "-f", str(DATA / "shop.yaml"), "-p", str(policy), "-o", "json")
    (storefront, *_) = json.loads(result.stdout)["workloads"]
    assert storefront["outcome"] == "Skipped"
    assert storefront["agents"]["app"]["names"] == ["nodejs"]
    assert [skipped["reason"] for skipped in storefront["skipped"]] == ["DryRun", "Proxy"]


SET_BY_USER = manifest(
    "containers: [{name: app, command: [node], env: [{name: NODE_OPTIONS, value: --no-deprecation}]}]"
)


@pytest.mark.parametrize(
    ("settings", "arguments", "outcome"),
    [
        ("", (), "Injected"),
        ("webhook: true\n", (), "Injected"),
        ("webhook: false\n", (), "Skipped"),
        ("webhook: false\n", ("--webhook",), "Injected"),
        ("webhook: true\n", ("--no-webhook",), "Skipped"),
    ],
)
def test_the_plan_decides_as_the_operator_with_or_without_its_webhook(
    call: Call, tmp_path: Path, settings: str, arguments: tuple[str, ...], outcome: str
) -> None:
    catalogue = (DATA / "catalogue.yaml").read_text()
    path = tmp_path / "settings.yaml"
    path.write_text(settings + "catalogue:\n  " + catalogue.replace("\n", "\n  ") if settings else catalogue)
    given = ("-f", "-", "-p", POLICY, "--catalogue", str(path))
    (workload,) = json.loads(call("plan", *given, *arguments, "-o", "json", stdin=SET_BY_USER).stdout)["workloads"]
    assert workload["outcome"] == outcome
    assert ("NeedsWebhook" in str(workload["skipped"])) is (outcome == "Skipped")
    (note,) = workload["notes"]
    assert note.startswith("the webhook puts" if outcome == "Injected" else "tracereach inject can write it")
    assert "--no-deprecation --require" in call("inject", *given, stdin=SET_BY_USER).stdout


UNSELECTED = manifest().replace("tracing: enabled", "tracing: never")
SKIPPED = manifest("containers: [{name: envoy}]")
OPTED_OUT = manifest().replace("enabled", 'enabled, tracereach.dev/inject: "false"')


@pytest.mark.parametrize("command", ["plan", "inject"])
@pytest.mark.parametrize(
    ("text", "asked", "said"),
    [
        (SKIPPED, ("skipped",), "shop/Deployment/a: Skipped, NoContainer\n"),
        (SKIPPED, ("not-selected",), ""),
        (UNSELECTED, ("not-selected",), "shop/Deployment/a: NotSelected\n"),
        (UNSELECTED, ("skipped", "not-selected"), "shop/Deployment/a: NotSelected\n"),
        (OPTED_OUT, ("skipped", "not-selected"), ""),
        (manifest(), ("skipped", "not-selected"), ""),
        (SKIPPED, (), ""),
    ],
)
def test_a_pipeline_can_fail_on_what_gets_nothing(
    call: Call, command: str, text: str, asked: tuple[str, ...], said: str
) -> None:
    options = [word for one in asked for word in ("--fail-on", one)]
    result = call(command, "-f", "-", "-p", POLICY, *CATALOGUE, *options, stdin=text)
    assert result.exit_code == (3 if said else 0)
    assert result.stderr.endswith(said)
    assert bool(result.stdout) is (command == "plan" or not said)


def test_the_rollout_is_shown_stage_by_stage_with_its_restarts_and_time(call: Call, tmp_path: Path) -> None:
    shop = "\n---\n".join(_deployment(f"w{number}", replicas=number + 1) for number in range(3))
    agent = (
        _deployment("agent", replicas=1).replace("kind: Deployment", "kind: DaemonSet").replace("replicas: 1", "x: 1")
    )
    (tmp_path / "shop.yaml").write_text(f"{shop}\n---\n{agent}")
    lines = call("plan", "-f", str(tmp_path), "-p", _paced(tmp_path, "waves: [50%, 100%], bakeSeconds: 60")).stdout
    rollout, _, coverage = lines.partition("Coverage of ")
    assert rollout.splitlines()[-4:] == [
        f"Rollout of {SHOP}: 4 workloads, 6 pods and those of 1 DaemonSet replaced, 1 at once, about 6 min",
        "  canaries: shop/DaemonSet/agent (1 workload, 0 pods and those of 1 DaemonSet replaced)",
        "  wave 1 of 2: shop/Deployment/w0 (1 workload, 1 pod replaced)",
        "  wave 2 of 2: shop/Deployment/w1, shop/Deployment/w2 (2 workloads, 5 pods replaced)",
    ]
    assert coverage.endswith("\n4 workloads: 4 injected, 0 skipped, 0 selected by no policy\n")


def test_programs_get_the_rollout_as_data(call: Call, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text("\n---\n".join(_deployment(f"w{number}", replicas=2) for number in range(2)))
    policy = _paced(tmp_path, "canary: 0, waves: [100%], maxConcurrent: 2, maxNewTargets: 1")
    (rollout,) = json.loads(call("plan", "-f", str(tmp_path), "-p", policy, "-o", "json").stdout)["rollouts"]
    names = ["shop/Deployment/w0", "shop/Deployment/w1"]
    assert rollout == {
        "policy": "TracingPolicy/shop/shop",
        "stages": [{"stage": "Wave", "wave": 1, "workloads": names, "pods": 4}],
        "waves": 1,
        "maxConcurrent": 2,
        "workloads": 2,
        "pods": 4,
        "injectedAlready": 0,
        "estimatedSeconds": 60,
        "approval": 2,
        "waiting": [],
    }
    text = call("plan", "-f", str(tmp_path), "-p", policy).stdout
    assert "needs approval: the annotation tracereach.dev/approved-targets=2 on the policy" in text


def test_what_is_no_number_in_a_file_is_for_the_api_server_to_refuse(call: Call, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(_deployment("w", replicas='"two"') + "\nstatus: none\n")
    assert "1 workload, 1 pod replaced" in call("plan", "-f", str(tmp_path), "-p", POLICY).stdout


def test_where_nothing_is_injected_there_is_no_rollout(call: Call, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(_deployment("w", replicas=1).replace("enabled", "off"))
    assert "Rollout" not in call("plan", "-f", str(tmp_path), "-p", POLICY).stdout


def _deployment(name: str, *, replicas: object) -> str:
    text = manifest("containers: [{name: app, image: java, env: [{name: JAVA_HOME, value: /java}]}]")
    return text.replace("name: a,", f"name: {name},").replace("replicas: 2", f"replicas: {replicas}").rstrip()


def _paced(directory: Path, rollout: str) -> str:
    body = yaml.safe_load(Path(POLICY).read_text())
    body["spec"]["rollout"] = yaml.safe_load(f"{{{rollout}}}")
    file = directory / "policy.yml.txt"
    file.write_text(yaml.safe_dump(body))
    return str(file)
