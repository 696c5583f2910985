"""Workloads without pods: injected while it disturbs nobody, and judged by the first pods that they get."""

from typing import Any

from tests.unit.rollout.fleet import NEW, NOW, ROLLING, ago, goal, memory, outcome, workload
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Replicas
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.decision import judge
from tracereach.rollout.pace import decide
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action

NONE = Replicas(0, 0, 0, 0, 0)
IDLE = memory(State.WAITING, Reason.SCALED_TO_ZERO, revision=NEW, attempted_at=ago(9000))
PROVEN_AND_IDLE = IDLE.model_copy(update={"attempted_at": None})


def subject(replicas: Replicas, known: TracedWorkloadStatus, **fields: Any) -> Subject:
    return Subject(workload(replicas=replicas, **fields), goal(), recorded=NEW, memory=known)


def remembered(found: Subject) -> TracedWorkloadStatus:
    status = workload_status(Case(found), judge(found, NOW), NOW)
    assert status is not None
    return status


def test_nobody_can_say_that_it_is_healthy() -> None:
    assert outcome(subject(NONE, IDLE)) == (Action.NONE, State.WAITING, Reason.SCALED_TO_ZERO)


def test_it_holds_no_slot() -> None:
    one = goal(rollout={"maxConcurrent": 1})
    idle = Subject(workload("idle", NONE), one, recorded=NEW, memory=IDLE)
    verdicts = decide([idle, Subject(workload("next"), one)], NOW)
    assert verdicts[workload("next").reference].action is Action.INJECT


def test_it_goes_after_all_that_can_be_judged() -> None:
    one = goal(rollout={"maxConcurrent": 1})
    verdicts = decide([Subject(workload("a", NONE), one), Subject(workload("b"), one)], NOW)
    begun = [reference.name for reference, verdict in verdicts.items() if verdict.action is Action.INJECT]
    assert begun == ["b"]


def test_its_first_pods_have_the_whole_deadline_though_its_template_was_written_long_ago() -> None:
    waking = subject(ROLLING, IDLE)
    assert outcome(waking) == (Action.NONE, State.PROGRESSING, Reason.ROLLING_OUT)
    assert remembered(waking).attempted_at == "2026-01-02T12:00:00.000Z"


def test_pods_that_never_become_ready_are_a_failure_then() -> None:
    late = memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=NEW, attempted_at=ago(601))
    assert outcome(subject(ROLLING, late)) == (Action.NONE, State.ROLLING_BACK, Reason.DEADLINE_EXCEEDED)


def test_what_was_healthy_once_stays_proven_while_it_sleeps() -> None:
    assert remembered(subject(NONE, PROVEN_AND_IDLE)).attempted_at is None
    waking = subject(ROLLING, PROVEN_AND_IDLE)
    assert outcome(waking) == (Action.NONE, State.WAITING, Reason.NOT_READY)
    assert remembered(waking).attempted_at is None
