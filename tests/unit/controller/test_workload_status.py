"""What is remembered of a workload after a pass."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.unit.rollout.fleet import BEGUN, NEW, NOW, OLD, ROLLING, ago, goal, memory, workload
from tests.unit.rollout.fleet import HEALTHY as RUNS
from tests.unit.rollout.outage import pod
from tracereach.api.pod import Pod
from tracereach.api.reasons import Reason, State
from tracereach.api.status import FailureStatus, SkippedContainer, TracedWorkloadStatus
from tracereach.api.workload import Replicas
from tracereach.controller.rendering import Outcome
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import event_note, event_type, workload_status
from tracereach.rollout.decision import judge
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Eviction, Verdict

STAMP = "2026-01-02T12:00:00.000Z"
BEFORE = ago(100)
HEALTHY = memory(State.HEALTHY, Reason.INJECTED, revision=OLD, attempted_at=BEFORE)
REFUSED = memory(State.FAILED, Reason.WRITE_REFUSED, revision=OLD, attempted_at=BEFORE)

INJECTED = Verdict(Action.INJECT, State.PROGRESSING, Reason.ROLLING_OUT)
RESTORED = Verdict(Action.RESTORE, State.RESTORING, Reason.NO_LONGER_SELECTED)
WAITING = Verdict(Action.NONE, State.WAITING, Reason.IN_QUEUE)
UNDONE = Verdict(Action.NONE, State.LATCHED, Reason.UNDONE_BY_USER)
REFUSED_NOW = Verdict(Action.INJECT, State.FAILED, Reason.WRITE_REFUSED, "exceeded quota")
ROLLING_OUT = Verdict(Action.NONE, State.PROGRESSING, Reason.ROLLING_OUT)
ANNOUNCED = Verdict(Action.NONE, State.RESTORING, Reason.OPTED_OUT)
IS_HEALTHY = Verdict(Action.NONE, State.HEALTHY, Reason.INJECTED)
IN_ORDER = memory(State.HEALTHY, Reason.INJECTED, revision=NEW)
NOT_WRITTEN = Verdict(Action.NONE, State.FAILED, Reason.WRITE_REFUSED, "exceeded quota")


def status(case: Case, verdict: Verdict) -> TracedWorkloadStatus:
    found = workload_status(case, verdict, NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("subject", "verdict", "revision", "latched", "attempted_at"),
    [
        pytest.param(Subject(workload(), goal()), INJECTED, NEW, "", STAMP, id="first injection"),
        pytest.param(
            Subject(workload(), goal(), recorded=OLD, memory=HEALTHY), INJECTED, NEW, "", STAMP, id="brought up to date"
        ),
        pytest.param(Subject(workload(), None, recorded=OLD, memory=HEALTHY), RESTORED, "", "", STAMP, id="restored"),
        pytest.param(
            Subject(workload(), goal(), recorded=OLD, memory=HEALTHY), WAITING, OLD, "", BEFORE, id="waits its turn"
        ),
        pytest.param(
            Subject(workload(), goal(), memory=HEALTHY),
            UNDONE,
            "",
            NEW,
            BEFORE,
            id="undone, and so latched",
        ),
        pytest.param(
            Subject(workload(), goal(), recorded=OLD, memory=HEALTHY),
            UNDONE,
            OLD,
            NEW,
            BEFORE,
            id="put back to the older one, so that is what the template holds",
        ),
        pytest.param(
            Subject(workload(), goal(), recorded=OLD, memory=HEALTHY), REFUSED_NOW, OLD, "", STAMP, id="refused now"
        ),
        pytest.param(
            Subject(workload(), goal(), recorded=OLD, memory=REFUSED), REFUSED_NOW, OLD, "", STAMP, id="refused again"
        ),
        pytest.param(
            Subject(workload(), goal(), recorded=NEW, memory=BEGUN), IS_HEALTHY, NEW, "", None, id="healthy at last"
        ),
        pytest.param(
            Subject(workload(), goal(), recorded=OLD, memory=REFUSED),
            NOT_WRITTEN,
            OLD,
            "",
            BEFORE,
            id="refused before, and not tried again since",
        ),
        pytest.param(Subject(workload(), goal()), WAITING, "", "", None, id="nothing was ever written"),
        pytest.param(
            Subject(workload(), goal(), recorded=NEW), ROLLING_OUT, NEW, "", STAMP, id="written, and not remembered"
        ),
        pytest.param(
            Subject(workload(), None, recorded=OLD, memory=HEALTHY),
            ANNOUNCED,
            "",
            "",
            BEFORE,
            id="about to be restored",
        ),
    ],
)
def test_revision_latch_and_time_of_the_last_write(
    subject: Subject, verdict: Verdict, revision: str, latched: str, attempted_at: str | None
) -> None:
    found = status(Case(subject), verdict)
    assert (found.state, found.reason, found.message) == (verdict.state, verdict.reason, verdict.message)
    assert (found.revision, found.latched, found.attempted_at) == (revision, latched, attempted_at)


def test_without_a_state_it_is_forgotten() -> None:
    gone = Verdict(Action.NONE, None, Reason.NO_LONGER_SELECTED)
    assert workload_status(Case(Subject(workload(), None, memory=HEALTHY)), gone, NOW) is None


@pytest.mark.parametrize(
    ("outcome", "agents", "containers"),
    [
        (Outcome(None, ("java",)), ("java",), ()),
        (None, ("nodejs",), ("proxy",)),
    ],
)
def test_agents_and_skipped_containers_stay_known_after_the_rendering(
    outcome: Outcome | None, agents: tuple[str, ...], containers: tuple[str, ...]
) -> None:
    skipped = SkippedContainer(container="proxy", reason=Reason.PROXY)
    before: dict[str, Any] = {"agents": ("nodejs",), "containers": (skipped,)}
    subject = Subject(workload(), goal(), recorded=NEW, memory=HEALTHY.model_copy(update=before))
    found = status(Case(subject, outcome=outcome), WAITING)
    assert found.agents == agents
    assert tuple(one.container for one in found.containers) == containers


def test_a_workload_that_was_undone_may_get_a_newer_revision() -> None:
    """What is remembered after an undo must not look like a second undo to the next pass."""
    latched = status(Case(Subject(workload(), goal(OLD), memory=HEALTHY)), UNDONE)
    assert latched.latched == OLD
    assert not Subject(workload(), goal(NEW), memory=latched).undone


def test_an_event_says_what_it_means_what_happened_and_what_to_do() -> None:
    assert event_note(NOT_WRITTEN) == (
        "The API server refused the patch. exceeded quota"
        " Read the message; often a quota, an admission rule or missing rights."
    )


def test_an_error_of_the_operator_changes_nothing_else_that_is_remembered() -> None:
    latched = memory(State.LATCHED, Reason.UNDONE_BY_USER, revision=OLD, latched=NEW, attempted_at=BEFORE)
    subject = Subject(workload(), None, memory=latched, error="KeyError")
    found = status(Case(subject), judge(subject, NOW))
    assert (found.state, found.reason, found.message) == (State.FAILED, Reason.OPERATOR_ERROR, "KeyError")
    assert (found.revision, found.latched, found.attempted_at) == (OLD, NEW, BEFORE)


MISSED = (pod("a", 90), pod("b", 30))
SINCE = "2026-01-02T11:58:30.000Z"
MISSING = memory(State.HEALTHY, Reason.MERGE_MISSED, revision=NEW).model_copy(update={"missed_since": SINCE})
EVICTED = Verdict(Action.EVICT, State.PROGRESSING, Reason.MERGE_MISSED, "", Eviction(MISSED[0], MISSED[1].created))
REMAINS = Verdict(Action.NONE, State.HEALTHY, Reason.MERGE_MISSED)


@pytest.mark.parametrize(
    ("missed", "before", "verdict", "missed_since", "evicted_after"),
    [
        pytest.param(MISSED, IN_ORDER, REMAINS, SINCE, None, id="first seen"),
        pytest.param(MISSED[1:], MISSING, REMAINS, SINCE, None, id="the oldest one is gone"),
        pytest.param(MISSED, MISSING, EVICTED, SINCE, "2026-01-02T11:59:30.000Z", id="evicted"),
        pytest.param(
            MISSED, MISSING, replace(EVICTED, state=State.WAITING), SINCE, None, id="the eviction was refused"
        ),
        pytest.param((), MISSING, ROLLING_OUT, SINCE, None, id="its replacement is on its way"),
        pytest.param((), MISSING, IS_HEALTHY, None, None, id="all have their merge"),
        pytest.param(
            (),
            MISSING.model_copy(update={"evicted_after": STAMP}),
            IS_HEALTHY,
            None,
            STAMP,
            id="that the webhook answered stays known",
        ),
    ],
)
def test_what_is_remembered_of_pods_that_missed(
    missed: tuple[Pod, ...],
    before: TracedWorkloadStatus,
    verdict: Verdict,
    missed_since: str | None,
    evicted_after: str | None,
) -> None:
    found = status(Case(Subject(workload(), goal(), recorded=NEW, memory=before, missed=missed)), verdict)
    assert (found.missed_since, found.evicted_after) == (missed_since, evicted_after)


SPEAKS_JAVA = memory(State.HEALTHY, Reason.INJECTED, revision=NEW).model_copy(update={"languages": ("java",)})


@pytest.mark.parametrize(
    ("replicas", "recorded", "verdict", "heard", "languages"),
    [
        pytest.param(RUNS, NEW, IS_HEALTHY, {"python"}, ("java", "python"), id="another one is heard"),
        pytest.param(RUNS, NEW, IS_HEALTHY, set(), ("java",), id="silence says nothing"),
        pytest.param(RUNS, OLD, WAITING, {"python"}, ("java",), id="kept for the next revision"),
        pytest.param(ROLLING, NEW, ROLLING_OUT, {"java"}, (), id="new pods may speak another one"),
    ],
)
def test_the_languages_of_its_pods(
    replicas: Replicas, recorded: str, verdict: Verdict, heard: set[str], languages: tuple[str, ...]
) -> None:
    subject = Subject(workload(replicas=replicas), goal(), recorded=recorded, memory=SPEAKS_JAVA)
    assert status(Case(subject, languages=frozenset(heard)), verdict).languages == languages


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        (IS_HEALTHY, "Normal"),
        (INJECTED, "Normal"),
        (NOT_WRITTEN, "Warning"),
        (REMAINS, "Warning"),
        (replace(INJECTED, message="Expect moments without any pod: it has one replica."), "Warning"),
    ],
)
def test_what_its_owner_should_look_at_is_a_warning(verdict: Verdict, kind: str) -> None:
    assert event_type(verdict) == kind


def test_once_ready_it_is_not_blamed_for_what_comes_while_the_webhook_is_switched_off() -> None:
    subject = Subject(workload(), goal(), recorded=NEW, memory=BEGUN, unserved=True)
    found = status(Case(subject), judge(subject, NOW))
    assert (found.state, found.reason, found.attempted_at) == (State.WAITING, Reason.NEEDS_WEBHOOK, None)
    assert Subject(workload(replicas=ROLLING), goal(), recorded=NEW, memory=found, unserved=True).proven


def test_pods_that_do_not_fit_their_merge_are_a_warning_and_no_miss() -> None:
    subject = Subject(workload(), goal(), recorded=NEW, memory=MISSING, failed_merges=(pod("a", 90),))
    found = judge(subject, NOW)
    assert event_type(found) == "Warning"
    assert status(Case(subject), found).missed_since is None


@pytest.mark.parametrize(
    ("seen_at", "since"), [(None, STAMP), (NOW - timedelta(seconds=2.5), "2026-01-02T11:59:57.500Z")]
)
def test_pods_are_ready_since_that_was_seen_and_not_since_somebody_looked(seen_at: datetime | None, since: str) -> None:
    known = memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=NEW, attempted_at=BEFORE)
    trial = Subject(workload(), goal(), recorded=NEW, memory=known, seen_at=seen_at)
    assert status(Case(trial), ROLLING_OUT).complete_since == since


def test_pods_are_not_ready_since_before_one_of_them_was_evicted() -> None:
    evicted = memory(State.PROGRESSING, Reason.MERGE_MISSED, revision=NEW, attempted_at=ago(1))
    trial = Subject(workload(), goal(), recorded=NEW, memory=evicted, seen_at=NOW - timedelta(hours=1))
    assert status(Case(trial), judge(trial, NOW)).complete_since == "2026-01-02T11:59:59.000Z"


def test_nobody_waits_for_a_clock_that_was_put_back_to_catch_up() -> None:
    times = {"attempted_at": ago(-3600), "complete_since": ago(-3600)}
    trial = Subject(workload(), goal(), recorded=NEW, memory=BEGUN.model_copy(update=times))
    found = status(Case(trial), ROLLING_OUT)
    assert (found.attempted_at, found.complete_since) == (STAMP, STAMP)
    baking = Subject(workload(), goal(), recorded=NEW, memory=IN_ORDER.model_copy(update={"healthy_since": ago(-3600)}))
    assert status(Case(baking), IS_HEALTHY).healthy_since == STAMP


def test_what_failed_stays_known_when_a_newer_revision_takes_its_place() -> None:
    first = FailureStatus(reason=Reason.CRASHED, revision=OLD, at=BEFORE, log=("last words",))
    known = memory(State.ROLLED_BACK, Reason.CRASHED, latched=OLD).model_copy(update={"failure": first})
    begun = status(Case(Subject(workload(), goal(), memory=known)), INJECTED)
    assert (begun.failure, begun.latched) == (None, "")
    assert begun.earlier_failures == (first.model_copy(update={"log": ()}),)
    again = status(Case(Subject(workload(), goal(), recorded=NEW, memory=begun)), ROLLING_OUT)
    assert again.earlier_failures == begun.earlier_failures


def test_whoever_asks_for_another_try_has_what_failed_before_forgotten() -> None:
    first = FailureStatus(reason=Reason.CRASHED, revision=OLD, at=BEFORE)
    known = memory(State.LATCHED, Reason.CRASHED, latched=OLD).model_copy(update={"earlier_failures": (first,)})
    asked = Subject(workload(), goal(), memory=known, requests={"retry": "now"})
    assert status(Case(asked), INJECTED).earlier_failures == ()
