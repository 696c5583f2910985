"""What is said of a workload while its pods are replaced, and afterwards."""

import pytest

from tests.unit.rollout.fleet import (
    BEGUN,
    BEGUN_LONG_AGO,
    HEALTHY,
    NEW,
    ROLLING,
    WAS_HEALTHY,
    ago,
    goal,
    memory,
    outcome,
    verdict,
    workload,
)
from tracereach.api.reasons import Reason, State
from tracereach.api.workload import Replicas
from tracereach.rollout.decision import Action
from tracereach.rollout.subject import Subject

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
            State.FAILED,
            Reason.DEADLINE_EXCEEDED,
            id="past the policy's deadline",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING, deadline_exceeded=True), goal(), recorded=NEW, memory=BEGUN),
            Action.NONE,
            State.FAILED,
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


@pytest.mark.parametrize(("seconds", "state"), [(30, State.PROGRESSING), (31, State.FAILED)])
def test_the_deadline_is_the_policy_s(seconds: int, state: State) -> None:
    begun = memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=NEW, attempted_at=ago(seconds))
    rolling = Subject(
        workload(replicas=ROLLING), goal(rollout={"progressDeadlineSeconds": 30}), recorded=NEW, memory=begun
    )
    assert verdict(rolling).state is state


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
