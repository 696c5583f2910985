"""Whatever ends an injection, the template is then as its user wrote it, byte for byte."""

from collections.abc import Callable

import pytest

from tests.integration.manifests import Object, deployment, policy
from tests.integration.namespace import INJECTED, POLICIES, TRACED_WORKLOADS, Namespace
from tests.integration.operator_process import OperatorProcess
from tests.waiting import wait_for_value
from tracereach.api import names

PLAIN = deployment("plain")
FURNISHED = deployment(
    "furnished",
    annotations={"example.com/owner": "shop"},
    container={
        "env": [{"name": "GREETING", "value": "hello"}, {"name": "OTEL_SERVICE_NAME", "value": "till"}],
        "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}],
    },
    pod={
        "volumes": [{"name": "scratch", "emptyDir": {}}],
        "initContainers": [{"name": "prepare", "image": "example.invalid/prepare:1"}],
    },
)
MANIFESTS = {"plain": PLAIN, "furnished": FURNISHED}


def _delete_the_policy(namespace: Namespace) -> None:
    namespace.kubectl("delete", POLICIES, "shop", "--timeout=60s")


def _opt_the_workloads_out(namespace: Namespace) -> None:
    namespace.kubectl("label", "deployments", "--all", f"{names.INJECT_LABEL}=false")


def _opt_the_namespace_out(namespace: Namespace) -> None:
    namespace.kubectl("label", "namespace", namespace.name, f"{names.INJECT_LABEL}=false")


def _deselect_the_workloads(namespace: Namespace) -> None:
    namespace.kubectl("label", "deployments", "--all", "tracing-")


def _select_others(namespace: Namespace) -> None:
    patch = '{"spec": {"selector": {"matchLabels": {"tracing": "elsewhere"}}}}'
    namespace.kubectl("patch", POLICIES, "shop", "--type=merge", "--patch", patch)


@pytest.fixture
def before(namespace: Namespace, operator: OperatorProcess) -> dict[str, Object]:
    """The templates as the API server keeps them, before they are injected."""
    namespace.apply(*MANIFESTS.values())
    before = {name: namespace.template(name) for name in MANIFESTS}
    namespace.apply(policy(collector={"mode": "Sidecar"}, agents=["java"]))
    for name in MANIFESTS:
        namespace.wait_for_state(name, INJECTED)
        assert namespace.template(name) != before[name]
    return before


@pytest.mark.parametrize(
    "end",
    [
        _delete_the_policy,
        _opt_the_workloads_out,
        _opt_the_namespace_out,
        _deselect_the_workloads,
        _select_others,
    ],
)
def test_templates_are_restored(
    namespace: Namespace, before: dict[str, Object], end: Callable[[Namespace], None]
) -> None:
    end(namespace)
    wait_for_value(lambda: {name: namespace.template(name) for name in MANIFESTS}, before)
    wait_for_value(lambda: namespace.list(TRACED_WORKLOADS), {})
    assert {namespace.generation(name) for name in MANIFESTS} == {3}


def test_a_deleted_policy_is_there_until_its_workloads_are_restored(
    namespace: Namespace, before: dict[str, Object]
) -> None:
    wait_for_value(lambda: namespace.get(POLICIES, "shop")["metadata"].get("finalizers"), [names.FINALIZER])
    _delete_the_policy(namespace)
    assert {name: namespace.template(name) for name in MANIFESTS} == before
    assert namespace.list(POLICIES) == {}


def test_a_policy_deleted_without_the_operator_is_restored_by_the_next(
    namespace: Namespace, before: dict[str, Object], operator: OperatorProcess
) -> None:
    with operator.stopped():
        namespace.kubectl("delete", POLICIES, "shop", "--wait=false")
        assert "shop" in namespace.list(POLICIES)
    wait_for_value(lambda: namespace.list(POLICIES), {})
    assert {name: namespace.template(name) for name in MANIFESTS} == before
    wait_for_value(lambda: namespace.list(TRACED_WORKLOADS), {})


def test_what_the_user_changed_meanwhile_stays(namespace: Namespace, before: dict[str, Object]) -> None:
    namespace.kubectl("set", "env", "deployment/plain", "OTEL_PROPAGATORS=b3", "GREETING=hello")
    _delete_the_policy(namespace)
    (container,) = namespace.template("plain")["spec"]["containers"]
    theirs = {"OTEL_PROPAGATORS": "b3", "GREETING": "hello"}
    assert {entry["name"]: entry["value"] for entry in container["env"]} == theirs
    assert namespace.template("furnished") == before["furnished"]
