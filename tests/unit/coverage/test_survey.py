"""What a policy's entry points lead to."""

import pytest

from tests.unit.coverage.world import workload
from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.policy import ClusterPolicySpec, PolicySpec
from tracereach.coverage.services import Service
from tracereach.coverage.survey import Surveyed, policy_facts

LABELS = {"matchLabels": {"tracing": "enabled"}}
SPEC = {"selector": LABELS, "export": {"endpoint": "http://collector:4317"}}
A = workload("a")
SURVEYED = Surveyed({}, {"a.shop": (A,), "10.96.0.7": (A,)})


def policy(entry: str) -> Policy:
    spec = PolicySpec.model_validate(SPEC | {"coverage": {"entrypoints": [entry]}})
    return Policy(PolicyReference("TracingPolicy", "shop", "shop"), spec)


def cluster_policy(entry: str) -> Policy:
    spec = ClusterPolicySpec.model_validate(SPEC | {"coverage": {"entrypoints": [entry]}, "namespaceSelector": LABELS})
    return Policy(PolicyReference("ClusterTracingPolicy", "", "all"), spec)


@pytest.mark.parametrize("one", [policy("a"), policy("a.shop"), cluster_policy("a.shop")])
def test_an_entry_is_a_service_of_the_policys_namespace_or_of_one_that_it_names(one: Policy) -> None:
    facts = policy_facts(one, frozenset(), SURVEYED)
    assert (facts.entries, facts.missing_entries) == ((A,), ())


@pytest.mark.parametrize("one", [policy("b"), cluster_policy("a")])
def test_an_entry_that_leads_nowhere_is_said(one: Policy) -> None:
    facts = policy_facts(one, frozenset(), SURVEYED)
    assert (facts.entries, facts.missing_entries) == ((), tuple(one.spec.coverage.entrypoints))


def test_an_end_of_a_declared_hop_that_is_no_workload_is_said() -> None:
    ends = [{"caller": "a", "callee": "shop/Deployment/paymnts"}, {"caller": str(A), "callee": "b"}]
    spec = PolicySpec.model_validate(SPEC | {"coverage": {"declaredEdges": ends}})
    declaring = Policy(PolicyReference("TracingPolicy", "shop", "shop"), spec)
    surveyed = Surveyed({A: Service(A)}, SURVEYED.addresses)
    assert policy_facts(declaring, frozenset(), surveyed).missing_ends == ("shop/Deployment/paymnts", "b")
