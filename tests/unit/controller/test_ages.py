"""How long spans have been those of a workload's present pods, whoever has changed its template."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.unit.rollout.fleet import HEALTHY, NEW, NOW, ROLLING, ago, memory, workload
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Workload
from tracereach.controller.ages import Ages

ORDERS = workload()
RELEASED = replace(ORDERS, template=b'{"released": true}')
ROLLING_OUT = replace(RELEASED, replicas=ROLLING)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def age(ages: Ages, one: Workload, now: datetime, before: TracedWorkloadStatus | None = None) -> float | None:
    return ages.look([one], {one.uid: before} if before else {}, now).get(one.reference)


def test_of_pods_that_were_there_before_anybody_looked_nothing_is_known() -> None:
    ages = Ages()
    assert age(ages, ORDERS, NOW) is None
    assert age(ages, ORDERS, after(100)) is None


def test_spans_count_from_half_a_minute_after_the_last_old_pod() -> None:
    ages = Ages()
    age(ages, ORDERS, NOW)
    assert age(ages, ROLLING_OUT, after(10)) == -30
    assert age(ages, ROLLING_OUT, after(90)) == -30
    assert age(ages, RELEASED, after(100)) == -30
    assert age(ages, RELEASED, after(150)) == 20


def test_a_release_whose_pods_are_there_at_once_is_a_change_too() -> None:
    ages = Ages()
    age(ages, ORDERS, NOW)
    assert age(ages, RELEASED, after(10)) == -30
    assert age(ages, RELEASED, after(50)) == 10


def test_pods_that_come_and_go_with_the_same_template_change_nothing() -> None:
    ages = Ages()
    age(ages, ORDERS, NOW)
    assert age(ages, replace(ORDERS, replicas=ROLLING), after(10)) is None


def test_calls_to_pods_that_were_all_gone_for_a_while_do_not_count() -> None:
    ages = Ages()
    age(ages, ORDERS, NOW)
    assert age(ages, replace(ORDERS, replicas=replace(HEALTHY, available=0, current=0)), after(10)) == -30
    assert age(ages, ORDERS, after(30)) == -30
    assert age(ages, ORDERS, after(80)) == 20


def test_a_rollout_that_does_not_end_is_judged_as_it_is() -> None:
    ages = Ages()
    age(ages, ORDERS, NOW)
    age(ages, ROLLING_OUT, NOW)
    assert age(ages, ROLLING_OUT, after(599)) == -30
    assert age(ages, ROLLING_OUT, after(600)) == -30
    assert age(ages, ROLLING_OUT, after(700)) == 70


def test_of_a_workload_that_is_new_every_span_counts() -> None:
    ages = Ages()
    ages.look([], {}, NOW)
    for seconds in (10, 11):
        assert age(ages, replace(ORDERS, replicas=replace(HEALTHY, available=0)), after(seconds)) is None
    assert age(ages, ORDERS, after(30)) is None


def test_a_workload_that_is_made_anew_begins_with_its_pods() -> None:
    ages = Ages()
    age(ages, ORDERS, NOW)
    anew = replace(ORDERS, uid="another")
    assert age(ages, replace(anew, replicas=replace(HEALTHY, available=0)), after(10)) == -30
    assert age(ages, anew, after(40)) == -30
    assert age(ages, anew, after(80)) == 10


def test_whether_pods_are_being_replaced_when_the_operator_starts_nobody_knows() -> None:
    ages = Ages()
    assert age(ages, ROLLING_OUT, NOW) == -30
    assert age(ages, RELEASED, after(10)) == -30


def remembered(**times: str) -> TracedWorkloadStatus:
    return memory(State.HEALTHY, Reason.INJECTED, revision=NEW).model_copy(update=times)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        (remembered(healthy_since=ago(100)), 70.0),
        (remembered(healthy_since=ago(10)), -20.0),
        (remembered(healthy_since=ago(100), complete_since=ago(40)), 10.0),
        (remembered(), None),
    ],
    ids=["proven", "just proven", "watched", "moving"],
)
def test_after_a_restart_it_is_as_was_reported(before: TracedWorkloadStatus, expected: float | None) -> None:
    ages = Ages()
    assert age(ages, ORDERS, NOW, before) == expected
    if expected is not None:
        assert age(ages, ORDERS, after(5)) == expected + 5
