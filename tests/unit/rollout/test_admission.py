"""Whether a workload that is not as its policy wants it may be changed now."""

import pytest

from tests.unit.rollout.fleet import (
    NOW,
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
from tracereach.api.workload import Replicas, Workload
from tracereach.rollout.decision import judge
from tracereach.rollout.pace import decide
from tracereach.rollout.subject import Goal, Subject
from tracereach.rollout.verdict import Action

NAME_CLASH = (Reason.NAME_CLASH, "volume tracereach-data")


RELEASED = memory(State.WAITING, Reason.NOT_READY, revision=OLD).model_copy(update={"release": "old"})
"""It had proved itself with an older revision."""


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
            Subject(workload(replicas=ROLLING), goal(), recorded=OLD, memory=RELEASED, release="new"),
            Action.NONE,
            State.WAITING,
            Reason.UNHEALTHY_BEFORE,
            id="broken by its user's own release before a newer revision came",
        ),
        pytest.param(
            Subject(workload(replicas=ROLLING), goal(), recorded=OLD, memory=RELEASED, release="old"),
            Action.INJECT,
            State.PROGRESSING,
            Reason.ROLLING_OUT,
            id="broken without a release, so maybe by an older revision, which the newer one may mend",
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
    ],
)
def test_a_workload_that_is_alone_goes_waits_or_is_skipped(
    subject: Subject, action: Action, state: State | None, reason: Reason
) -> None:
    assert outcome(subject) == (action, state, reason)


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        (Subject(workload(), goal(obstacle=NAME_CLASH)), "volume tracereach-data"),
        (Subject(workload(), goal(rollout={"paused": True})), "the policy is paused"),
        (Subject(workload(paused=True), goal()), "the workload is paused"),
    ],
)
def test_the_message_says_what_the_reason_cannot(subject: Subject, message: str) -> None:
    assert message in verdict(subject).message


@pytest.mark.parametrize(
    ("seconds", "action", "state"),
    [(0, Action.NONE, State.FAILED), (59, Action.NONE, State.FAILED), (60, Action.INJECT, State.PROGRESSING)],
)
def test_a_refused_write_is_tried_again_after_a_minute(seconds: int, action: Action, state: State) -> None:
    refused = memory(State.FAILED, Reason.WRITE_REFUSED, attempted_at=ago(seconds))
    found = verdict(Subject(workload(), goal(), memory=refused))
    assert (found.action, found.state) == (action, state)


def test_nobody_is_nothing_to_decide_upon() -> None:
    assert decide([], NOW) == {}


@pytest.mark.parametrize("wanted", [goal(), goal(dry_run=True), goal(rollout={"maxConcurrent": 1})])
def test_its_owner_is_told_of_a_downtime_beforehand(wanted: Goal) -> None:
    till = Subject(workload("till", downtime="its strategy is Recreate"), wanted)
    first = Subject(workload("a"), wanted)
    assert decide([first, till], NOW)[till.workload.reference].message == (
        "Expect moments without any pod: its strategy is Recreate."
    )


@pytest.mark.parametrize(
    ("sick", "message"),
    [
        (workload(replicas=Replicas(3, 3, 3, 1, 1)), "1 of 3 pods are available"),
        (workload(generation=2, observed_generation=1), "a rollout of its own is under way"),
        (workload(replicas=Replicas(3, 4, 3, 4, 4)), "a rollout of its own is under way"),
    ],
)
def test_of_an_unhealthy_workload_it_is_said_what_it_lacks(sick: Workload, message: str) -> None:
    assert judge(Subject(sick, goal()), NOW).message == message
