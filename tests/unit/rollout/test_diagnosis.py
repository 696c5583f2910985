"""What went wrong with pods, whose doing it is, and when nothing is said."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.rollout.fleet import (
    BEGUN_LONG_AGO,
    HEALTHY,
    NEW,
    NOW,
    OLD,
    ROLLING,
    SHOP,
    ago,
    goal,
    memory,
    outcome,
    verdict,
    workload,
)
from tests.unit.rollout.trials import APP, CRASHED_ONCE, CRASHED_TWICE, knowing, on_trial, pod, pulling
from tracereach.api.pod import ContainerHealth
from tracereach.api.policy import Rollout
from tracereach.api.reasons import Reason, State
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.diagnosis import Failure, diagnose
from tracereach.rollout.pace import decide, rollouts
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action

PROVEN = knowing(memory(State.HEALTHY, Reason.INJECTED, revision=NEW), healthy_since=ago(60))
BAKING = {"bakeSeconds": 120}
KILLED = ContainerHealth(name="app", image=APP, restarts=1, ended="OOMKilled", exit_code=137)
AGENT_IMAGE = pulling("registry.example/agent:1")
LATE = knowing(attempted_at=ago(601))


def reason(subject: Subject) -> Reason | None:
    found = diagnose(subject, NOW)
    return found.reason if found else None


@pytest.mark.parametrize(
    ("subject", "want"),
    [
        pytest.param(on_trial(pod(CRASHED_TWICE)), Reason.CRASHED, id="crashed twice"),
        pytest.param(on_trial(pod(CRASHED_ONCE)), None, id="crashed once"),
        pytest.param(on_trial(pod(replace(CRASHED_ONCE, restarts=2))), Reason.CRASHED, id="crashed a third time"),
        pytest.param(on_trial(pod(replace(CRASHED_TWICE, exit_code=0))), None, id="ended well, if too soon"),
        pytest.param(on_trial(pod(KILLED)), Reason.OUT_OF_MEMORY, id="out of memory, if only once"),
        pytest.param(on_trial(pod(AGENT_IMAGE, age=119)), None, id="an image that may still come"),
        pytest.param(
            on_trial(pod(AGENT_IMAGE, age=120)), Reason.IMAGE_UNAVAILABLE, id="an agent's image that is missing"
        ),
        pytest.param(on_trial(pod(pulling(APP), age=120)), Reason.IMAGE_UNAVAILABLE, id="the app's image, unchanged"),
        pytest.param(on_trial(pod(CRASHED_TWICE, revision=OLD)), None, id="a pod of another revision"),
        pytest.param(on_trial(pod(CRASHED_TWICE, revision="")), None, id="a pod without an injection"),
        pytest.param(on_trial(pod(CRASHED_TWICE, terminating=True)), None, id="a pod that is going"),
        pytest.param(
            on_trial(pod(replace(CRASHED_TWICE, name="log-shipper")), memory=knowing()),
            None,
            id="a container that nothing was put into",
        ),
        pytest.param(
            on_trial(pod(replace(CRASHED_TWICE, name="tracereach-agent-java")), memory=knowing()),
            Reason.CRASHED,
            id="a container of ours",
        ),
        pytest.param(
            on_trial(pod(AGENT_IMAGE), memory=LATE), Reason.IMAGE_UNAVAILABLE, id="an image missing in the end"
        ),
        pytest.param(on_trial(memory=LATE), Reason.DEADLINE_EXCEEDED, id="not ready in time"),
        pytest.param(
            on_trial(memory=LATE, workload=workload(replicas=ROLLING, refusal="exceeded quota: small")),
            Reason.PODS_REFUSED,
            id="pods refused, and not ready in time",
        ),
        pytest.param(
            on_trial(workload=workload(replicas=ROLLING, refusal="exceeded quota: small")), None, id="refused just now"
        ),
        pytest.param(on_trial(memory=knowing(lapses=4)), Reason.BECAME_UNREADY, id="flapping"),
        pytest.param(on_trial(memory=knowing(lapses=3)), None, id="readiness lost a few times"),
        pytest.param(
            on_trial(pod(CRASHED_TWICE), workload=workload(replicas=ROLLING, paused=True)), None, id="paused meanwhile"
        ),
    ],
)
def test_a_workload_that_has_yet_to_prove_itself(subject: Subject, want: Reason | None) -> None:
    assert reason(subject) == want


def baking(*pods: Any, seconds: float = 60, **fields: Any) -> Subject:
    known = PROVEN.model_copy(update={"healthy_since": ago(seconds), **fields.pop("memory", {})})
    return on_trial(*pods, memory=known, rollout=BAKING, **fields)


def test_one_that_breaks_while_it_bakes_is_put_back_and_later_no_more() -> None:
    assert reason(baking(pod(CRASHED_TWICE), seconds=119)) is Reason.CRASHED
    assert reason(baking(pod(CRASHED_TWICE), seconds=120)) is None
    assert outcome(baking(pod(CRASHED_TWICE), seconds=120)) == (Action.NONE, State.WAITING, Reason.NOT_READY)


@pytest.mark.parametrize(("seconds", "want"), [(29, None), (30, Reason.BECAME_UNREADY)])
def test_a_pod_that_stays_unready_while_its_workload_bakes(seconds: int, want: Reason | None) -> None:
    assert reason(baking(pod(unready_since=NOW - timedelta(seconds=seconds)))) == want


RELEASED: dict[str, Any] = {"release": "new"}


def released(*pods: Any, **fields: Any) -> Subject:
    """Its user has changed the template since the injection was written."""
    return on_trial(*pods, memory=knowing(release="old", **fields), release="new")


def test_an_image_of_the_user_s_new_release_is_the_user_s_matter_and_holds_no_slot() -> None:
    subject = released(pod(pulling(APP)))
    assert reason(subject) is Reason.OWN_RELEASE_FAILS
    assert outcome(subject) == (Action.NONE, State.WAITING, Reason.OWN_RELEASE_FAILS)


@pytest.mark.parametrize("given_up", [False, True])
def test_it_counts_against_nobody_however_long_it_takes(*, given_up: bool) -> None:
    stuck = workload(replicas=ROLLING, deadline_exceeded=given_up)
    known = BEGUN_LONG_AGO.model_copy(update={"release": "old"})
    subject = on_trial(pod(pulling(APP)), memory=known, release="new", workload=stuck)
    found = decide([subject], NOW)
    assert found[stuck.reference].reason is Reason.OWN_RELEASE_FAILS
    assert rollouts([subject], found, NOW)[SHOP].failures == 0


def newer(subject: Subject) -> Subject:
    """The same, once its policy wants another revision."""
    return replace(
        subject, goal=replace(goal("3333-cafe"), rollout=subject.goal.rollout if subject.goal else Rollout())
    )


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(released(pod(pulling(APP))), id="of a release before the injection had proved itself"),
        pytest.param(on_trial(pod(pulling(APP)), memory=PROVEN), id="of a pod made anew, long after it had"),
    ],
)
def test_no_newer_revision_is_written_while_an_image_of_the_user_s_own_is_missing(subject: Subject) -> None:
    assert outcome(newer(subject)) == (Action.NONE, State.WAITING, Reason.UNHEALTHY_BEFORE)
    assert APP in verdict(newer(subject)).message


def test_it_is_written_where_the_injection_may_have_brought_that_to_light_or_is_what_is_missing() -> None:
    assert outcome(newer(on_trial(pod(pulling(APP)))))[0] is Action.INJECT
    assert outcome(newer(released(pod(AGENT_IMAGE))))[0] is Action.INJECT


def test_a_newer_revision_that_was_written_before_anybody_saw_that_is_not_blamed() -> None:
    before = newer(released())
    written = workload_status(Case(before), verdict(before), NOW)
    assert written is not None
    after = on_trial(pod(pulling(APP), age=120, revision="3333-cafe"), memory=written, release="new")
    assert reason(replace(after, recorded="3333-cafe", goal=before.goal)) is Reason.OWN_RELEASE_FAILS


def test_an_image_of_ours_stays_ours_whatever_the_user_releases() -> None:
    assert reason(released(pod(AGENT_IMAGE, age=120))) is Reason.IMAGE_UNAVAILABLE


def test_a_crash_after_a_release_that_nothing_was_healthy_with_takes_the_injection_out_to_see() -> None:
    assert reason(released(pod(CRASHED_TWICE))) is Reason.CRASHED


def test_a_crash_after_a_release_where_the_injection_had_proved_itself_is_the_user_s_matter() -> None:
    subject = baking(pod(CRASHED_TWICE), memory={"release": "old"}, release="new")
    assert reason(subject) is Reason.OWN_RELEASE_FAILS


NO_COMMAND = ContainerHealth(
    name="app",
    image=APP,
    restarts=2,
    waiting="RunContainerError",
    waiting_message='exec: "serve": executable file not found in $PATH',
    ended="StartError",
    exit_code=128,
)


def test_a_command_that_cannot_be_started_is_a_crash_and_no_missing_image() -> None:
    assert reason(on_trial(pod(NO_COMMAND, age=600))) is Reason.CRASHED
    assert reason(baking(pod(NO_COMMAND, age=600))) is Reason.CRASHED
    once = replace(NO_COMMAND, restarts=1)
    assert reason(on_trial(pod(once, age=600))) is None
    subject = baking(pod(NO_COMMAND, age=600), memory={"release": "old"}, release="new")
    assert reason(subject) is Reason.OWN_RELEASE_FAILS


def test_an_image_of_ours_in_which_nothing_can_be_run_is_as_good_as_missing() -> None:
    ours = replace(NO_COMMAND, name="tracereach-agent-java")
    assert reason(on_trial(pod(ours, age=120))) is Reason.IMAGE_UNAVAILABLE


def test_all_pods_ready_is_nothing_wrong() -> None:
    assert diagnose(on_trial(workload=workload(replicas=HEALTHY), memory=LATE), NOW) is None


@pytest.mark.parametrize(("seconds", "state"), [(29, State.PROGRESSING), (30, State.HEALTHY)])
def test_a_container_that_ended_and_runs_again_begins_the_wait_anew(seconds: int, state: State) -> None:
    again = ContainerHealth(
        name="app", restarts=1, ended="Error", exit_code=1, ended_at=NOW - timedelta(seconds=seconds)
    )
    known = knowing(complete_since=ago(60))
    ready = workload(replicas=HEALTHY)
    subject = on_trial(pod(again), memory=known, rollout={"minHealthySeconds": 30}, workload=ready)
    assert verdict(subject).state is state


def test_the_evidence_in_words() -> None:
    found = verdict(on_trial(pod(CRASHED_TWICE)))
    assert found.message == "container app, exit code 1, 1 restarts, no such agent"
    assert str(Failure(reason=Reason.DEADLINE_EXCEEDED)) == ""
