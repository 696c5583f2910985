"""Who takes an injection out by `kubectl rollout undo` is obeyed, and can have it back."""

import pytest

from tests.integration.manifests import Object, deployment, policy
from tests.integration.namespace import INJECTED, POLICIES, TRACED_WORKLOADS, Namespace
from tests.integration.operator_process import OperatorProcess
from tests.waiting import wait_for
from tracereach.api.reasons import EXPLANATIONS, Reason

UNDONE = "Latched/UndoneByUser"


@pytest.fixture
def undone(namespace: Namespace, operator: OperatorProcess) -> Object:
    """The template of `orders`, as it was before the injection and is again."""
    namespace.apply(deployment("orders"))
    original = namespace.template("orders")
    namespace.apply(policy())
    namespace.wait_for_state("orders", INJECTED)
    namespace.kubectl("rollout", "undo", "deployment/orders")
    assert namespace.template("orders") == original
    namespace.wait_for_state("orders", UNDONE)
    return original


def test_an_undo_is_not_fought(namespace: Namespace, undone: Object) -> None:
    namespace.wait_for_next_pass()
    assert namespace.template("orders") == undone
    assert namespace.state("orders") == UNDONE


def test_an_undo_outlives_the_operator(namespace: Namespace, undone: Object, operator: OperatorProcess) -> None:
    operator.restart()
    namespace.wait_for_next_pass()
    assert namespace.template("orders") == undone
    assert namespace.state("orders") == UNDONE


def test_an_undo_without_the_operator_is_obeyed_too(namespace: Namespace, operator: OperatorProcess) -> None:
    namespace.apply(deployment("orders"))
    original = namespace.template("orders")
    namespace.apply(policy())
    namespace.wait_for_state("orders", INJECTED)
    with operator.stopped():
        namespace.kubectl("rollout", "undo", "deployment/orders")
    namespace.wait_for_state("orders", UNDONE)
    namespace.wait_for_next_pass()
    assert namespace.template("orders") == original


@pytest.mark.usefixtures("undone")
def test_an_undo_is_reported_with_the_way_back(namespace: Namespace) -> None:
    (skipped,) = wait_for(lambda: namespace.get(POLICIES, "shop").get("status", {}).get("skipped", []))
    assert skipped["workload"] == f"{namespace.name}/Deployment/orders"
    assert skipped["reason"] == Reason.UNDONE_BY_USER
    (event,) = wait_for(lambda: namespace.events(Reason.UNDONE_BY_USER))
    assert EXPLANATIONS[Reason.UNDONE_BY_USER].remedy in event["note"]


@pytest.mark.usefixtures("undone")
def test_deleting_the_memory_brings_the_injection_back(namespace: Namespace) -> None:
    namespace.kubectl("delete", TRACED_WORKLOADS, "deployment-orders")
    namespace.wait_for_state("orders", INJECTED)
    assert namespace.record("orders")


@pytest.mark.usefixtures("undone")
def test_a_new_revision_is_tried_again(namespace: Namespace) -> None:
    namespace.apply(policy(propagation={"propagators": ["b3"]}))
    namespace.wait_for_state("orders", INJECTED)
    assert namespace.environment("orders")["OTEL_PROPAGATORS"]["value"] == "b3"


def test_going_back_to_an_older_injection_is_an_undo_too(namespace: Namespace, operator: OperatorProcess) -> None:
    namespace.apply(deployment("orders"), policy())
    namespace.wait_for_state("orders", INJECTED)
    first = namespace.template("orders")
    namespace.apply(policy(sampling={"sampler": "always_off"}))
    wait_for(lambda: namespace.template("orders"), lambda template: template != first)
    namespace.wait_for_state("orders", INJECTED)
    namespace.kubectl("rollout", "undo", "deployment/orders")
    namespace.wait_for_state("orders", UNDONE)
    namespace.wait_for_next_pass()
    assert namespace.template("orders") == first
