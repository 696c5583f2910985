"""How an injection ends: because its policy leaves, or because its user took it out."""

import pytest

from tests.unit.rollout.fleet import (
    BEGUN,
    NEW,
    OLD,
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
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action

ANNOUNCED = memory(State.RESTORING, Reason.OPTED_OUT)
RESTORED = memory(State.RESTORING, Reason.NO_LONGER_SELECTED, attempted_at=ago(10))
ANNOUNCED_NEWER = WAS_HEALTHY.model_copy(update={"announced": NEW})
LATCHED = memory(State.LATCHED, Reason.UNDONE_BY_USER, latched=NEW)


@pytest.mark.parametrize(
    ("subject", "action", "state", "reason"),
    [
        pytest.param(
            Subject(workload(), None, recorded=OLD),
            Action.RESTORE,
            State.RESTORING,
            Reason.NO_LONGER_SELECTED,
            id="no longer selected",
        ),
        pytest.param(
            Subject(workload(), None, Reason.OPTED_OUT, recorded=OLD, memory=WAS_HEALTHY),
            Action.NONE,
            State.RESTORING,
            Reason.OPTED_OUT,
            id="that is announced first",
        ),
        pytest.param(
            Subject(workload(paused=True, replicas=ROLLING), None, Reason.OPTED_OUT, recorded=OLD, memory=ANNOUNCED),
            Action.RESTORE,
            State.RESTORING,
            Reason.OPTED_OUT,
            id="and then waits for nothing",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING, paused=True), None, memory=RESTORED),
            Action.NONE,
            None,
            Reason.NO_LONGER_SELECTED,
            id="paused, so its pods are not waited for",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING, on_delete=True), None, memory=RESTORED),
            Action.NONE,
            None,
            Reason.NO_LONGER_SELECTED,
            id="OnDelete, so its pods are not waited for",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING, deadline_exceeded=True), None, memory=RESTORED),
            Action.NONE,
            None,
            Reason.NO_LONGER_SELECTED,
            id="broken in itself, so its pods are not waited for for ever",
        ),
        pytest.param(
            Subject(workload(), goal(dry_run=True), Reason.POLICY_DELETED, recorded=OLD, memory=ANNOUNCED),
            Action.RESTORE,
            State.RESTORING,
            Reason.POLICY_DELETED,
            id="its policy goes, and its successor does nothing for now",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING), None, memory=memory(State.RESTORING, Reason.NO_LONGER_SELECTED)),
            Action.NONE,
            State.RESTORING,
            Reason.NO_LONGER_SELECTED,
            id="restored, and its pods follow",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING), None, memory=memory(State.RESTORING, Reason.POLICY_DELETED)),
            Action.NONE,
            State.RESTORING,
            Reason.POLICY_DELETED,
            id="its pods follow, and it is still told why, though nothing in it names the policy any more",
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
    ],
)
def test_a_workload_that_no_policy_wants_is_put_back(
    subject: Subject, action: Action, state: State | None, reason: Reason
) -> None:
    assert outcome(subject) == (action, state, reason)


@pytest.mark.parametrize(
    ("subject", "action", "state", "reason"),
    [
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
            Subject(workload(), goal("3333-cafe"), recorded=NEW, memory=ANNOUNCED_NEWER),
            Action.INJECT,
            State.PROGRESSING,
            Reason.ROLLING_OUT,
            id="written by an operator that ended before it could say so, and the policy is another since",
        ),
        pytest.param(
            Subject(workload(), goal("3333-cafe"), recorded="0000-cafe", memory=ANNOUNCED_NEWER),
            Action.NONE,
            State.LATCHED,
            Reason.UNDONE_BY_USER,
            id="put back to one that nobody has announced",
        ),
        pytest.param(
            Subject(workload(), goal("3333-cafe"), memory=ANNOUNCED_NEWER),
            Action.NONE,
            State.LATCHED,
            Reason.UNDONE_BY_USER,
            id="taken out although a newer one was announced",
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
            Subject(workload(), goal(), memory=BEGUN, damage="it was edited"),
            Action.NONE,
            State.FAILED,
            Reason.DAMAGED_RECORD,
            id="a damaged record is no undo",
        ),
        pytest.param(
            Subject(workload(), goal("2222-beef"), memory=LATCHED),
            Action.NONE,
            State.LATCHED,
            Reason.UNDONE_BY_USER,
            id="newer images alone are not tried",
        ),
        pytest.param(
            Subject(workload(), goal("2222-beef", upgrading=True), memory=LATCHED),
            Action.INJECT,
            State.PROGRESSING,
            Reason.ROLLING_OUT,
            id="unless somebody asks for them",
        ),
        pytest.param(
            Subject(workload(), goal(obstacle=(Reason.OTHER_AGENT, "Datadog")), memory=BEGUN),
            Action.NONE,
            State.SKIPPED,
            Reason.OTHER_AGENT,
            id="taken out by us, because it cannot be injected any more",
        ),
        pytest.param(
            Subject(workload(), goal(obstacle=(Reason.NEEDS_WEBHOOK, "x")), recorded=OLD, foreign=True),
            Action.NONE,
            State.SKIPPED,
            Reason.NEEDS_WEBHOOK,
            id="not of our writing, so not for us to take out",
        ),
    ],
)
def test_a_user_who_takes_it_out_is_obeyed(
    subject: Subject, action: Action, state: State | None, reason: Reason
) -> None:
    assert outcome(subject) == (action, state, reason)


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        (Subject(workload(), goal(), memory=BEGUN), f"revision {NEW} was taken out of the template"),
        (Subject(workload(), goal(), memory=memory(State.LATCHED, Reason.UNDONE_BY_USER, latched=NEW)), "as before"),
    ],
)
def test_the_message_says_what_the_reason_cannot(subject: Subject, message: str) -> None:
    assert message in verdict(subject).message
