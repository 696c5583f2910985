"""What is decided about one workload alone, for every way it can stand."""

import pytest

from tests.unit.rollout.fleet import HEALTHY, NEW, NOW, OLD, ROLLING, ago, goal, memory, verdict, workload
from tracereach.api.reasons import Reason, State
from tracereach.api.workload import Replicas
from tracereach.rollout.decision import Action, Subject, decide

BEGUN = memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=NEW, changed_at=ago(10))
BEGUN_LONG_AGO = memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=NEW, changed_at=ago(601))
WAS_HEALTHY = memory(State.HEALTHY, Reason.INJECTED, revision=OLD, changed_at=ago(9000))
NAME_CLASH = (Reason.NAME_CLASH, "volume tracereach-data")
DAMAGED = (Reason.DAMAGED_RECORD, "annotation tracereach.dev/injection is not as it was written")


@pytest.mark.parametrize(
    ("subject", "action", "state", "reason"),
    [
        pytest.param(
            Subject(workload(), goal()), Action.INJECT, State.PROGRESSING, Reason.ROLLING_OUT, id="new and healthy"
        ),
        pytest.param(
            Subject(workload(), goal(), recorded=OLD, memory=WAS_HEALTHY),
            Action.INJECT,
            State.PROGRESSING,
            Reason.ROLLING_OUT,
            id="an older revision is brought up to date",
        ),
        pytest.param(
            Subject(workload(replicas=Replicas(0, 0, 0, 0, 0)), goal()),
            Action.INJECT,
            State.PROGRESSING,
            Reason.ROLLING_OUT,
            id="scaled to zero hurts nobody",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING, on_delete=True), goal()),
            Action.INJECT,
            State.PROGRESSING,
            Reason.ROLLING_OUT,
            id="OnDelete is never rolled out by itself, so it is not waited for",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING), goal()),
            Action.NONE,
            State.WAITING,
            Reason.UNHEALTHY_BEFORE,
            id="unhealthy before",
        ),
        pytest.param(
            Subject(workload(generation=2, observed_generation=1), goal()),
            Action.NONE,
            State.WAITING,
            Reason.UNHEALTHY_BEFORE,
            id="its own controller has not seen its newest template",
        ),
        pytest.param(
            Subject(workload(paused=True), goal()), Action.NONE, State.WAITING, Reason.PAUSED, id="paused workload"
        ),
        pytest.param(
            Subject(workload(), goal(rollout={"paused": True})),
            Action.NONE,
            State.WAITING,
            Reason.PAUSED,
            id="paused policy",
        ),
        pytest.param(Subject(workload(), goal(dry_run=True)), Action.NONE, State.WAITING, Reason.DRY_RUN, id="dry run"),
        pytest.param(
            Subject(workload(), goal(held=True)),
            Action.NONE,
            State.WAITING,
            Reason.POLICY_REFUSED,
            id="nothing new for a policy whose specification was refused",
        ),
        pytest.param(
            Subject(workload(), goal(OLD, held=True), recorded=OLD),
            Action.NONE,
            State.HEALTHY,
            Reason.INJECTED,
            id="and what it has injected stays",
        ),
        pytest.param(
            Subject(workload(), goal(obstacle=NAME_CLASH)),
            Action.NONE,
            State.SKIPPED,
            Reason.NAME_CLASH,
            id="nothing could be added",
        ),
        pytest.param(
            Subject(workload(), goal(obstacle=NAME_CLASH), recorded=OLD, memory=WAS_HEALTHY),
            Action.RESTORE,
            State.SKIPPED,
            Reason.NAME_CLASH,
            id="nothing could be added any more",
        ),
        pytest.param(
            Subject(workload(), goal(obstacle=NAME_CLASH, dry_run=True), recorded=OLD, memory=WAS_HEALTHY),
            Action.NONE,
            State.SKIPPED,
            Reason.NAME_CLASH,
            id="a dry run takes nothing out either",
        ),
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
            Subject(workload(), None, recorded=OLD),
            Action.RESTORE,
            State.RESTORING,
            Reason.NO_LONGER_SELECTED,
            id="no longer selected",
        ),
        pytest.param(
            Subject(workload(paused=True, replicas=ROLLING), None, Reason.OPTED_OUT, recorded=OLD, memory=WAS_HEALTHY),
            Action.RESTORE,
            State.RESTORING,
            Reason.OPTED_OUT,
            id="restoring waits for nothing",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING), None, memory=memory(State.RESTORING, Reason.NO_LONGER_SELECTED)),
            Action.NONE,
            State.RESTORING,
            Reason.NO_LONGER_SELECTED,
            id="restored, and its pods follow",
        ),
        pytest.param(
            Subject(workload(), None, memory=memory(State.RESTORING, Reason.NO_LONGER_SELECTED)),
            Action.NONE,
            None,
            Reason.NO_LONGER_SELECTED,
            id="restored and forgotten",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING), None, memory=memory(State.WAITING, Reason.IN_QUEUE)),
            Action.NONE,
            None,
            Reason.NO_LONGER_SELECTED,
            id="never injected and forgotten at once",
        ),
        pytest.param(
            Subject(workload(), goal(), memory=BEGUN),
            Action.NONE,
            State.LATCHED,
            Reason.UNDONE_BY_USER,
            id="taken out by its user",
        ),
        pytest.param(
            Subject(workload(), goal(), recorded=OLD, memory=BEGUN),
            Action.NONE,
            State.LATCHED,
            Reason.UNDONE_BY_USER,
            id="put back to the older revision by its user",
        ),
        pytest.param(
            Subject(workload(), goal(), memory=memory(State.LATCHED, Reason.UNDONE_BY_USER, latched=NEW)),
            Action.NONE,
            State.LATCHED,
            Reason.UNDONE_BY_USER,
            id="latched stays latched",
        ),
        pytest.param(
            Subject(workload(), goal(), memory=memory(State.LATCHED, Reason.UNDONE_BY_USER, latched=OLD)),
            Action.INJECT,
            State.PROGRESSING,
            Reason.ROLLING_OUT,
            id="and another revision is tried",
        ),
        pytest.param(
            Subject(workload(), goal(), recorded=NEW, memory=memory(State.LATCHED, Reason.UNDONE_BY_USER, latched=NEW)),
            Action.NONE,
            State.HEALTHY,
            Reason.INJECTED,
            id="the user brought it back",
        ),
        pytest.param(
            Subject(workload(), goal(obstacle=DAMAGED), memory=BEGUN),
            Action.NONE,
            State.SKIPPED,
            Reason.DAMAGED_RECORD,
            id="a damaged record is no undo",
        ),
    ],
)
def test_a_workload_alone(subject: Subject, action: Action, state: State | None, reason: Reason) -> None:
    found = verdict(subject)
    assert (found.action, found.state, found.reason) == (action, state, reason)


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        (Subject(workload(), goal(), memory=BEGUN), f"revision {NEW} was taken out of the template"),
        (Subject(workload(), goal(obstacle=NAME_CLASH)), "volume tracereach-data"),
        (Subject(workload(), goal(rollout={"paused": True})), "spec.rollout.paused is true"),
        (Subject(workload(paused=True), goal()), "the workload is paused"),
        (Subject(workload(replicas=ROLLING, on_delete=True), goal(), recorded=NEW), "when somebody deletes them"),
        (Subject(workload(), goal(), memory=memory(State.LATCHED, Reason.UNDONE_BY_USER, latched=NEW)), "as before"),
    ],
)
def test_the_message_says_what_the_reason_cannot(subject: Subject, message: str) -> None:
    assert message in verdict(subject).message


@pytest.mark.parametrize(
    ("seconds", "action", "state"),
    [(0, Action.NONE, State.FAILED), (59, Action.NONE, State.FAILED), (60, Action.INJECT, State.PROGRESSING)],
)
def test_a_refused_write_is_tried_again_after_a_minute(seconds: int, action: Action, state: State) -> None:
    refused = memory(State.FAILED, Reason.WRITE_REFUSED, changed_at=ago(seconds))
    found = verdict(Subject(workload(), goal(), memory=refused))
    assert (found.action, found.state) == (action, state)


@pytest.mark.parametrize(("seconds", "state"), [(30, State.PROGRESSING), (31, State.FAILED)])
def test_the_deadline_is_the_policy_s(seconds: int, state: State) -> None:
    begun = memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=NEW, changed_at=ago(seconds))
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


def test_nobody_is_nothing_to_decide_upon() -> None:
    assert decide([], NOW) == {}
