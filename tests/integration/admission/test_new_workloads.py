"""A new workload is born injected where the canary has passed, and has but one ReplicaSet."""

import json

import pytest

from tests.integration.manifests import Object, deployment, pace, policy
from tests.integration.namespace import HEALTHY, Namespace
from tests.integration.writes import writes_to
from tests.waiting import wait_for, wait_for_value
from tracereach.api import names

pytestmark = pytest.mark.usefixtures("webhook")


def _created(namespace: Namespace, *options: str, replicas: int = 0) -> Object:
    """`orders` as the API server answers to its creation."""
    manifest = json.dumps(deployment("orders", replicas=replicas))
    created: Object = json.loads(namespace.kubectl("create", "-f", "-", "-o", "json", *options, stdin=manifest))
    return created


def _is_injected(created: Object) -> bool:
    return names.RECORD_ANNOTATION in created["spec"]["template"]["metadata"].get("annotations", {})


def _would_be_born_injected(namespace: Namespace) -> bool:
    """Whether the webhook, which watches on its own, has seen by now what the operator has reported."""
    return _is_injected(_created(namespace, "--dry-run=server"))


@pytest.fixture
def canary(namespace: Namespace) -> None:
    """Another workload of the policy, healthy with its newest revision, and known to the webhook as that."""
    namespace.apply(deployment("canary", replicas=1), policy())
    namespace.wait_for_state("canary", HEALTHY, timeout=90)
    wait_for(lambda: _would_be_born_injected(namespace))


@pytest.mark.usefixtures("canary")
def test_a_new_workload_is_born_injected(namespace: Namespace) -> None:
    namespace.apply(deployment("orders", replicas=1))
    namespace.wait_for_state("orders", HEALTHY, timeout=90)
    namespace.wait_for_next_pass()
    assert namespace.record("orders")["revision"] == namespace.record("canary")["revision"]
    assert namespace.generation("orders") == 1
    assert len([name for name in namespace.list("replicasets") if name.startswith("orders-")]) == 1
    assert writes_to(namespace, "orders") == 0


def test_before_that_it_waits_for_its_turn(namespace: Namespace) -> None:
    namespace.apply(policy())
    assert not _is_injected(_created(namespace, replicas=1))
    namespace.wait_for_state("orders", HEALTHY, timeout=90)
    assert namespace.generation("orders") == 2


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("held", [{"mode": "DryRun"}, {"rollout": pace(paused=True)}], ids=["DryRun", "paused"])
def test_a_policy_that_holds_its_rollout_injects_no_new_workload(namespace: Namespace, held: dict[str, object]) -> None:
    namespace.apply(policy(**held))
    wait_for_value(lambda: _would_be_born_injected(namespace), value=False)
    assert not _is_injected(_created(namespace))
    namespace.wait_for_state("orders", "Waiting/DryRun" if "mode" in held else "Waiting/Paused")
    assert namespace.generation("orders") == 1


@pytest.mark.usefixtures("canary")
def test_kubectl_shows_what_a_new_workload_would_get(namespace: Namespace) -> None:
    shown = namespace.kubectl("create", "deployment", "orders", "--image=orders:1", "--dry-run=server", "-o", "name")
    assert shown.strip() == "deployment.apps/orders"
    assert "orders" not in namespace.list("deployments")
