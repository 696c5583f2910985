"""What is remembered of a workload after a pass."""

from typing import Any

import pytest

from tests.unit.rollout.fleet import BEGUN, NEW, NOW, OLD, ago, goal, memory, workload
from tracereach.api.reasons import Reason, State
from tracereach.api.status import SkippedContainer, TracedWorkloadStatus
from tracereach.controller.rendering import Outcome
from tracereach.controller.reports import event_note, workload_status
from tracereach.controller.subjects import Case
from tracereach.rollout.decision import Action, Subject, Verdict

STAMP = "2026-01-02T12:00:00Z"
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
