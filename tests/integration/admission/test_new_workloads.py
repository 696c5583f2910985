"""A new workload is born injected where the canary has passed, and has but one ReplicaSet."""

import pytest

from tests.integration.manifests import deployment, pace, policy
from tests.integration.namespace import HEALTHY, Namespace
from tests.integration.writes import writes_to

pytestmark = pytest.mark.usefixtures("webhook")


@pytest.fixture
def canary(namespace: Namespace) -> None:
    """Another workload of the policy, healthy with its newest revision."""
    namespace.apply(deployment("canary", replicas=1), policy())
    namespace.wait_for_state("canary", HEALTHY, timeout=90)


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
    namespace.apply(deployment("orders", replicas=1))
    assert namespace.generation("orders") == 1
    assert namespace.record("orders") == {} or writes_to(namespace, "orders") == 1
    namespace.wait_for_state("orders", HEALTHY, timeout=90)
    assert namespace.generation("orders") == 2


@pytest.mark.usefixtures("canary")
@pytest.mark.parametrize("held", [{"mode": "DryRun"}, {"rollout": pace(paused=True)}], ids=["DryRun", "paused"])
def test_a_policy_that_holds_its_rollout_injects_no_new_workload(namespace: Namespace, held: dict[str, object]) -> None:
    namespace.apply(policy(**held))
    namespace.wait_for_state("canary", HEALTHY)
    namespace.apply(deployment("orders"))
    assert namespace.record("orders") == {}
    namespace.wait_for_state("orders", "Waiting/DryRun" if "mode" in held else "Waiting/Paused")
    assert namespace.generation("orders") == 1


@pytest.mark.usefixtures("canary")
def test_kubectl_shows_what_a_new_workload_would_get(namespace: Namespace) -> None:
    shown = namespace.kubectl("create", "deployment", "orders", "--image=orders:1", "--dry-run=server", "-o", "name")
    assert shown.strip() == "deployment.apps/orders"
    assert "orders" not in namespace.list("deployments")
