"""What is refused, with the field's path as the user wrote it and words that say what would be right."""

from typing import Any

import pytest

from tests.unit.api.policies import body
from tracereach.api.acceptance import PolicyRefused, accept


def problems(policy: dict[str, Any]) -> list[str]:
    with pytest.raises(PolicyRefused) as refused:
        accept(policy)
    return [str(problem) for problem in refused.value.problems]


def nested(field: str, value: Any) -> dict[str, Any]:
    """`("rollout.canary", 1)` as `{"rollout": {"canary": 1}}`."""
    first, _, rest = field.partition(".")
    return {first: nested(rest, value) if rest else value}


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"selector": {}}, "spec.selector: must not be empty: name at least one label"),
        ({"selector": {"matchLabels": {}}}, "spec.selector: must not be empty: name at least one label"),
        ({"selector": "app=shop"}, "spec.selector: must be an object"),
        ({"selector": {"matchLabels": {"app": "a b"}}}, "spec.selector.matchLabels.app: 'a b' does not match ^("),
        (
            {"selector": {"matchExpressions": [{"key": "app", "operator": "Like"}]}},
            "spec.selector.matchExpressions[0].operator: input should be 'In', 'NotIn', 'Exists' or 'DoesNotExist'",
        ),
        (
            {"agents": ["ruby"]},
            "spec.agents[0]: input should be 'Auto', 'java', 'nodejs', 'python', 'dotnet', 'go' or 'sdk'",
        ),
        ({"agents": []}, "spec.agents: must not be empty"),
        ({"agents": "java"}, "spec.agents: must be a list"),
        ({"env": {"OTEL_LOG_LEVEL": "info"}}, "spec.env: must be a list"),
        ({"resource": {"attributes": ["team"]}}, "spec.resource.attributes: must be a map"),
        ({"selector": {"matchLabels": "app"}}, "spec.selector.matchLabels: must be a map"),
        ({"rollout": {"waves": ["5%"] * 11}}, "spec.rollout.waves: must have at most 10 items"),
        (
            {"resource": {"attributes": {f"key-{number}": "" for number in range(33)}}},
            "spec.resource.attributes: must have at most 32 entries",
        ),
        ({"agents": ["Auto", "java"]}, "spec.agents: must be Auto alone, or a list of agents"),
        ({"containers": {"exclude": ["Not A Name"]}}, "spec.containers.exclude[0]: 'Not A Name' does not match ^["),
        ({"propagation": {"propagators": ["tracecontext", "w3c"]}}, "spec.propagation.propagators[1]: input should be"),
        ({"propagation": {"propagators": []}}, "spec.propagation.propagators: must not be empty"),
        ({"sampling": {"sampler": "sometimes"}}, "spec.sampling.sampler: input should be 'always_on', 'always_off'"),
        ({"sampling": {"ratio": "1.5"}}, "spec.sampling.ratio: '1.5' does not match ^("),
        ({"sampling": {"ratio": "-0.1"}}, "spec.sampling.ratio: '-0.1' does not match ^("),
        ({"sampling": {"ratio": 0.5}}, 'spec.sampling.ratio: must be a string; quote it: "0.5"'),
        ({"rollout": {"waves": ["50%", "101%"]}}, "spec.rollout.waves[1]: '101%' does not match ^("),
        ({"rollout": {"canary": 11}}, "spec.rollout.canary: input should be less than or equal to 10"),
        ({"rollout": None}, "spec.rollout: must be an object"),
        ({"coverage": {"objective": "95%"}}, "spec.coverage.objective: '95%' does not match ^("),
        ({"coverage": {"probe": {"path": "healthz"}}}, "spec.coverage.probe.path: must begin with /"),
        (
            {"coverage": {"probe": {"grpcMethod": "/shop.Catalogue/List"}}},
            "spec.coverage.probe.grpcMethod: '/shop.Catalogue/List' does not match ^[",
        ),
        ({"coverage": {"probe": {"grpcMethod": "List"}}}, "spec.coverage.probe.grpcMethod: 'List' does not match"),
        ({"delivery": "Sideload"}, "spec.delivery: input should be 'Auto', 'ImageVolume' or 'InitContainer'"),
        ({"priority": 1001}, "spec.priority: input should be less than or equal to 1000"),
        ({"sampler": "always_on"}, "spec.sampler: is not a known field"),
        ({"coverage": {"probe": {"headers": []}}}, "spec.coverage.probe.headers: is not a known field"),
    ],
)
def test_a_mistake_is_named_once_and_with_its_path(spec: dict[str, Any], problem: str) -> None:
    (found,) = problems(body(**spec))
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "otel-collector:4317",
        "ftp://otel-collector",
        "http://",
        "http://:4317",
        "http://[::1",
        "http://otel-collector:99999",
        "http://otel-collector:http",
        "http://otel-collector\n",
        "http://öffentlich",
        "http://user:password@otel-collector:4317",
        "http://\N{PILE OF POO}",
    ],
)
def test_an_endpoint_is_a_web_address_with_a_host(endpoint: str) -> None:
    (found,) = problems(body(export={"endpoint": endpoint}))
    assert found.startswith("spec.export.endpoint: must be an http:// or https:// URL with a host")


@pytest.mark.parametrize("endpoint", ["https://api.example", "http://otel:4317/v1/traces", "http://otel:4317?a=b"])
def test_a_grpc_endpoint_has_a_port_and_no_path(endpoint: str) -> None:
    (found,) = problems(body(export={"endpoint": endpoint, "protocol": "grpc"}))
    assert found.startswith("spec.export: the endpoint must have a port and no path")
    assert accept(body(export={"endpoint": endpoint, "protocol": "http/protobuf"})).spec.export.endpoint == endpoint


@pytest.mark.parametrize(
    ("endpoint", "protocol"),
    [
        ("http://localhost:4317", "grpc"),
        ("http://LocalHost.:4317/", "grpc"),
        ("http://127.0.0.1:4317", "grpc"),
        ("https://127.1:4317", "grpc"),
        ("http://0.0.0.0:4317", "grpc"),
        ("http://[::1]:4317", "grpc"),
        ("http://[0:0:0:0:0:0:0:1]:4317", "grpc"),
        ("http://localhost:4318", "http/protobuf"),
        ("http://localhost:4318/v1/traces?a=b", "http/protobuf"),
    ],
)
def test_a_sidecar_does_not_export_to_itself(endpoint: str, protocol: str) -> None:
    export = {"endpoint": endpoint, "protocol": protocol}
    (found,) = problems(body(export=export))
    assert found.startswith("spec.export.endpoint: would be the sidecar itself"), found
    assert "collector.mode to Direct" in found
    assert accept(body(export=export, collector={"mode": "Direct"})).spec.export.endpoint == endpoint


KEY = {"name": "backend", "key": "tls.pem"}


@pytest.mark.parametrize(
    ("endpoint", "tls", "problem"),
    [
        ("https://api.example:443", {}, "spec.export.tls: must name at least one of ca, certificate and privateKey"),
        ("https://api.example:443", {"certificate": KEY}, "spec.export.tls: must name certificate and privateKey"),
        ("https://api.example:443", {"privateKey": KEY}, "spec.export.tls: must name certificate and privateKey"),
        ("https://api.example:443", {"ca": {"name": "backend"}}, "spec.export.tls.ca.key: is required"),
        ("https://api.example:443", {"ca": "PEM"}, "spec.export.tls.ca: must be an object"),
        ("https://api.example:443", {"insecureSkipVerify": True}, "spec.export.tls"),
        ("http://api.example:443", {"ca": KEY}, "spec.export: the endpoint must begin with https:// where tls is set"),
    ],
)
def test_certificates_are_whole_and_for_an_endpoint_with_tls(endpoint: str, tls: dict[str, Any], problem: str) -> None:
    found = problems(body(export={"endpoint": endpoint, "tls": tls}))
    assert found[0].startswith(problem), found


def test_each_export_header_is_named_once() -> None:
    headers = [{"name": name, "secretKeyRef": {"name": "backend", "key": "token"}} for name in ("x-key", "X-Key")]
    export = {"endpoint": "http://otel:4317", "headers": headers}
    assert problems(body(export=export)) == ["spec.export.headers: must name each header once, whatever its case"]


@pytest.mark.parametrize(
    "count", [0, -1, True, 1.5, None, [], "0%", "101%", "05%", "\N{ARABIC-INDIC DIGIT FIVE}%", "5", "%", "all"]
)
def test_the_number_at_once_is_a_count_or_a_percentage(count: Any) -> None:
    (found,) = problems(body(rollout={"maxConcurrent": count}))
    assert found == 'spec.rollout.maxConcurrent: must be a count of at least 1, or a percentage from "1%" to "100%"'


@pytest.mark.parametrize("number", ["10", "ten", True, 1.5, None, []])
@pytest.mark.parametrize(
    "field",
    [
        "priority",
        "rollout.canary",
        "rollout.minHealthySeconds",
        "rollout.bakeSeconds",
        "rollout.progressDeadlineSeconds",
        "rollout.maxFailures",
        "rollout.maxNewTargets",
        "coverage.windowSeconds",
        "coverage.probe.port",
        "coverage.probe.intervalSeconds",
    ],
)
def test_a_whole_number_is_no_string_and_no_switch(field: str, number: Any) -> None:
    if (field, number) == ("coverage.probe.port", None):
        return
    without_quotes = "; leave out the quotes" if number == "10" else ""
    assert problems(body(**nested(field, number))) == [f"spec.{field}: must be a whole number{without_quotes}"]


@pytest.mark.parametrize("switch", ["true", "yes", 1, None])
@pytest.mark.parametrize("field", ["rollout.paused", "resource.useLabels"])
def test_a_switch_is_true_or_false(field: str, switch: Any) -> None:
    without_quotes = "; leave out the quotes" if switch == "true" else ""
    assert problems(body(**nested(field, switch))) == [f"spec.{field}: must be true or false{without_quotes}"]


@pytest.mark.parametrize(
    ("spec", "path"),
    [
        ({"export": {"endpoint": "http://$(HOST)"}}, "spec.export.endpoint"),
        ({"env": [{"name": "OTEL_LOG_LEVEL", "value": "${env:TOKEN}"}]}, "spec.env[0].value"),
        ({"resource": {"attributes": {"team": "$(TEAM)"}}}, "spec.resource.attributes.team"),
        ({"coverage": {"probe": {"path": "/${x}"}}}, "spec.coverage.probe.path"),
        ({"coverage": {"declaredEdges": [{"caller": "a", "callee": "$(b)"}]}}, "spec.coverage.declaredEdges[0].callee"),
    ],
)
def test_nothing_that_would_be_expanded_is_accepted(spec: dict[str, Any], path: str) -> None:
    assert problems(body(**spec)) == [
        f"{path}: must not contain $( or ${{: the kubelet and the collector would expand it"
    ]


@pytest.mark.parametrize("key", ["${team}", "$(TEAM)", "team=a,service.name", "a b", "", "9", "ünïcode"])
def test_a_key_of_an_attribute_cannot_be_more_than_a_key(key: str) -> None:
    (found,) = problems(body(resource={"attributes": {key: "a"}}))
    assert found.startswith(f"spec.resource.attributes.{key}: ")


@pytest.mark.parametrize(
    ("operator", "values"), [("In", []), ("NotIn", []), ("Exists", ["a"]), ("DoesNotExist", ["a"])]
)
def test_an_expression_has_the_values_that_its_operator_needs(operator: str, values: list[str]) -> None:
    selector = {"matchExpressions": [{"key": "team", "operator": operator, "values": values}]}
    assert problems(body(selector=selector)) == [
        "spec.selector.matchExpressions[0]: must have values for In and NotIn, and none for Exists and DoesNotExist"
    ]


@pytest.mark.parametrize(
    "name", ["LD_PRELOAD", "JAVA_TOOL_OPTIONS", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_JAVAAGENT_EXTENSIONS", "PATH"]
)
def test_no_variable_that_loads_code_or_names_a_host_can_be_set(name: str) -> None:
    (found,) = problems(body(env=[{"name": name, "value": "x"}]))
    assert found.startswith("spec.env[0].name: is not a variable a policy may set; allowed are OTEL_ATTRIBUTE_COUNT")


def test_every_mistake_is_named_at_once() -> None:
    assert problems(body(export={}, mode="Maybe")) == [
        "spec.mode: input should be 'Enforce' or 'DryRun'",
        "spec.export.endpoint: is required",
    ]


def test_a_field_in_the_spelling_of_python_is_unknown_as_it_is_to_the_api_server() -> None:
    assert problems(body(rollout={"max_failures": 1})) == ["spec.rollout.max_failures: is not a known field"]


NO_NAME = "is no name of an object: small letters, digits, - and ., with a letter or digit at both ends of each part"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"apiVersion": "cilium.io/v1alpha1"}, ["apiVersion: must be tracereach.dev/v1alpha1"]),
        ({"kind": "Deployment"}, ["kind: must be TracingPolicy or ClusterTracingPolicy"]),
        ({"kind": ["TracingPolicy"]}, ["kind: must be TracingPolicy or ClusterTracingPolicy"]),
        ({"metadata": {}}, ["metadata.name: is required"]),
        ({"metadata": None}, ["metadata.name: is required"]),
        ({"metadata": {"name": ""}}, ["metadata.name: is required"]),
        ({"metadata": {"name": 5}}, ['metadata.name: must be a string; quote it: "5"']),
        ({"metadata": {"name": True}}, ['metadata.name: must be a string; quote it: "true"']),
        ({"metadata": {"name": ["shop"]}}, ["metadata.name: must be a string"]),
        ({"metadata": {"name": "My Shop"}}, [f"metadata.name: 'My Shop' {NO_NAME}"]),
        ({"metadata": {"name": "shop_1"}}, [f"metadata.name: 'shop_1' {NO_NAME}"]),
        ({"metadata": {"name": "shop-.a"}}, [f"metadata.name: 'shop-.a' {NO_NAME}"]),
        ({"metadata": {"name": "shop\n"}}, [f"metadata.name: 'shop\\n' {NO_NAME}"]),
        ({"metadata": {"name": "a" * 201}}, ["metadata.name: must be at most 200 characters long"]),
        ({"metadata": {"name": "shop", "namespace": 5}}, ['metadata.namespace: must be a string; quote it: "5"']),
        ({"metadata": {"name": "a", "namespace": "b.c"}}, ["metadata.namespace: 'b.c' is no name of a namespace"]),
        ({"data": {}}, ["data: is not a known field"]),
        (
            {"Spec": {}, "spec": {"export": {}}},
            [
                "Spec: is not a known field",
                "spec.selector: is required",
                "spec.export.endpoint: is required",
            ],
        ),
        ({"spec": None}, ["spec.selector: is required", "spec.export: is required"]),
        ({"spec": "all"}, ["spec: must be an object"]),
        ({"kind": "ClusterTracingPolicy"}, ["spec.namespaceSelector: is required"]),
    ],
)
def test_what_is_no_policy_is_refused(change: dict[str, Any], expected: list[str]) -> None:
    assert problems(body() | change) == expected


@pytest.mark.parametrize("name", ["5", "shop.example", "a" * 200, "a-b.c--d"])
def test_a_name_is_a_dns_subdomain(name: str) -> None:
    metadata = {"name": name, "namespace": None, "labels": {"team": "shop"}}
    assert accept(body() | {"metadata": metadata, "status": {}}).reference.name == name


def test_a_namespaced_policy_cannot_choose_namespaces() -> None:
    selector = {"matchLabels": {"team": "shop"}}
    assert problems(body(namespaceSelector=selector)) == ["spec.namespaceSelector: is not a known field"]
