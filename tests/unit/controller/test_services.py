"""What coverage is told of each workload."""

import json
from dataclasses import replace

import pytest

from tests.unit.controller.test_policy_status import IDLE, MISSED, ROWS
from tests.unit.rollout.fleet import NEW, NOW, ago, goal, memory, workload
from tracereach.api.reasons import Reason, State
from tracereach.api.tracing import Route, Tracing
from tracereach.api.workload import Replicas, Workload, WorkloadReference
from tracereach.cluster.projections import ConfigMapRecord
from tracereach.controller.services import Templates, services
from tracereach.controller.subjects import Case
from tracereach.rollout.subject import Subject


def test_templates_and_pods_are_told_apart() -> None:
    rows = (*ROWS, IDLE, MISSED)
    verdicts = {case.subject.workload.reference: verdict for case, verdict in rows}
    cases = [case for case, _ in rows]
    found = services([case.subject.workload for case in cases], cases, verdicts, Templates(), NOW)
    levels = {one.reference.name: (one.injected, one.rolled_out) for one in found.values()}
    assert levels == {
        "healthy": (True, True),
        "rolling": (True, False),
        "begun": (False, False),
        "outdated": (True, True),
        "queued": (False, False),
        "skipped": (False, False),
        "undone": (False, False),
        "failed": (True, False),
        "idle": (True, False),
        "missed": (True, False),
        "foreign": (True, True),
        "lost": (False, False),
        "opted-out": (False, False),
    }
    reasons = {one.reference.name: one.reason for one in found.values()}
    assert (reasons["skipped"], reasons["opted-out"]) == (Reason.OTHER_AGENT, Reason.OPTED_OUT)


@pytest.mark.parametrize(
    ("replicas", "rolled_out"),
    [
        (Replicas(5, 5, 5, 5, 5), True),
        (Replicas(5, 4, 4, 2, 2), True),
        (Replicas(5, 5, 5, 1, 1), True),
        (Replicas(5, 5, 5, 0, 0), False),
        (Replicas(5, 6, 5, 5, 5), False),
        (Replicas(5, 5, 3, 5, 5), False),
    ],
)
def test_a_pod_that_is_not_ready_yet_makes_nothing_unknown_of_those_that_answer(
    *, replicas: Replicas, rolled_out: bool
) -> None:
    (case, verdict), *_ = [row for row in ROWS if row[0].subject.workload.reference.name == "healthy"]
    scaled = replace(case.subject.workload, replicas=replicas)
    again = replace(case, subject=replace(case.subject, workload=scaled))
    (found,) = services([scaled], [again], {scaled.reference: verdict}, Templates(), NOW).values()
    assert found.rolled_out == rolled_out


def test_a_workload_of_no_policy_is_known_by_its_template() -> None:
    alone = plain({"name": "OTEL_PROPAGATORS", "value": "b3"})
    (found,) = services([alone], [], {}, Templates(), NOW).values()
    assert (found.policy, found.reason, found.injected) == ("", None, False)
    assert found.tracing == Tracing(
        ("b3",), "parentbased_always_on", 1.0, Route.DIRECT, frozenset({"OTEL_PROPAGATORS"})
    )


def test_a_template_is_read_once() -> None:
    templates, workload = Templates(), plain()
    assert templates.facts(workload) is templates.facts(workload)
    templates.forget_all_but(set())
    assert templates.facts(workload) == templates.facts(plain())


def test_a_template_tells_whom_its_workload_calls() -> None:
    caller = plain({"name": "ORDERS_URL", "value": "http://orders:8080"})
    orders = WorkloadReference("shop", "Deployment", "orders")
    assert Templates().expected([caller], {"orders.shop": (orders,)}) == {(caller.reference, orders)}


def test_a_config_map_tells_whom_those_call_that_refer_to_it() -> None:
    caller = plain({"name": "ORDERS", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "orders"}}})
    orders = WorkloadReference("shop", "Deployment", "orders")
    here, there = (ConfigMapRecord(space, "settings", {"orders": frozenset({"orders"})}) for space in ("shop", "x"))
    addresses = {"orders.shop": (orders,)}
    assert Templates().expected([caller], addresses, [here]) == {(caller.reference, orders)}
    assert Templates().expected([caller], addresses, [there]) == frozenset()


@pytest.mark.parametrize(
    ("times", "lately"),
    [
        ({"healthy_since": ago(170)}, True),
        ({"healthy_since": ago(190)}, False),
        ({"healthy_since": ago(190), "complete_since": ago(10)}, True),
        ({}, False),
    ],
    ids=["just proven", "proven", "watched", "moving"],
)
def test_a_rollout_that_ended_lately_may_have_brought_a_break(times: dict[str, str], *, lately: bool) -> None:
    before = memory(State.HEALTHY, Reason.INJECTED, revision=NEW).model_copy(update=times)
    case = Case(Subject(workload(), goal(), recorded=NEW, memory=before))
    (found,) = services([workload()], [case], {}, Templates(), NOW).values()
    assert (found.revision, found.rolled_out_lately) == (NEW, lately)


def plain(*env: dict[str, str]) -> Workload:
    template = {"spec": {"containers": [{"name": "app", "env": list(env)}]}}
    reference = WorkloadReference("shop", "Deployment", "alone")
    return Workload(reference, "uid", "1", {}, json.dumps(template).encode(), Replicas(1, 1, 1, 1, 1))


def test_facts_of_templates_that_were_replaced_are_forgotten() -> None:
    templates = Templates()
    for number in range(10):
        env = [{"name": "URL", "value": f"http://orders-{number}:8080"}]
        template = json.dumps({"spec": {"containers": [{"name": "app", "env": env}]}}).encode()
        templates.facts(replace(workload(), template=template))
        templates.forget_all_but({workload().uid})
    assert len(templates._equal) == 1
