"""What is accepted, with every default, and what is worth a warning."""

from typing import Any

import pytest

from tests.unit.api.policies import EXPORT, SELECTOR, body, spec_with
from tracereach.api.acceptance import PolicyReference, accept
from tracereach.api.doubts import warnings

ASCENDING = "each share includes those before it, so list them in ascending order"
EDGE = "spec.coverage.declaredEdges[0]"
NAME = "name a Service, as NAME or NAME.NAMESPACE, or a workload, as NAMESPACE/KIND/NAME"
NO_WORKLOAD = "is no kind of workload, so no call is found there: it must be Deployment, StatefulSet or DaemonSet"
KEY = {"name": "backend", "key": "tls.pem"}


def edge(caller: str, callee: str) -> dict[str, Any]:
    return {"coverage": {"declaredEdges": [{"caller": caller, "callee": callee}]}}


def test_a_policy_with_the_two_required_fields_has_every_default() -> None:
    assert spec_with().model_dump(mode="json", by_alias=True) == {
        "selector": SELECTOR | {"matchExpressions": []},
        "mode": "Enforce",
        "priority": 0,
        "agents": ["Auto"],
        "containers": {"exclude": []},
        "propagation": {"propagators": ["tracecontext", "baggage"]},
        "sampling": {"sampler": "parentbased_always_on", "ratio": "1"},
        "resource": {"attributes": {}, "useLabels": False},
        "export": EXPORT | {"protocol": "grpc", "headers": [], "tls": None},
        "env": [],
        "collector": {"mode": "Sidecar"},
        "delivery": "Auto",
        "rollout": {
            "canary": 1,
            "waves": ["5%", "25%", "50%", "100%"],
            "maxConcurrent": "10%",
            "minHealthySeconds": 30,
            "bakeSeconds": 120,
            "progressDeadlineSeconds": 600,
            "maxFailures": 2,
            "maxNewTargets": 50,
            "onFailure": "Rollback",
            "paused": False,
        },
        "coverage": {
            "entrypoints": [],
            "objective": "0.95",
            "windowSeconds": 300,
            "declaredEdges": [],
            "probe": None,
        },
    }


def test_the_age_and_the_name_come_from_the_metadata() -> None:
    metadata = {"name": "shop", "namespace": "shop", "creationTimestamp": "2026-01-02T03:04:05Z"}
    policy = accept(body() | {"metadata": metadata})
    assert policy.reference == PolicyReference("TracingPolicy", "shop", "shop")
    assert (policy.created, policy.namespace_selector) == ("2026-01-02T03:04:05Z", None)


def test_a_cluster_policy_has_a_selector_of_namespaces_and_no_namespace() -> None:
    cluster_wide = body(namespaceSelector={"matchLabels": {"team": "shop"}}) | {"kind": "ClusterTracingPolicy"}
    policy = accept(cluster_wide)
    assert policy.reference == PolicyReference("ClusterTracingPolicy", "", "shop")
    assert policy.namespace_selector is not None
    assert policy.namespace_selector.match_labels == {"team": "shop"}


@pytest.mark.parametrize(
    "spec",
    [
        {"sampling": {"ratio": "0"}},
        {"sampling": {"ratio": "0.000001"}},
        {"sampling": {"ratio": "1.0"}},
        {"rollout": {"maxConcurrent": 1}},
        {"rollout": {"maxConcurrent": "100%"}},
        {"export": {"endpoint": "https://[2001:db8::1]:4317"}},
        {"export": {"endpoint": "http://localhost:4319"}},
        {"export": {"endpoint": "http://localhost.example:4317"}},
        {"export": {"endpoint": "http://127.0.0.1:43170"}},
        {"export": {"endpoint": "https://api.example/v1/otlp?tenant=shop", "protocol": "http/protobuf"}},
        {"selector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}},
        {"export": {"endpoint": "HTTPS://api.example", "protocol": "http/protobuf", "tls": {"ca": KEY}}},
        {"export": {"endpoint": "https://api.example:443", "tls": {"certificate": KEY, "privateKey": KEY}}},
        {"resource": {"attributes": {"price": "5 $", "name": "$HOME"}}},
    ],
)
def test_the_edges_of_what_is_allowed(spec: dict[str, Any]) -> None:
    spec_with(**spec)


@pytest.mark.parametrize(
    ("export", "expected"),
    [
        ({"endpoint": "http://c:4317", "protocol": "grpc"}, []),
        ({"endpoint": "http://c:4318", "protocol": "http/protobuf"}, []),
        ({"endpoint": "http://c:443", "protocol": "grpc"}, []),
        ({"endpoint": "http://c", "protocol": "http/protobuf"}, []),
        (
            {"endpoint": "http://c:4318", "protocol": "grpc"},
            ["spec.export.endpoint: port 4318 does not usually speak grpc; that is port 4317"],
        ),
        (
            {"endpoint": "http://c:4317", "protocol": "http/protobuf"},
            ["spec.export.endpoint: port 4317 does not usually speak http/protobuf; that is port 4318"],
        ),
    ],
)
def test_the_wrong_port_for_a_protocol_is_worth_a_warning(export: dict[str, str], expected: list[str]) -> None:
    assert [str(warning) for warning in warnings(spec_with(export=export))] == expected


@pytest.mark.parametrize(
    ("agents", "propagators", "expected"),
    [
        (["Auto"], ["jaeger"], []),
        (["java", "nodejs", "python", "sdk"], ["b3", "b3multi", "jaeger"], []),
        (["java", "nodejs", "sdk"], ["none"], []),
        (["python"], ["none"], ["spec.propagation.propagators[0]: none is not known to python"]),
        (["dotnet", "java"], ["b3", "jaeger"], ["spec.propagation.propagators[1]: jaeger is not known to dotnet"]),
        (["go"], ["tracecontext", "baggage"], ["spec.agents[0]: go needs a privileged container in each pod,"]),
        (
            ["dotnet", "go"],
            ["tracecontext", "none"],
            [
                "spec.agents[1]: go needs",
                "spec.propagation.propagators[1]: none is not known to dotnet, go",
                "spec.propagation.propagators[1]: none stands for no propagator at all",
            ],
        ),
    ],
)
def test_what_an_agent_asks_for_or_lacks_is_worth_a_warning(
    agents: list[str], propagators: list[str], expected: list[str]
) -> None:
    found = warnings(spec_with(agents=agents, propagation={"propagators": propagators}))
    assert len(found) == len(expected)
    assert all(str(one).startswith(text) for one, text in zip(found, expected, strict=True)), found


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"sampling": {"sampler": "parentbased_traceidratio", "ratio": "0.1"}}, []),
        ({"sampling": {"sampler": "traceidratio", "ratio": "0.1"}}, []),
        ({"sampling": {"sampler": "always_on", "ratio": "1.0"}}, []),
        (
            {"sampling": {"ratio": "0.1"}},
            ["spec.sampling.ratio: has no effect with parentbased_always_on; choose parentbased_traceidratio"],
        ),
        (
            {"sampling": {"sampler": "always_off", "ratio": "0.1"}},
            ["spec.sampling.ratio: has no effect with always_off; choose traceidratio"],
        ),
        ({"rollout": {"waves": ["1%", "2%", "100%"]}}, []),
        (
            {"rollout": {"waves": ["50%", "9%", "100%", "100%"]}},
            [
                f"spec.rollout.waves[1]: 9% is not more than 50% before it; {ASCENDING}",
                f"spec.rollout.waves[3]: 100% is not more than 100% before it; {ASCENDING}",
            ],
        ),
        (edge("storefront", "orders.shop"), []),
        (edge("shop/Deployment/storefront", "shop/StatefulSet/orders"), []),
        (edge("shop/DaemonSet/storefront", "shop/CronJob/orders"), [f"{EDGE}.callee: CronJob {NO_WORKLOAD}"]),
        (edge("shop/deployment/storefront", "a"), [f"{EDGE}.caller: deployment {NO_WORKLOAD}"]),
        (edge("", " "), [f"{EDGE}.caller: is empty; {NAME}", f"{EDGE}.callee: is empty; {NAME}"]),
        (
            edge("shop/storefront", "shop//orders"),
            [f"{EDGE}.caller: leads to no workload; {NAME}", f"{EDGE}.callee: leads to no workload; {NAME}"],
        ),
    ],
)
def test_a_value_that_does_nothing_is_worth_a_warning(spec: dict[str, Any], expected: list[str]) -> None:
    assert [str(warning) for warning in warnings(spec_with(**spec))] == expected


@pytest.mark.parametrize("text", ["TracingPolicy/shop/web", "ClusterTracingPolicy/web"])
def test_a_reference_reads_as_it_is_written(text: str) -> None:
    assert str(PolicyReference.parse(text)) == text


@pytest.mark.parametrize("text", ["", "TracingPolicy/web", "ClusterTracingPolicy/shop/web", "Deployment/shop/web"])
def test_anything_else_is_no_reference(text: str) -> None:
    with pytest.raises(ValueError, match="names no policy"):
        PolicyReference.parse(text)
