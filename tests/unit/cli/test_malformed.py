"""Manifests that the API server would refuse: one line that names file, document and field, and exit code 2."""

import json
import re

import pytest

from tests.unit.cli.conftest import POLICY, Call

HEAD = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, labels: {tracing: enabled}}\n"
CONTAINER = "spec.template.spec.containers[0]"


def refused(call: Call, text: str) -> str:
    """What `inject` says about the document, behind its line."""
    result = call("inject", "-f", "-", "-p", POLICY, "-n", "shop", stdin=text)
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = result.stderr.splitlines()
    return re.fullmatch(r"standard input: document 1, line \d+: (.*)", line)[1]


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("null", "spec.template: must be a map"),
        ("{}", "spec.template.spec: is required"),
        (
            "{spec: {containers: [{image: a}, {name: b, args: [1]}]}}",
            f"{CONTAINER}.name: is required; spec.template.spec.containers[1].args[0]: must be a string",
        ),
        ("{spec: {containers: {name: a}}}", "spec.template.spec.containers: must be a list"),
        ("{metadata: x, spec: {containers: []}}", "spec.template.metadata: must be a map"),
        (
            "{metadata: {annotations: {tracereach.dev/injection: broken}}, spec: {containers: [{name: a}]}}",
            (
                "shop/Deployment/a: annotation tracereach.dev/injection is not as it was written:"
                " Expecting value: line 1 column 1 (char 0); restore the pod template from its manifest"
            ),
        ),
        (
            "{metadata: {annotations: {tracereach.dev/agents: 5}}, spec: {containers: []}}",
            "spec.template.metadata.annotations.tracereach.dev/agents: must be a string",
        ),
        (
            "{spec: {containers: [{name: a}, {name: b}, {name: a}]}}",
            "spec.template.spec: has more than one container called a",
        ),
        (
            "{spec: {containers: [{name: a}], initContainers: [{name: a}]}}",
            "spec.template.spec: has more than one container called a",
        ),
        (
            "{metadata: {labels: {app: true}}, spec: {containers: []}}",
            "spec.template.metadata.labels.app: must be a string",
        ),
    ],
)
def test_a_pod_template(call: Call, template: str, message: str) -> None:
    assert refused(call, f"{HEAD}spec: {{template: {template}}}\n") == message


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("os: linux", "os: must be a map"),
        ("nodeSelector: [a]", "nodeSelector: must be a map"),
        ("nodeSelector: {disk: 1}", "nodeSelector.disk: must be a string"),
        ("affinity: {nodeAffinity: x}", "affinity.nodeAffinity: must be a map"),
        ("volumes: [{emptyDir: {}}]", "volumes[0].name: is required"),
        ("initContainers: [x]", "initContainers[0]: must be a map"),
        ("resources: x", "resources: must be a map"),
        ("resources: {limits: [a]}", "resources.limits: must be a map"),
        ("imagePullSecrets: [a]", "imagePullSecrets[0]: must be a map"),
        ("dnsPolicy: [a]", "dnsPolicy: must be a string"),
    ],
)
def test_a_pod(call: Call, field: str, message: str) -> None:
    text = f"{HEAD}spec: {{template: {{spec: {{containers: [{{name: a}}], {field}}}}}}}\n"
    assert refused(call, text) == f"spec.template.spec.{message}"


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("strategy: Recreate", "strategy: must be a map"),
        ("strategy: {type: [Recreate]}", "strategy.type: must be a string"),
        ("strategy: {rollingUpdate: 1}", "strategy.rollingUpdate: must be a map"),
        ("updateStrategy: OnDelete", "updateStrategy: must be a map"),
    ],
)
def test_how_pods_are_replaced(call: Call, field: str, message: str) -> None:
    assert refused(call, f"{HEAD}spec: {{template: {{spec: {{containers: [{{name: a}}]}}}}, {field}}}\n") == (
        f"spec.{message}"
    )


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("livenessProbe: x", "livenessProbe: must be a map"),
        ("startupProbe: {exec: x}", "startupProbe.exec: must be a map"),
        ("lifecycle: {preStop: [x]}", "lifecycle.preStop: must be a map"),
        ("resources: x", "resources: must be a map"),
        ("resources: {limits: x}", "resources.limits: must be a map"),
        ("ports: [{containerPort: [80]}]", "ports[0].containerPort: must be a whole number"),
        ("env: [{name: A, valueFrom: x}]", "env[0].valueFrom: must be a map"),
        ("env: [{name: A, valueFrom: {secretKeyRef: x}}]", "env[0].valueFrom.secretKeyRef: must be a map"),
        ("env: [{name: OTEL_RESOURCE_ATTRIBUTES, value: 5}]", "env[0].value: must be a string"),
        ("envFrom: [x]", "envFrom[0]: must be a map"),
        ("envFrom: [{prefix: 5}]", "envFrom[0].prefix: must be a string"),
        ("volumeMounts: [{name: v}]", "volumeMounts[0].mountPath: is required"),
    ],
)
def test_a_container(call: Call, field: str, message: str) -> None:
    text = f"{HEAD}spec: {{template: {{spec: {{containers: [{{name: a, {field}}}]}}}}}}\n"
    assert refused(call, text) == f"{CONTAINER}.{message}"


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ("null", "metadata: must be a map"),
        ("{}", "metadata.name: is required"),
        ('{name: ""}', "metadata.name: must not be empty"),
        ("{name: 5}", "metadata.name: must be a string"),
        ("{name: a, labels: [tracing]}", "metadata.labels: must be a map"),
        (
            "{name: a, labels: {tracereach.dev/inject: false}}",
            "metadata.labels.tracereach.dev/inject: must be a string",
        ),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        "{apiVersion: v1, kind: Namespace, metadata: %s}\n",
        "{apiVersion: apps/v1, kind: Deployment, metadata: %s, spec: {template: {spec: {containers: [{name: a}]}}}}\n",
    ],
    ids=["namespace", "workload"],
)
def test_the_metadata_of_a_namespace_or_workload(call: Call, body: str, metadata: str, message: str) -> None:
    assert refused(call, body % metadata) == message


def test_an_object_in_a_list_is_named_by_its_place(call: Call) -> None:
    body = {"metadata": {"name": 5}, "spec": {"template": {"spec": {"containers": []}}}}
    text = json.dumps({"apiVersion": "apps/v1", "kind": "DaemonSetList", "items": ["x", body]})
    assert refused(call, text) == "items[1].metadata.name: must be a string"


@pytest.mark.parametrize("kind", ["[Deployment]", "{}", "null", "5"])
def test_what_is_no_workload_is_nobody_s_business_here(call: Call, kind: str) -> None:
    text = f"apiVersion: apps/v1\nkind: {kind}\nmetadata: x\n"
    result = call("inject", "-f", "-", "-p", POLICY, stdin=text)
    assert (result.exit_code, result.stdout) == (0, text)


@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]")], ids=["json", "yaml"])
def test_what_is_nested_without_measure_is_refused(call: Call, opening: str, closing: str) -> None:
    assert refused(call, f"{opening * 100_000}1{closing * 100_000}") == (
        "lists and maps are nested too deeply: more than 1000 within each other"
    )


def test_a_long_list_is_not_deep(call: Call) -> None:
    text = "kind: Any\nitems:\n" + "- {a: [1]}\n" * 2000
    result = call("inject", "-f", "-", "-p", POLICY, stdin=text)
    assert (result.exit_code, result.stdout) == (0, text)


def test_half_a_character(call: Call) -> None:
    assert refused(call, r'{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a\ud83d"}}') == (
        "found invalid Unicode character escape code"
    )
