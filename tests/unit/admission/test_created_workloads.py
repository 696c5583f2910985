"""A new workload starts with the newest revision where its canary has passed; else it waits its turn."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.admission.shop import (
    NEWEST,
    ORDERS,
    SELECTED,
    TEMPLATE,
    creation,
    injected,
    knowledge,
    memory,
    replaced,
)
from tests.unit.controller.shop import SHOP, policies, policy_body
from tracereach.admission.decision import Decision, Why, admit
from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import Reason, State
from tracereach.api.status import FailureStatus
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.projections import TracedWorkloadRecord
from tracereach.inject import read_record

PASSED = memory(name="payments")


def _why(**known: Any) -> Why:
    decision = admit(creation(), knowledge(**{"memories": [PASSED]} | known))
    assert (decision.template is not None) is (decision.why is Why.CANARY_PASSED)
    return decision.why


def test_it_starts_with_the_revision_that_another_is_healthy_with() -> None:
    decision = admit(creation(), knowledge(memories=[PASSED]))
    assert decision == Decision(Why.CANARY_PASSED, injected())


@pytest.mark.parametrize(
    "others",
    [
        [],
        [memory(State.PROGRESSING, name="payments")],
        [memory(name="payments", attempted_at="2026-01-02T12:00:00Z")],
        [memory(name="payments", revision="1111-cafe")],
        [memory(name="payments", agents=("java", "python"))],
        [memory(name="payments", policy=PolicyReference("TracingPolicy", "shop", "another"))],
    ],
    ids=["nobody", "in progress", "not proven", "another revision", "other agents", "another policy"],
)
def test_it_waits_its_turn_until_then(others: list[Any]) -> None:
    assert _why(memories=others) is Why.AWAITS_ITS_TURN


def test_another_with_more_agents_will_do() -> None:
    assert _why(memories=[memory(name="payments", agents=("java", "nodejs"))]) is Why.CANARY_PASSED


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"mode": "DryRun"}, Why.AWAITS_ITS_TURN),
        ({"rollout": {"paused": True}}, Why.AWAITS_ITS_TURN),
        ({"rollout": {"maxFailures": 0}}, Why.AWAITS_ITS_TURN),
        ({"rollout": {"maxFailures": 1}}, Why.CANARY_PASSED),
        ({"rollout": {"maxFailures": 1, "onFailure": "Pause"}}, Why.AWAITS_ITS_TURN),
        ({"selector": {"matchLabels": {"tracing": "another"}}}, Why.NOT_SELECTED),
    ],
    ids=["DryRun", "paused", "too many failures", "few failures", "stops at the first", "not selected"],
)
def test_the_policy_says_whether_it_may(spec: dict[str, Any], why: Why) -> None:
    failed = memory(State.FAILED, name="ledger")
    assert _why(found=policies(policy_body(**spec)), memories=[PASSED, failed]) is why


@pytest.mark.parametrize(
    ("reason", "agents", "why"),
    [
        (Reason.CRASHED, ("nodejs",), Why.AWAITS_ITS_TURN),
        (Reason.CRASHED, ("java",), Why.CANARY_PASSED),
        (Reason.ROLLBACK_REQUESTED, ("nodejs",), Why.CANARY_PASSED),
        (Reason.PODS_REFUSED, ("nodejs",), Why.CANARY_PASSED),
    ],
    ids=["its agent", "another agent", "somebody asked for it", "no agent has run"],
)
def test_an_agent_that_failed_on_two_workloads_of_whatever_policy_is_begun_nowhere_else(
    reason: Reason, agents: tuple[str, ...], why: Why
) -> None:
    other = PolicyReference("TracingPolicy", "shop", "another")
    failed = [
        memory(State.ROLLED_BACK, name=name, agents=agents, policy=policy, reason=reason)
        for name, policy in (("ledger", SHOP), ("carts", other))
    ]
    assert _why(memories=[PASSED, *failed]) is why
    assert _why(memories=[PASSED, failed[0]]) is Why.CANARY_PASSED


@pytest.mark.parametrize(
    "body",
    [policy_body(sampling={"ratio": "2"}), policy_body(metadata={"deletionTimestamp": "2026-01-02T12:00:00Z"})],
    ids=["refused", "going"],
)
def test_a_policy_that_is_not_in_force_injects_nothing(body: dict[str, Any]) -> None:
    assert _why(found=policies(body)) is Why.NOT_SELECTED


@pytest.mark.parametrize(
    "known",
    [
        {"namespace_labels": {"tracereach.dev/inject": "false"}},
        {"terminating": True},
        {"own_namespace": "shop"},
    ],
    ids=["opted out", "terminating", "the operator's own"],
)
def test_nothing_is_injected_in_some_namespaces(known: dict[str, Any]) -> None:
    assert _why(**known) is Why.NOT_SELECTED


@pytest.mark.parametrize("namespace", ["kube-system", "unheard-of"])
def test_nothing_is_injected_where_the_policy_does_not_reach(namespace: str) -> None:
    write = creation(workload=WorkloadReference(namespace, "Deployment", "orders"))
    assert admit(write, knowledge(memories=[PASSED])) == Decision(Why.NOT_SELECTED)


def test_a_workload_that_is_opted_out_is_left_alone() -> None:
    write = creation(labels=SELECTED | {"tracereach.dev/inject": "false"})
    assert admit(write, knowledge(memories=[PASSED])) == Decision(Why.NOT_SELECTED)


@pytest.mark.parametrize("field", ["labels", "annotations"])
def test_a_pod_template_that_is_opted_out_is_left_alone(field: str) -> None:
    write = creation(TEMPLATE | {"metadata": {field: {"tracereach.dev/inject": "false"}}})
    assert admit(write, knowledge(memories=[PASSED])) == Decision(Why.NOT_SELECTED)


def test_one_that_cannot_be_injected_waits_for_the_controller_to_say_why() -> None:
    other = replaced(TEMPLATE, env=[{"name": "JAVA_TOOL_OPTIONS", "value": "-javaagent:/dd-java-agent.jar"}])
    assert admit(creation(other), knowledge(memories=[PASSED])) == Decision(Why.AWAITS_ITS_TURN)


def test_one_whose_name_is_yet_to_be_generated_waits_until_it_has_one() -> None:
    write = creation(workload=WorkloadReference("shop", "Deployment", ""))
    assert admit(write, knowledge(memories=[PASSED])) == Decision(Why.AWAITS_ITS_TURN)


def test_one_that_was_injected_offline_is_left_as_it_is() -> None:
    assert admit(creation(injected()), knowledge(memories=[PASSED])) == Decision(Why.INJECTED_ALREADY)


@pytest.mark.parametrize(("passed", "why"), [([PASSED], Why.CANARY_PASSED), ([], Why.AWAITS_ITS_TURN)])
def test_a_record_copied_from_another_workload_counts_as_none(passed: list[Any], why: Why) -> None:
    copied = injected(workload=WorkloadReference("shop", "Deployment", "payments"))
    decision = admit(creation(copied), knowledge(memories=passed))
    assert decision.why is why
    if decision.template is not None:
        record = read_record(decision.template)
        assert record is not None
        assert (record.workload, record.policy, record.revision) == (str(ORDERS), str(SHOP), NEWEST.name)


def test_a_record_that_cannot_be_read_is_left_alone() -> None:
    damaged = TEMPLATE | {"metadata": {"annotations": {"tracereach.dev/injection": "{"}}}
    decision = admit(creation(damaged), knowledge(memories=[PASSED]))
    assert (decision.why, decision.template) == (Why.DAMAGED_RECORD, None)
    assert "tracereach.dev/injection" in decision.message


def _failed_before(revision: str) -> TracedWorkloadRecord:
    """What is left of a workload of the same name that was deleted."""
    before = memory(State.ROLLED_BACK, uid="another", latched=revision)
    assert before.status is not None
    failure = FailureStatus(reason=Reason.CRASHED, revision=revision, at="2026-01-02T12:00:00Z")
    return replace(before, status=before.status.model_copy(update={"failure": failure}))


def test_a_revision_that_failed_on_a_workload_of_the_same_name_does_not_come_back_with_it() -> None:
    assert _why(memories=[PASSED, _failed_before(NEWEST.name)]) is Why.LATCHED
    assert _why(memories=[PASSED, _failed_before("1111-cafe")]) is Why.CANARY_PASSED


@pytest.mark.parametrize("annotation", ["paused", "rolled-back"])
def test_a_policy_that_is_held_by_an_annotation_holds_new_workloads_too(annotation: str) -> None:
    found = policies(policy_body(metadata={"annotations": {f"tracereach.dev/{annotation}": "true"}}))
    assert _why(found=found) is Why.AWAITS_ITS_TURN
