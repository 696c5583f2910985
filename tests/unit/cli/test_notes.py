"""What a plan says of workloads beside their outcome: why none selects them, costs, and requests out of place."""

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import POLICY, Call


def manifest(
    container: str = "name: app, command: [node]",
    *,
    metadata: str = "labels: {tracing: enabled}",
    pod_metadata: str = "",
    namespace: str = "shop",
) -> str:
    """A Deployment with one container."""
    return (
        "apiVersion: apps/v1\nkind: Deployment\n"
        f"metadata: {{name: a, namespace: {namespace}, {metadata}}}\nspec:\n  replicas: 2\n"
        f"  template: {{metadata: {{{pod_metadata}}}, spec: {{containers: [{{{container}}}]}}}}\n"
    )


def planned(call: Call, text: str, *arguments: str, policy: str = POLICY) -> dict:
    """The only workload of the plan, as data."""
    result = call("plan", "-f", "-", "-p", policy, *arguments, "-o", "json", stdin=text)
    (workload,) = json.loads(result.stdout)["workloads"]
    return workload


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            manifest(namespace="default"),
            "TracingPolicy/shop/shop serves its own namespace alone, and the workload is in default",
        ),
        (
            manifest(metadata="labels: {}", pod_metadata="labels: {tracing: enabled}"),
            "TracingPolicy/shop/shop selects tracing=enabled, which its pods have, and metadata.labels of its own lack",
        ),
        (
            manifest(metadata="labels: {app: a}"),
            "its labels are app=a, and TracingPolicy/shop/shop selects tracing=enabled",
        ),
    ],
    ids=["another namespace", "the pods' labels", "no labels"],
)
def test_why_no_policy_selects_a_workload(call: Call, text: str, why: str) -> None:
    (note,) = planned(call, text)["notes"]
    assert note.startswith(f"no policy selects it: {why}")


@pytest.mark.parametrize(
    ("beside", "unknown"),
    [("", True), ("---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: store}}\n", False)],
)
def test_a_cluster_policy_needs_the_labels_of_namespaces(
    call: Call, tmp_path: Path, beside: str, *, unknown: bool
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "apiVersion: tracereach.dev/v1alpha1\nkind: ClusterTracingPolicy\nmetadata: {name: all}\nspec:\n"
        "  namespaceSelector: {matchExpressions: [{key: team, operator: In, values: [shop, web]}]}\n"
        "  selector: {matchLabels: {tracing: enabled}}\n  export: {endpoint: http://otel:4317}\n"
    )
    (note,) = planned(call, manifest() + beside, policy=str(policy))["notes"]
    assert "ClusterTracingPolicy/all serves namespaces with team In (shop, web), and the workload is in shop" in note
    assert ("add Namespace shop to the files" in note) is unknown


@pytest.mark.parametrize(
    ("container", "said"),
    [
        ("name: app, command: [java], resources: {limits: {memory: 256Mi}}", "app: the memory limit 256Mi is tight"),
        ("name: app, command: [java], resources: {limits: {memory: 383Mi}}", "230 to 330 MiB instead of 36 MiB"),
        ("name: app, command: [node], resources: {limits: {memory: 64M}}", "97 MiB instead of 40 MiB"),
        (
            "name: app, livenessProbe: {exec: {command: [python, check.py]}}",
            "each run of its livenessProbe starts the agent for python too, which takes 0.4 to 0.6 s",
        ),
        (
            "name: app, command: [java], readinessProbe: {timeoutSeconds: 5, exec: {command: [java, C.java]}}",
            "7 to 9 s instead of 0.1 s, and its timeout is 5 s",
        ),
    ],
)
def test_what_an_agent_costs_is_said_where_there_is_little_room(call: Call, container: str, said: str) -> None:
    (note,) = planned(call, manifest(container))["notes"]
    assert said in note


@pytest.mark.parametrize(
    "container",
    [
        "name: app, command: [java], resources: {limits: {memory: 384Mi}}",
        "name: app, command: [java], resources: {requests: {memory: 64Mi}}",
        "name: app, resources: {limits: {memory: 64Mi}}",
        "name: app, command: [java], livenessProbe: {exec: {command: [cat, /tmp/healthy]}}",
        "name: app, command: [node], lifecycle: {preStop: {exec: {command: [node, drain.js]}}}",
    ],
    ids=["enough", "no limit", "of no known language", "a tool", "a hook has no timeout"],
)
def test_where_there_is_room_nothing_is_said(call: Call, container: str) -> None:
    assert planned(call, manifest(container))["notes"] == []


@pytest.mark.parametrize(
    ("metadata", "pod_metadata", "note"),
    [
        (
            "labels: {tracing: enabled}, annotations: {tracereach.dev/agents: java}",
            "",
            "its annotation tracereach.dev/agents has no effect on the workload: move it to spec.template.metadata",
        ),
        (
            "labels: {tracing: enabled, tracereach.dev/agents: java}",
            "",
            "its label tracereach.dev/agents has no effect on the workload: move it to spec.template.metadata",
        ),
        (
            'labels: {tracing: enabled}, annotations: {tracereach.dev/inject: "false"}',
            "",
            (
                "its annotation tracereach.dev/inject has no effect on the workload: make it a label, or move it to"
                " spec.template.metadata"
            ),
        ),
        (
            "labels: {tracing: enabled}",
            "annotations: {agents.tracereach.dev/ap: java}",
            "the annotation agents.tracereach.dev/ap names no container; there are app",
        ),
    ],
)
def test_a_request_in_a_wrong_place_is_said(call: Call, metadata: str, pod_metadata: str, note: str) -> None:
    text = manifest(metadata=metadata, pod_metadata=pod_metadata)
    assert planned(call, text)["notes"] == [note]
    assert f"  note: {note}" in call("inject", "-f", "-", "-p", POLICY, "--explain", stdin=text).stderr


@pytest.mark.parametrize(
    ("pod", "field"),
    [
        ("dnsPolicy: Default", "dnsPolicy: Default"),
        ("hostNetwork: true", "hostNetwork without dnsPolicy: ClusterFirstWithHostNet"),
        ("hostNetwork: true, dnsPolicy: ClusterFirst", "hostNetwork without dnsPolicy: ClusterFirstWithHostNet"),
        ("hostNetwork: true, dnsPolicy: ClusterFirstWithHostNet", None),
        ("dnsPolicy: ClusterFirst", None),
        ("dnsPolicy: null", None),
    ],
)
def test_a_pod_that_finds_no_service_by_its_name_is_said(call: Call, pod: str, field: str | None) -> None:
    text = manifest().replace("spec: {containers", f"spec: {{{pod}, containers")
    said = [note for note in planned(call, text)["notes"] if "names of Services" in note]
    assert [note.partition(" keeps it from ")[0] for note in said] == ([field] if field else [])


@pytest.mark.parametrize("field", ["labels", "annotations"])
@pytest.mark.parametrize("value", ["false", "no", "off", "0", "disabled"])
def test_an_opt_out_on_the_pod_template_is_obeyed(call: Call, field: str, value: str) -> None:
    text = manifest(pod_metadata=f'{field}: {{tracereach.dev/inject: "{value}"}}')
    (skipped,) = planned(call, text)["skipped"]
    assert (skipped["reason"], skipped["message"]) == (
        "OptedOut", "tracereach.dev/inject says no on the pod template",
    )  # fmt: skip
    assert call("inject", "-f", "-", "-p", POLICY, stdin=text).stdout == text


@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_another_agent_that_the_namespace_asks_for_is_seen(call: Call, field: str) -> None:
    asked = f'{field}: {{instrumentation.opentelemetry.io/inject-nodejs: "true"}}'
    beside = f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, {asked}}}\n"
    (skipped,) = planned(call, manifest() + beside)["skipped"]
    assert skipped["reason"] == "OtherAgent"


@pytest.mark.parametrize(
    ("api", "kind"),
    [
        ("batch/v1", "Job"),
        ("batch/v1", "CronJob"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("apps/v1", "ReplicaSet"),
        ("v1", "Pod"),
    ],
)
def test_kinds_that_nobody_injects_are_said(call: Call, api: str, kind: str) -> None:
    body = f"apiVersion: {api}\nkind: {kind}\nmetadata: {{name: a, namespace: shop, labels: {{tracing: enabled}}}}\n"
    lines = call("plan", "-f", "-", "-p", POLICY, stdin=body).stdout.splitlines()
    assert f"shop/{kind}/a: not supported: {kind}; TracingPolicy/shop/shop selects its labels" in lines
    data = json.loads(call("plan", "-f", "-", "-p", POLICY, "-o", "json", stdin=body).stdout)
    assert data["unsupported"] == [{"object": f"shop/{kind}/a", "policy": "TracingPolicy/shop/shop"}]


@pytest.mark.parametrize(
    "metadata",
    [
        "{name: a, namespace: shop}",
        "{name: a, labels: {tracing: enabled}}",
        "{name: a, namespace: shop, labels: {tracing: enabled}, ownerReferences: [{kind: Deployment}]}",
        "x",
    ],
    ids=["unselected", "elsewhere", "made by another", "malformed"],
)
def test_other_objects_of_such_kinds_are_not_said(call: Call, metadata: str) -> None:
    body = f"apiVersion: v1\nkind: Pod\nmetadata: {metadata}\n"
    assert "not supported" not in call("plan", "-f", "-", "-p", POLICY, stdin=body).stdout


@pytest.mark.parametrize(
    ("excluded", "named"), [("[app]", None), ("[app, ap, metrics]", "ap, metrics"), ("[setup]", "setup"), ("[]", None)]
)
def test_an_exclusion_that_names_no_container_is_said(
    call: Call, tmp_path: Path, excluded: str, named: str | None
) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(Path(POLICY).read_text().replace("spec:\n", f"spec:\n  containers: {{exclude: {excluded}}}\n"))
    text = manifest().replace("containers: [", "initContainers: [{name: setup}], containers: [")
    said = [
        line for line in call("plan", "-f", "-", "-p", str(policy), stdin=text).stderr.splitlines() if "exclude" in line
    ]
    message = "has no effect here: no workload that it selects has such a container to inject"
    warning = f"Warning: TracingPolicy/shop/shop: spec.containers.exclude: {named} {message}"
    assert said == ([warning] if named else [])


def test_an_exclusion_of_a_policy_that_selects_nothing_is_not_said(call: Call, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(Path(POLICY).read_text().replace("spec:\n", "spec:\n  containers: {exclude: [ap]}\n"))
    text = manifest(metadata="labels: {}")
    assert "exclude" not in call("plan", "-f", "-", "-p", str(policy), stdin=text).stderr
