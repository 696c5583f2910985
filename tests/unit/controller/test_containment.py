"""An error of the operator's own is borne by the workload or the policy that it is about, and told in its status."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.controller.passes import Cluster
from tests.unit.rollout.fleet import NOW, SHOP, goal, workload
from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import Reason, State
from tracereach.cluster.resources import POLICIES
from tracereach.controller import loop, reporting
from tracereach.controller.containment import Decide, decided
from tracereach.controller.subjects import Case
from tracereach.rollout.pace import decide
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdicts

OTHER = PolicyReference("TracingPolicy", "shop", "other")


def case(name: str, policy: PolicyReference = SHOP) -> Case:
    return Case(Subject(workload(name), replace(goal(), policy=policy)))


def failing(fails: Callable[[set[str], set[str]], bool]) -> Decide:
    """Decides, unless it `fails` on these workloads of these policies."""

    def decide_or_fail(subjects: Sequence[Subject]) -> Verdicts:
        names = {subject.workload.reference.name for subject in subjects}
        if fails(names, {subject.goal.policy.name for subject in subjects if subject.goal}):
            raise ZeroDivisionError
        return decide(subjects, NOW)

    return decide_or_fail


def left_alone(found: Any) -> set[str]:
    return {
        reference.name
        for reference, verdict in found.verdicts.items()
        if (verdict.action, verdict.state, verdict.reason) == (Action.NONE, State.FAILED, Reason.OPERATOR_ERROR)
    }


FLEET = [case("a"), case("b"), case("c", OTHER)]


def test_a_workload_on_which_the_operator_fails_is_left_alone_and_all_others_go_on() -> None:
    found = decided(FLEET, failing(lambda names, _: "a" in names), NOW)
    assert left_alone(found) == {"a"}
    assert {one.subject.workload.reference.name: one.subject.error for one in found.cases} == {
        "a": "ZeroDivisionError",
        "b": "",
        "c": "",
    }
    assert [reference.name for reference, verdict in found.verdicts.items() if verdict.action is Action.INJECT]


def test_a_policy_on_which_it_fails_is_left_alone_and_all_others_go_on() -> None:
    found = decided(FLEET, failing(lambda names, _: {"a", "b"} <= names), NOW)
    assert left_alone(found) == {"a", "b"}
    assert set(found.begun) == {OTHER}


def test_both_may_be_so_at_once() -> None:
    found = decided([*FLEET, case("d", OTHER)], failing(lambda names, _: {"a", "b"} <= names or "c" in names), NOW)
    assert left_alone(found) == {"a", "b", "c"}


def test_an_error_that_is_nobody_s_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        decided(FLEET, failing(lambda _, policies: len(policies) > 1), NOW)


def conditions(cluster: Cluster, policy: str) -> dict[str, Any]:
    status = cluster.api.objects[POLICIES.item("shop", policy)]["status"]
    return {one["type"]: one for one in status["conditions"]}


def both() -> Cluster:
    cluster = Cluster()
    for name in ("hostile", "orders"):
        cluster.policy(name)
        cluster.deployment(name)
    return cluster


async def test_a_decision_that_fails_is_told_by_the_workload_and_its_policy(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(subjects: Sequence[Subject], *rest: Any, **how: Any) -> Verdicts:
        if any(subject.workload.reference.name == "hostile" for subject in subjects):
            raise ZeroDivisionError
        return decide(subjects, *rest, **how)

    monkeypatch.setattr(loop, "decide", broken)
    cluster = both()
    await cluster.look()
    assert (cluster.is_injected("hostile"), cluster.is_injected("orders")) == (False, True)
    status = cluster.status("hostile")
    assert (status["state"], status["reason"], status["message"]) == ("Failed", "OperatorError", "ZeroDivisionError")
    assert conditions(cluster, "hostile")["Degraded"]["status"] == "True"
    assert conditions(cluster, "orders")["Degraded"]["status"] == "False"
    assert "shop/Deployment/hostile" in caplog.text
    monkeypatch.undo()
    await cluster.look()
    assert cluster.is_injected("hostile")


async def test_a_policy_that_cannot_be_put_into_words_says_so_and_all_others_are_reported_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = reporting.policy_status

    def broken(reference: PolicyReference, *rest: Any) -> Any:
        if reference.name == "hostile":
            raise ZeroDivisionError
        return real(reference, *rest)

    monkeypatch.setattr(reporting, "policy_status", broken)
    cluster = both()
    await cluster.look()
    degraded = conditions(cluster, "hostile")["Degraded"]
    assert (degraded["status"], degraded["reason"]) == ("True", "OperatorError")
    assert "ZeroDivisionError" in degraded["message"]
    assert conditions(cluster, "orders")["Degraded"]["reason"] == "NoFailures"


async def test_a_pass_that_fails_is_told_by_every_policy_until_one_comes_to_its_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    cluster = both()
    await cluster.look()
    before = conditions(cluster, "orders")["Accepted"]
    monkeypatch.setattr(loop, "cases", broken)
    await cluster.loop._try_pass()
    assert "ZeroDivisionError" in caplog.text
    assert {conditions(cluster, name)["Degraded"]["reason"] for name in ("hostile", "orders")} == {"OperatorError"}
    assert conditions(cluster, "orders")["Accepted"] == before
    cluster.api.writes.clear()
    await cluster.loop._try_pass()
    assert cluster.api.writes == []
    monkeypatch.undo()
    await cluster.look()
    assert conditions(cluster, "orders")["Degraded"]["reason"] == "NoFailures"
