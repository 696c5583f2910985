"""A revision that takes another one's place is announced one pass before."""

from tests.unit.rollout.fleet import BEGUN, NEW, NOW, OLD, ROLLING, goal, memory, workload
from tracereach.api.reasons import Reason, State
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.announcement import unannounced
from tracereach.rollout.pace import decide
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdict

PROVEN = memory(State.HEALTHY, Reason.INJECTED, revision=OLD)


def held_up(subject: Subject) -> Verdict | None:
    return unannounced([subject], decide([subject], NOW)).get(subject.workload.reference)


def remembered_announcement(subject: Subject, verdict: Verdict) -> str:
    status = workload_status(Case(subject), verdict, NOW)
    assert status is not None
    return status.announced


def test_it_is_told_and_in_the_next_pass_written() -> None:
    subject = Subject(workload(), goal(), recorded=OLD, memory=PROVEN)
    waiting = held_up(subject)
    assert waiting is not None
    assert (waiting.action, waiting.state, waiting.reason) == (Action.NONE, State.WAITING, Reason.IN_QUEUE)
    assert remembered_announcement(subject, waiting) == NEW
    announced = PROVEN.model_copy(update={"announced": NEW})
    assert held_up(Subject(workload(), goal(), recorded=OLD, memory=announced)) is None


def test_once_written_nothing_is_announced_any_more() -> None:
    announced = PROVEN.model_copy(update={"announced": NEW})
    subject = Subject(workload(), goal(), recorded=OLD, memory=announced)
    assert remembered_announcement(subject, decide([subject], NOW)[subject.workload.reference]) == ""


def test_a_write_whose_answer_was_lost_stays_announced() -> None:
    announced = PROVEN.model_copy(update={"announced": NEW})
    subject = Subject(workload(), goal(), recorded=OLD, memory=announced)
    lost = Verdict(Action.NONE, State.WAITING, Reason.IN_QUEUE, "the API server is away")
    assert remembered_announcement(subject, lost) == NEW


def test_a_change_under_way_keeps_its_slot_until_the_newer_one_is_announced() -> None:
    subject = Subject(workload(replicas=ROLLING), goal("3333-cafe"), recorded=NEW, memory=BEGUN)
    waiting = held_up(subject)
    assert waiting is not None
    assert (waiting.action, waiting.state) == (Action.NONE, State.PROGRESSING)


def test_what_takes_nobody_s_place_needs_no_announcement() -> None:
    assert held_up(Subject(workload(), goal())) is None
    renewed = PROVEN.model_copy(update={"revision": NEW})
    assert held_up(Subject(workload(), goal(renewing=True), recorded=NEW, memory=renewed)) is None


def test_what_its_user_put_back_is_announced_by_nobody() -> None:
    subject = Subject(workload(), goal(), recorded="0000-cafe", memory=PROVEN)
    assert remembered_announcement(subject, decide([subject], NOW)[subject.workload.reference]) == ""
