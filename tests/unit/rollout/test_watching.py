"""What is said of a workload while its pods are replaced, and afterwards."""

from dataclasses import replace

import pytest

from tests.unit.rollout.fleet import (
    BEGUN,
    BEGUN_LONG_AGO,
    HEALTHY,
    NEW,
    NOW,
    ROLLING,
    WAS_HEALTHY,
    ago,
    goal,
    memory,
    outcome,
    verdict,
    workload,
)
from tests.unit.rollout.outage import pod
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Replicas
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action

PROVEN = memory(State.HEALTHY, Reason.INJECTED, revision=NEW)


@pytest.mark.parametrize(
    ("subject", "action", "state", "reason"),
    [
        pytest.param(
            Subject(workload(), goal(), recorded=NEW, memory=BEGUN),
            Action.NONE,
            State.HEALTHY,
            Reason.INJECTED,
            id="injected and rolled out",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING), goal(), recorded=NEW, memory=BEGUN),
            Action.NONE,
            State.PROGRESSING,
            Reason.ROLLING_OUT,
            id="injected and rolling out",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING), goal(), recorded=NEW, memory=BEGUN_LONG_AGO),
            Action.NONE,
            State.ROLLING_BACK,
            Reason.DEADLINE_EXCEEDED,
            id="past the policy's deadline",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING, deadline_exceeded=True), goal(), recorded=NEW, memory=BEGUN),
            Action.NONE,
            State.ROLLING_BACK,
            Reason.DEADLINE_EXCEEDED,
            id="past the Deployment's own deadline",
        ),
        pytest.param(
            Subject(workload(deadline_exceeded=True), goal(), recorded=NEW, memory=BEGUN_LONG_AGO),
            Action.NONE,
            State.HEALTHY,
            Reason.INJECTED,
            id="late is better than never",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING), goal(), recorded=NEW),
            Action.NONE,
            State.PROGRESSING,
            Reason.ROLLING_OUT,
            id="written just before a restart, and not remembered yet",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING, paused=True), goal(), recorded=NEW, memory=BEGUN_LONG_AGO),
            Action.NONE,
            State.WAITING,
            Reason.PAUSED,
            id="paused in the middle is no failure",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING, on_delete=True), goal(), recorded=NEW, memory=BEGUN_LONG_AGO),
            Action.NONE,
            State.WAITING,
            Reason.ROLLING_OUT,
            id="OnDelete waits for somebody, for as long as it takes",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING), goal(), recorded=NEW, memory=PROVEN),
            Action.NONE,
            State.WAITING,
            Reason.NOT_READY,
            id="once healthy with it, a blip is not the injection's fault",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING, deadline_exceeded=True), goal(), recorded=NEW, memory=PROVEN),
            Action.NONE,
            State.WAITING,
            Reason.NOT_READY,
            id="once healthy with it, a bad release is the user's",
        ),
        pytest.param(
            Subject(workload(), goal(outdated=True), recorded=NEW, memory=WAS_HEALTHY),
            Action.NONE,
            State.HEALTHY,
            Reason.OUTDATED,
            id="healthy with older images than the operator knows",
        ),
    ],
)
def test_an_injected_workload_is_watched(subject: Subject, action: Action, state: State | None, reason: Reason) -> None:
    assert outcome(subject) == (action, state, reason)


@pytest.mark.parametrize(("seconds", "state"), [(30, State.PROGRESSING), (31, State.ROLLING_BACK)])
def test_the_deadline_is_the_policy_s(seconds: int, state: State) -> None:
    begun = memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=NEW, attempted_at=ago(seconds))
    rolling = Subject(
        workload(replicas=ROLLING), goal(rollout={"progressDeadlineSeconds": 30}), recorded=NEW, memory=begun
    )
    assert verdict(rolling).state is state


RESTING = [
    memory(State.WAITING, Reason.PAUSED, revision=NEW, attempted_at=ago(9000)),
    memory(State.WAITING, Reason.ROLLING_OUT, revision=NEW, attempted_at=ago(9000)),
    memory(State.WAITING, Reason.OWN_RELEASE_FAILS, revision=NEW, attempted_at=ago(9000)),
]


@pytest.mark.parametrize("known", RESTING, ids=["resumed", "replaced again without OnDelete", "released anew"])
def test_pods_that_were_nobody_s_fault_have_the_whole_deadline_from_when_they_go_on(
    known: TracedWorkloadStatus,
) -> None:
    given_up = workload(replicas=ROLLING, deadline_exceeded=True)
    going_on = Subject(given_up, goal(), recorded=NEW, memory=known)
    assert outcome(going_on) == (Action.NONE, State.PROGRESSING, Reason.ROLLING_OUT)
    status = workload_status(Case(going_on), verdict(going_on), NOW)
    assert status is not None
    assert status.attempted_at == "2026-01-02T12:00:00.000Z"


@pytest.mark.parametrize(
    ("replicas", "rolled_out"),
    [
        (HEALTHY, True),
        (Replicas(desired=0, current=0, updated=0, ready=0, available=0), True),
        (Replicas(desired=2, current=2, updated=1, ready=2, available=2), False),
        (Replicas(desired=2, current=3, updated=2, ready=3, available=3), False),
        (Replicas(desired=2, current=2, updated=2, ready=2, available=1), False),
    ],
)
def test_rolled_out_is_what_kubectl_rollout_status_calls_it(replicas: Replicas, *, rolled_out: bool) -> None:
    assert workload(replicas=replicas).rolled_out is rolled_out


@pytest.mark.parametrize(
    ("obstacle", "expected"),
    [
        (None, (Action.INJECT, State.PROGRESSING, Reason.ROLLING_OUT)),
        ((Reason.NEEDS_WEBHOOK, "x"), (Action.RESTORE, State.SKIPPED, Reason.NEEDS_WEBHOOK)),
    ],
)
def test_what_its_user_made_useless_is_taken_out(
    obstacle: tuple[Reason, str] | None, expected: tuple[Action, State, Reason]
) -> None:
    healthy = memory(State.HEALTHY, Reason.INJECTED, revision=NEW)
    assert (
        outcome(Subject(workload(), goal(renewing=True, obstacle=obstacle), recorded=NEW, memory=healthy)) == expected
    )


def test_without_the_webhook_a_template_that_leaves_something_to_it_is_not_healthy() -> None:
    stranded = Subject(workload(), goal(), recorded=NEW, memory=PROVEN, unserved=True, missed=(pod("a", 900),))
    found = verdict(stranded)
    assert (found.action, found.state, found.reason) == (Action.NONE, State.WAITING, Reason.NEEDS_WEBHOOK)
    assert "its new pods lack a part of it" in found.message
    assert not stranded.failed(NOW)


def test_pods_that_do_not_fit_their_merge_are_told_of_after_those_that_missed_it() -> None:
    odd = Subject(workload(), goal(), recorded=NEW, memory=PROVEN, failed_merges=(pod("a", 900), pod("b", 900)))
    found = verdict(odd)
    assert (found.action, found.state, found.reason) == (Action.NONE, State.HEALTHY, Reason.MERGE_FAILED)
    assert found.message == "2 of 2 pods"
    assert verdict(replace(odd, missed=(pod("c", 900),))).reason is Reason.MERGE_MISSED
    assert verdict(replace(odd, failed_merges=(pod("a", 900, terminating=True),))).reason is Reason.INJECTED
