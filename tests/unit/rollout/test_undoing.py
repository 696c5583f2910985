"""How an injection ends: because its policy leaves, or because its user took it out."""

import pytest

from tests.unit.rollout.fleet import (
    BEGUN,
    NEW,
    OLD,
    ROLLING,
    WAS_HEALTHY,
    goal,
    memory,
    outcome,
    verdict,
    workload,
)
from tracereach.api.reasons import Reason, State
from tracereach.rollout.decision import Action, Subject


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
