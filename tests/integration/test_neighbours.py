"""The tools that people release with keep working on an injected workload, and what they say wins."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.manifests import Object, deployment, policy, with_environment
from tests.integration.namespace import INJECTED, Namespace
from tests.integration.operator_process import OperatorProcess
from tests.shop.kubernetes import run
from tracereach.api import names

Apply = Callable[[Object], None]

FIRST = with_environment(deployment("orders"), GREETING="hello")
THEIRS = {"OTEL_PROPAGATORS": "b3", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://elsewhere:4317"}
SECOND = with_environment(deployment("orders"), GREETING="hello", **THEIRS)


@dataclass(frozen=True)
class Kubectl:
    """`kubectl apply`, on the client's or on the server's side."""

    namespace: Namespace
    options: tuple[str, ...] = ()

    def apply(self, manifest: Object) -> None:
        self.namespace.kubectl("apply", *self.options, "-f", "-", stdin=json.dumps(manifest))

    def diff(self, manifest: Object) -> str:
        """What `kubectl diff` shows; it ends with an error where that is anything."""
        return self.namespace.kubectl("diff", *self.options, "-f", "-", stdin=json.dumps(manifest))


@dataclass(frozen=True)
class Helm:
    """`helm upgrade --install` of a chart with one template."""

    program: str
    namespace: Namespace
    chart: Path

    def apply(self, manifest: Object) -> None:
        templates = self.chart / "templates"
        templates.mkdir(exist_ok=True)
        (self.chart / "Chart.yaml").write_text("{apiVersion: v2, name: shop, version: 0.1.0}")
        (templates / "deployment.yaml").write_text(json.dumps(manifest))
        run(self.program, "upgrade", "--install", "shop", str(self.chart), f"--namespace={self.namespace.name}")


@pytest.fixture(params=["kubectl apply", "kubectl apply --server-side", "helm 3", "helm 4"])
def apply(request: pytest.FixtureRequest, namespace: Namespace, tmp_path: Path) -> Apply:
    """Release a manifest with one of the tools."""
    match request.param:
        case "kubectl apply":
            return Kubectl(namespace).apply
        case "kubectl apply --server-side":
            return Kubectl(namespace, ("--server-side",)).apply
        case "helm 3":
            return Helm("helm", namespace, tmp_path).apply
        case _:
            return Helm("helm4", namespace, tmp_path).apply


@pytest.fixture
def injected(namespace: Namespace, operator: OperatorProcess, apply: Apply) -> Object:
    """The Deployment `orders`, released with the tool and then injected."""
    apply(FIRST)
    namespace.apply(policy())
    namespace.wait_for_state("orders", INJECTED)
    return namespace.get("deployment", "orders")


def test_the_same_release_again_changes_nothing(namespace: Namespace, injected: Object, apply: Apply) -> None:
    apply(FIRST)
    after = namespace.get("deployment", "orders")
    assert after["spec"]["template"] == injected["spec"]["template"]
    assert after["metadata"]["generation"] == injected["metadata"]["generation"]


def test_a_release_that_sets_our_variables_wins(namespace: Namespace, injected: Object, apply: Apply) -> None:
    before = namespace.environment("orders")
    apply(SECOND)
    namespace.wait_for_next_pass()
    theirs = {name: {"name": name, "value": value} for name, value in THEIRS.items()}
    assert namespace.environment("orders") == before | theirs
    assert namespace.record("orders") == _record(injected)
    assert namespace.state("orders") == INJECTED
    assert namespace.generation("orders") == injected["metadata"]["generation"] + 1


@pytest.mark.parametrize("options", [(), ("--server-side",)], ids=["client side", "server side"])
def test_kubectl_diff_is_empty(namespace: Namespace, operator: OperatorProcess, options: tuple[str, ...]) -> None:
    tool = Kubectl(namespace, options)
    tool.apply(FIRST)
    namespace.apply(policy())
    namespace.wait_for_state("orders", INJECTED)
    assert tool.diff(FIRST) == ""


def _record(found: Object) -> Object:
    annotations = found["spec"]["template"]["metadata"]["annotations"]
    record: Object = json.loads(annotations[names.RECORD_ANNOTATION])
    return record
