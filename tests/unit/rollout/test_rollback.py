"""What has failed is put back once, is not tried again, and is never forgotten on the way."""

from dataclasses import replace

import pytest

from tests.unit.rollout.fleet import (
    BEGUN,
    HEALTHY,
    NEW,
    NOW,
    OLD,
    ROLLING,
    ago,
    goal,
    memory,
    outcome,
    verdict,
    workload,
)
from tests.unit.rollout.trials import CRASHED_TWICE, failure, knowing, on_trial, pod, rolling_back
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action

BROKEN = on_trial(pod(CRASHED_TWICE), memory=knowing())


def remembered(subject: Subject) -> TracedWorkloadStatus:
    status = workload_status(Case(subject), verdict(subject), NOW)
    assert status is not None
    return status


def restored(memory: TracedWorkloadStatus, replicas: object = HEALTHY) -> Subject:
    return Subject(workload(replicas=replicas), goal(), memory=memory)


def test_it_is_announced_with_its_evidence_before_anything_is_written() -> None:
    assert outcome(BROKEN) == (Action.NONE, State.ROLLING_BACK, Reason.CRASHED)
    status = remembered(BROKEN)
    assert (status.latched, status.revision) == (NEW, "")
    assert status.failure is not None
    assert (status.failure.exit_code, status.failure.container, status.failure.agents) == (1, "app", ("java",))
    assert status.failure.message == "no such agent"


def test_then_the_template_is_restored_and_its_pods_are_waited_for() -> None:
    announced = replace(BROKEN, memory=remembered(BROKEN))
    assert outcome(announced) == (Action.RESTORE, State.ROLLING_BACK, Reason.CRASHED)
    after = restored(remembered(announced), ROLLING)
    assert outcome(after) == (Action.NONE, State.ROLLING_BACK, Reason.CRASHED)
    assert remembered(after).failure == remembered(BROKEN).failure


def test_with_healthy_pods_it_is_over_and_the_revision_is_not_tried_again() -> None:
    done = restored(rolling_back())
    assert outcome(done) == (Action.NONE, State.ROLLED_BACK, Reason.CRASHED)
    later = restored(remembered(done))
    assert outcome(later) == (Action.NONE, State.ROLLED_BACK, Reason.CRASHED)
    assert remembered(later) == remembered(done)


def test_a_rollback_that_does_not_help_is_reported_as_that_and_blames_nobody() -> None:
    stuck = restored(rolling_back(attempted_at=ago(601)), ROLLING)
    assert outcome(stuck) == (Action.NONE, State.FAILED, Reason.ROLLBACK_UNHEALTHY)
    status = remembered(stuck)
    assert status.latched == NEW
    healed = restored(status)
    assert outcome(healed) == (Action.NONE, State.ROLLED_BACK, Reason.ROLLBACK_UNHEALTHY)
    assert outcome(restored(remembered(healed), ROLLING)) == (Action.NONE, State.ROLLED_BACK, Reason.ROLLBACK_UNHEALTHY)


def test_a_deployment_that_had_given_up_says_nothing_of_the_template_just_restored() -> None:
    given_up = workload(replicas=ROLLING, deadline_exceeded=True)
    just_restored = Subject(given_up, goal(), memory=rolling_back(attempted_at=ago(0.1)))
    assert outcome(just_restored) == (Action.NONE, State.ROLLING_BACK, Reason.CRASHED)


def test_a_release_that_breaks_it_later_changes_nothing() -> None:
    done = remembered(restored(rolling_back()))
    assert outcome(restored(done, ROLLING)) == (Action.NONE, State.ROLLED_BACK, Reason.CRASHED)


def test_a_newer_revision_is_tried() -> None:
    done = remembered(restored(rolling_back()))
    newer = Subject(workload(), goal("3333-cafe"), memory=done)
    assert outcome(newer)[0] is Action.INJECT
    assert remembered(newer).failure is None


def test_a_newer_revision_in_the_middle_of_it_mends_what_is_broken() -> None:
    mending = replace(BROKEN, goal=goal("3333-cafe"), memory=rolling_back())
    assert outcome(mending)[0] is Action.INJECT


def test_newer_images_alone_are_tried_when_somebody_asks_for_them() -> None:
    done = remembered(restored(rolling_back()))
    images = NEW.partition("-")[0] + "-beef"
    assert outcome(Subject(workload(), goal(images), memory=done))[1] is State.ROLLED_BACK
    assert outcome(Subject(workload(), goal(images, upgrading=True), memory=done))[0] is Action.INJECT


def test_somebody_who_asks_for_another_try_gets_one_and_no_more() -> None:
    done = remembered(restored(rolling_back()))
    asked = replace(restored(done), requests={"retry": "now"})
    assert outcome(asked)[0] is Action.INJECT
    status = remembered(asked)
    assert (status.latched, status.failure, status.handled) == ("", None, {"retry": "now"})
    again = replace(BROKEN, memory=knowing(status, agents=("java",)), requests={"retry": "now"})
    assert outcome(again)[1] is State.ROLLING_BACK
    put_back = replace(restored(rolling_back(handled={"retry": "now"})), requests={"retry": "now"})
    assert outcome(put_back)[1] is State.ROLLED_BACK


def test_somebody_who_asks_for_a_rollback_gets_it() -> None:
    healthy = Subject(workload(), goal(), recorded=NEW, memory=knowing(revision=NEW), requests={"rollback": "now"})
    assert outcome(healthy) == (Action.NONE, State.ROLLING_BACK, Reason.ROLLBACK_REQUESTED)
    announced = replace(healthy, memory=remembered(healthy))
    assert outcome(announced)[0] is Action.RESTORE
    assert outcome(replace(restored(remembered(announced)), requests=healthy.requests))[1] is State.ROLLED_BACK


def test_a_rollback_whose_write_was_refused_is_tried_again_after_a_minute() -> None:
    known = rolling_back(state=State.FAILED, reason=Reason.WRITE_REFUSED, message="denied", revision=NEW)
    refused = Subject(workload(), goal(), recorded=NEW, memory=known.model_copy(update={"attempted_at": ago(59)}))
    assert outcome(refused) == (Action.NONE, State.FAILED, Reason.WRITE_REFUSED)
    again = replace(refused, memory=known.model_copy(update={"attempted_at": ago(60)}))
    assert outcome(again) == (Action.RESTORE, State.ROLLING_BACK, Reason.CRASHED)
    assert "denied" not in remembered(again).message


@pytest.mark.parametrize("rollout", [{"onFailure": "Pause"}])
def test_where_the_policy_says_so_it_stays_as_it_is(rollout: dict[str, str]) -> None:
    broken = replace(BROKEN, goal=goal(rollout=rollout))
    assert outcome(broken) == (Action.NONE, State.FAILED, Reason.CRASHED)
    assert remembered(broken).failure is not None


def test_a_policy_that_only_plans_puts_nothing_back() -> None:
    assert outcome(replace(BROKEN, goal=goal(dry_run=True))) == (Action.NONE, State.FAILED, Reason.CRASHED)


def test_a_workload_that_stands_still_is_not_waited_for() -> None:
    paused = Subject(workload(replicas=ROLLING, paused=True), goal(), memory=rolling_back())
    assert outcome(paused)[1] is State.ROLLED_BACK


def test_the_first_write_on_an_old_one_keeps_nothing_of_it() -> None:
    done = rolling_back(failure=failure(revision=OLD), latched=OLD, state=State.ROLLED_BACK)
    begun = Subject(workload(), goal(), memory=done)
    assert remembered(begun).failure is None
    assert remembered(replace(begun, recorded=NEW, memory=BEGUN)).latched == ""


def test_a_revision_that_failed_before_another_one_is_not_tried_again() -> None:
    known = memory(State.HEALTHY, Reason.INJECTED, revision=OLD).model_copy(
        update={"earlier_failures": (failure(Reason.CRASHED, NEW),)}
    )
    back = Subject(workload(), goal(), recorded=OLD, memory=known)
    assert outcome(back) == (Action.NONE, State.LATCHED, Reason.CRASHED)
    assert "has failed here before" in verdict(back).message
    assert outcome(replace(back, requests={"retry": "now"}))[0] is Action.INJECT
