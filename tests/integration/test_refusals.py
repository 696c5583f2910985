"""What a policy must not say is refused, with the field's path, by the API server and by the offline commands alike."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.integration.manifests import REFUSED_BY_THE_OPERATOR, Object, cluster_policy, policy
from tests.integration.namespace import POLICIES, Namespace, condition, new_namespace
from tests.integration.operator_process import OperatorProcess
from tests.shop.kubernetes import CommandFailed
from tests.waiting import wait_for
from tracereach.api.acceptance import PolicyRefused, accept


@dataclass(frozen=True)
class Refusal:
    """A value that a field of `spec` must not have; `blamed` is the path that is named, if not the field's own."""

    title: str
    field: str
    value: Any
    blamed: str = ""
    mode: str = "Direct"
    """How spans leave the pod, in the policy around the value."""

    @property
    def path(self) -> str:
        return self.blamed or f"spec.{self.field}"

    def policy(self) -> Object:
        around = policy(f"refused-{uuid.uuid4().hex[:8]}", collector={"mode": self.mode})
        return _with_field(around, self.field, self.value)


def _with_field(body: Object, field: str, value: Any) -> Object:
    node = body["spec"]
    *parents, last = field.split(".")
    for part in parents:
        node = node.setdefault(part, {})
    node[last] = value
    return body


_PEM = {"name": "backend", "key": "tls.pem"}


def _exporting(endpoint: str, **tls: Any) -> Object:
    return {"endpoint": endpoint, "tls": tls}


def _edge(**fields: str) -> list[Object]:
    return [{"caller": "orders", "callee": "payments"} | fields]


def _expansions(opening: str) -> list[Refusal]:
    text = f"{opening}SECRET"
    delay = {"name": "OTEL_BSP_SCHEDULE_DELAY", "value": text}
    return [
        Refusal(f"{opening} in the endpoint", "export.endpoint", f"http://collector/{text}"),
        Refusal(f"{opening} in an attribute's key", "resource.attributes", {text: "prod"}),
        Refusal(f"{opening} in an attribute's value", "resource.attributes", {"team": text}),
        Refusal(f"{opening} in a variable", "env", [delay], "spec.env[0].value"),
        Refusal(f"{opening} in a caller", "coverage.declaredEdges", _edge(caller=text), "declaredEdges[0].caller"),
        Refusal(f"{opening} in a callee", "coverage.declaredEdges", _edge(callee=text), "declaredEdges[0].callee"),
        Refusal(f"{opening} in the probe's path", "coverage.probe.path", f"/{text}"),
    ]


def _variables(*names: str) -> list[Object]:
    return [{"name": name, "value": "1"} for name in names]


REFUSALS = [
    Refusal("empty selector", "selector", {}),
    Refusal("selector with empty lists", "selector", {"matchLabels": {}, "matchExpressions": []}),
    Refusal("unknown mode", "mode", "Force"),
    Refusal("unknown propagator", "propagation.propagators", ["b4"], "spec.propagation.propagators[0]"),
    Refusal("no propagator", "propagation.propagators", []),
    Refusal("unknown sampler", "sampling.sampler", "sometimes"),
    Refusal("unknown agent", "agents", ["cobol"], "spec.agents[0]"),
    Refusal("endpoint with a user in it", "export.endpoint", "http://user:password@collector:4317"),
    Refusal("grpc without a port", "export.endpoint", "https://collector", "spec.export"),
    Refusal("grpc with a path", "export.endpoint", "http://collector:4317/v1/traces", "spec.export"),
    Refusal(
        "expression without its values",
        "selector",
        {"matchExpressions": [{"key": "a", "operator": "In"}]},
        "spec.selector.matchExpressions[0]",
    ),
    Refusal("Auto beside another agent", "agents", ["Auto", "java"]),
    Refusal("two agents with Auto last", "agents", ["java", "Auto"]),
    Refusal("unknown field", "tracing", "enabled"),
    Refusal("unknown field deep inside", "export.insecure", "true"),
    Refusal("image in a policy", "collector.image", "example.com/collector:1"),
    Refusal("raw collector configuration", "collector.config", "receivers: {}"),
    Refusal("ratio above 1", "sampling.ratio", "1.5"),
    Refusal("ratio below 0", "sampling.ratio", "-0.1"),
    Refusal("ratio that is no number", "sampling.ratio", "NaN"),
    Refusal("objective above 1", "coverage.objective", "1.01"),
    Refusal("endpoint of another scheme", "export.endpoint", "ftp://collector:21"),
    Refusal("endpoint without a scheme", "export.endpoint", "collector:4317"),
    Refusal("endpoint without a host", "export.endpoint", "http://:4317"),
    Refusal("sidecar as its own backend", "export.endpoint", "http://localhost:4317", mode="Sidecar"),
    Refusal("sidecar's address as its backend", "export.endpoint", "http://127.0.0.1:4317", mode="Sidecar"),
    Refusal("sidecar's address of IPv6 as its backend", "export.endpoint", "http://[::1]:4317", mode="Sidecar"),
    Refusal("unknown protocol", "export.protocol", "thrift"),
    Refusal("certificates for no TLS", "export", _exporting("http://collector:4317", ca=_PEM)),
    Refusal("no certificate at all", "export", _exporting("https://collector:4317"), "spec.export.tls"),
    Refusal("certificate without its key", "export", _exporting("https://c:4317", certificate=_PEM), "spec.export.tls"),
    Refusal("key without its certificate", "export", _exporting("https://c:4317", privateKey=_PEM), "spec.export.tls"),
    Refusal("unverified backend", "export", _exporting("https://c:4317", insecureSkipVerify=True), "spec.export.tls"),
    Refusal("certificate that is no reference", "export", _exporting("https://c:4317", ca="PEM"), "spec.export.tls.ca"),
    Refusal("variable that loads code", "env", _variables("JAVA_TOOL_OPTIONS"), "spec.env[0].name"),
    Refusal("variable of the linker", "env", _variables("LD_PRELOAD"), "spec.env[0].name"),
    Refusal("variable that names a host", "env", _variables("OTEL_EXPORTER_OTLP_ENDPOINT"), "spec.env[0].name"),
    *_expansions("$("),
    *_expansions("${"),
    Refusal("relative probe path", "coverage.probe.path", "healthz"),
    Refusal("nothing at once", "rollout.maxConcurrent", 0),
    Refusal("no percent at once", "rollout.maxConcurrent", "0%"),
    Refusal("more than all at once", "rollout.maxConcurrent", "101%"),
    Refusal("a word at once", "rollout.maxConcurrent", "abc"),
    Refusal("wave of no percent", "rollout.waves", ["0%"], "spec.rollout.waves[0]"),
    Refusal("negative seconds of health", "rollout.minHealthySeconds", -1),
    Refusal("negative seconds of baking", "rollout.bakeSeconds", -1),
    Refusal("deadline too near", "rollout.progressDeadlineSeconds", 9),
    Refusal("number as a string", "rollout.canary", "5"),
    Refusal("switch for a number", "priority", value=True),
    Refusal("number for a switch", "rollout.paused", 1),
    Refusal("switch as a string", "resource.useLabels", "true"),
    Refusal("negative failures", "rollout.maxFailures", -1),
    Refusal("window too short", "coverage.windowSeconds", 1),
    Refusal("too many variables", "env", _variables(*["OTEL_LOG_LEVEL"] * 33)),
    Refusal("too many waves", "rollout.waves", ["100%"] * 11),
    Refusal("too many propagators", "propagation.propagators", ["b3"] * 7),
    Refusal("too many attributes", "resource.attributes", {f"key-{number}": "" for number in range(33)}),
    Refusal("too many declared edges", "coverage.declaredEdges", _edge() * 65),
]
ONLY_BY_THE_OPERATOR = [
    Refusal("endpoint with an impossible port", "export.endpoint", "http://collector:99999"),
    Refusal("attribute with too long a key", "resource.attributes", REFUSED_BY_THE_OPERATOR["attributes"]),
]
"""What no schema of the API server can bound."""


@pytest.fixture(scope="module")
def namespace(operator: OperatorProcess) -> Iterator[Namespace]:
    """One for all, since next to nothing is ever created in it."""
    with new_namespace() as namespace:
        yield namespace


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.title)
def test_the_api_server_names_the_field(namespace: Namespace, refusal: Refusal) -> None:
    body = refusal.policy()
    with pytest.raises(CommandFailed) as refused:
        namespace.kubectl("create", "-f", "-", stdin=json.dumps(body))
    assert refusal.path in str(refused.value)
    assert body["metadata"]["name"] not in namespace.list(POLICIES)


@pytest.mark.parametrize("refusal", ONLY_BY_THE_OPERATOR, ids=lambda refusal: refusal.title)
def test_the_operator_refuses_the_rest(namespace: Namespace, refusal: Refusal) -> None:
    body = refusal.policy()
    namespace.apply(body)
    accepted = wait_for(lambda: condition(namespace.get(POLICIES, body["metadata"]["name"]), "Accepted"), bool)
    assert (accepted["status"], accepted["reason"]) == ("False", "Invalid")
    assert accepted["message"].startswith(refusal.path)


@pytest.mark.parametrize("refusal", [*REFUSALS, *ONLY_BY_THE_OPERATOR], ids=lambda refusal: refusal.title)
def test_the_offline_commands_name_the_same_field(refusal: Refusal) -> None:
    with pytest.raises(PolicyRefused) as refused:
        accept(refusal.policy())
    assert refused.value.problems
    assert all(refusal.path in problem.path for problem in refused.value.problems), refused.value


def test_a_cluster_policy_has_to_select_namespaces(namespace: Namespace) -> None:
    body = cluster_policy("refused", namespace=namespace.name)
    body["spec"]["namespaceSelector"] = {}
    with pytest.raises(CommandFailed, match=r"spec\.namespaceSelector"):
        namespace.kubectl("create", "-f", "-", stdin=json.dumps(body))
    with pytest.raises(PolicyRefused, match=r"^spec\.namespaceSelector: must not be empty"):
        accept(body)


def test_a_port_of_the_other_protocol_is_a_warning(namespace: Namespace) -> None:
    namespace.apply(policy("grpc", export={"endpoint": "http://collector:4318", "protocol": "grpc"}))
    namespace.apply(policy("http", export={"endpoint": "http://collector:4317", "protocol": "http/protobuf"}))
    found = wait_for(
        lambda: namespace.list(POLICIES), lambda found: all(condition(body, "Accepted") for body in found.values())
    )
    for name, usual in {"grpc": "port 4317", "http": "port 4318"}.items():
        (warning,) = [text for text in found[name]["status"]["warnings"] if text.startswith("spec.export.endpoint: ")]
        assert usual in warning
        assert condition(found[name], "Accepted")["status"] == "True"
