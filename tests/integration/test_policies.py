"""Which policy wins a workload, and how it passes from one to the next."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.manifests import REFUSED_BY_THE_OPERATOR, SELECTED, cluster_policy, deployment, policy
from tests.integration.namespace import (
    INJECTED,
    POLICIES,
    TRACED_WORKLOADS,
    Namespace,
    condition,
    new_namespace,
    news_of,
    once_reported,
)
from tests.integration.operator_process import OperatorProcess
from tests.integration.writes import writes_to
from tests.shop.kubernetes import get, kubectl
from tests.waiting import wait_for, wait_for_value
from tracereach.api import names

CLUSTER_POLICIES = f"{names.CLUSTER_POLICY_PLURAL}.{names.GROUP}"
B3 = {"propagators": ["b3"]}
JAEGER = {"propagators": ["jaeger"]}

ApplyClusterPolicy = Callable[..., str]


@pytest.fixture
def apply_cluster_policy(namespace: Namespace) -> Iterator[ApplyClusterPolicy]:
    """Make a cluster policy for the namespace, with further fields of its spec; its reference.

    The operator knows of it by then: policies of the two kinds arrive by two ways, of which either may be the quicker.
    """
    name = f"{namespace.name}-all"

    def apply(**fields: Any) -> str:
        kubectl("apply", "-f", "-", stdin=json.dumps(cluster_policy(name, namespace=namespace.name, **fields)))
        once_reported(lambda: get(CLUSTER_POLICIES, name))
        return f"{names.CLUSTER_POLICY_KIND}/{name}"

    yield apply
    kubectl("delete", CLUSTER_POLICIES, name, "--ignore-not-found", "--timeout=60s")


def _propagators(namespace: Namespace) -> str | None:
    value: str | None = namespace.environment("orders").get("OTEL_PROPAGATORS", {}).get("value")
    return value


def _policy_of(namespace: Namespace) -> str:
    traced: str = namespace.get(TRACED_WORKLOADS, "deployment-orders")["spec"]["policy"]
    return traced


def test_a_cluster_policy_serves_the_namespaces_it_selects(
    namespace: Namespace, operator: OperatorProcess, apply_cluster_policy: ApplyClusterPolicy
) -> None:
    with new_namespace() as elsewhere:
        elsewhere.apply(deployment("orders"))
        namespace.apply(deployment("orders"))
        winner = apply_cluster_policy()
        namespace.wait_for_state("orders", INJECTED)
        assert namespace.record("orders")["policy"] == winner
        namespace.wait_for_next_pass()
        assert elsewhere.record("orders") == {}
    _, name = winner.split("/")
    (first, *_) = wait_for(
        lambda: news_of(kubectl("get", "events.v1.events.k8s.io", "--namespace=default", "-o", "json"), name)
    )
    assert first == "WaveBegun"


def test_a_namespace_that_is_labelled_later_is_served_from_then_on(
    namespace: Namespace, operator: OperatorProcess, apply_cluster_policy: ApplyClusterPolicy
) -> None:
    namespace.apply(deployment("orders"))
    label = namespace.name
    apply_cluster_policy(namespaceSelector={"matchLabels": {"team": label}})
    namespace.kubectl("label", "namespace", namespace.name, f"team={label}")
    namespace.wait_for_state("orders", INJECTED)
    namespace.kubectl("label", "namespace", namespace.name, "team-")
    wait_for_value(lambda: namespace.record("orders"), {})


def test_a_namespaced_policy_wins_over_a_cluster_policy_of_any_priority(
    namespace: Namespace, operator: OperatorProcess, apply_cluster_policy: ApplyClusterPolicy
) -> None:
    apply_cluster_policy(propagation=B3, priority=1000)
    namespace.apply(policy(propagation=JAEGER), deployment("orders"))
    namespace.wait_for_state("orders", INJECTED)
    wait_for_value(lambda: _propagators(namespace), "jaeger")
    namespace.wait_for_next_pass()
    assert _propagators(namespace) == "jaeger"


@pytest.mark.parametrize(
    ("winner", "loser"), [({"priority": 2}, {"priority": 1}), ({}, {"priority": -1})], ids=["higher", "default"]
)
def test_the_higher_priority_wins(
    namespace: Namespace, operator: OperatorProcess, winner: dict[str, Any], loser: dict[str, Any]
) -> None:
    namespace.apply(policy("a", propagation=JAEGER, **loser), policy("b", propagation=B3, **winner))
    for name in ("a", "b"):
        namespace.reported(name)
    namespace.apply(deployment("orders"))
    namespace.wait_for_state("orders", INJECTED)
    assert _propagators(namespace) == "b3"


def test_the_next_policy_takes_over_by_one_rollout(
    namespace: Namespace, operator: OperatorProcess, apply_cluster_policy: ApplyClusterPolicy
) -> None:
    namespace.apply(deployment("orders"), policy(propagation=JAEGER))
    namespace.wait_for_state("orders", INJECTED)
    successor = apply_cluster_policy(propagation=B3)
    namespace.kubectl("delete", POLICIES, "shop", "--timeout=60s")
    wait_for_value(lambda: _propagators(namespace), "b3")
    namespace.wait_for_next_pass()
    assert writes_to(namespace, "orders") == 2
    assert namespace.generation("orders") == 3
    assert _policy_of(namespace) == successor


def test_an_equal_policy_takes_over_and_lets_the_deleted_one_go(
    namespace: Namespace, operator: OperatorProcess, apply_cluster_policy: ApplyClusterPolicy
) -> None:
    namespace.apply(deployment("orders"), policy())
    namespace.wait_for_state("orders", INJECTED)
    successor = apply_cluster_policy()
    namespace.kubectl("delete", POLICIES, "shop", "--timeout=30s")
    wait_for_value(lambda: _policy_of(namespace), successor)
    namespace.wait_for_next_pass()
    assert namespace.state("orders") == INJECTED
    assert writes_to(namespace, "orders") == 1


def test_what_was_taken_over_stays_when_the_new_policy_is_refused(
    namespace: Namespace, operator: OperatorProcess, apply_cluster_policy: ApplyClusterPolicy
) -> None:
    namespace.apply(deployment("orders"), policy())
    namespace.wait_for_state("orders", INJECTED)
    successor = apply_cluster_policy()
    namespace.kubectl("delete", POLICIES, "shop", "--timeout=30s")
    wait_for_value(lambda: _policy_of(namespace), successor)
    apply_cluster_policy(resource=REFUSED_BY_THE_OPERATOR)
    _, name = successor.split("/")
    wait_for_value(lambda: condition(namespace.get(CLUSTER_POLICIES, name), "Accepted").get("status"), "False")
    assert writes_to(namespace, "orders") == 1
    assert _policy_of(namespace) == successor


def test_a_policy_that_wins_later_takes_over_by_one_rollout(namespace: Namespace, operator: OperatorProcess) -> None:
    namespace.apply(deployment("orders"), policy("first", propagation=JAEGER))
    namespace.wait_for_state("orders", INJECTED)
    namespace.apply(policy("second", propagation=B3, priority=1))
    wait_for_value(lambda: _propagators(namespace), "b3")
    namespace.kubectl("delete", POLICIES, "first", "--timeout=60s")
    namespace.wait_for_next_pass()
    assert writes_to(namespace, "orders") == 2
    assert _policy_of(namespace) == f"{names.POLICY_KIND}/{namespace.name}/second"


def test_label_expressions_select_as_in_kubernetes(namespace: Namespace, operator: OperatorProcess) -> None:
    canary = {"tier": "canary"}
    namespace.apply(deployment("orders"), deployment("orders-canary", labels=canary))
    expressions = [{"key": "tier", "operator": "NotIn", "values": ["canary"]}]
    namespace.apply(policy(selector={"matchLabels": SELECTED, "matchExpressions": expressions}))
    namespace.wait_for_state("orders", INJECTED)
    namespace.wait_for_next_pass()
    assert namespace.record("orders-canary") == {}
    assert namespace.state("orders-canary") == ""
