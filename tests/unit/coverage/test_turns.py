"""Breaks that open and close, from one look to the next."""

from tracereach.api.causes import Cause
from tracereach.api.status import BreakStatus
from tracereach.coverage.report import key_of
from tracereach.coverage.turns import CLOSED, OPENED, History

BROKEN = BreakStatus(
    caller="shop/Deployment/a",
    callee="shop/Deployment/b",
    at="shop/Deployment/b",
    cause=Cause.SAMPLER_DROPS,
    confidence="High",
    message="60 of 60 calls left no span of it",
    remedy="Use another sampler.",
    since="10:00",
)


def test_a_break_is_news_once() -> None:
    history = History({})
    (opened,) = history.take([BROKEN], 0, patience=60)
    assert (str(opened.at), opened.reason) == ("shop/Deployment/b", OPENED)
    assert opened.message.startswith("Traces stop at a -> b: The sampler of the service decides for itself")
    assert opened.message.endswith("60 of 60 calls left no span of it. Use another sampler.")
    assert history.take([BROKEN], 10, patience=60) == []


def test_a_break_that_was_reported_before_a_restart_is_no_news() -> None:
    assert History({key_of(BROKEN): BROKEN}).take([BROKEN], 0, patience=60) == []


def test_a_break_closes_when_it_was_not_seen_for_a_while() -> None:
    history = History({})
    history.take([BROKEN], 0, patience=60)
    assert history.take([], 59, patience=60) == []
    assert history.known == {key_of(BROKEN): BROKEN}
    (closed,) = history.take([], 60, patience=60)
    assert (closed.reason, history.known) == (CLOSED, {})
    assert closed.message == "Traces cross a -> b again, or too few calls show whether they do (SamplerDrops)."


def test_a_break_of_before_a_restart_has_its_patience_too() -> None:
    history = History({key_of(BROKEN): BROKEN})
    assert history.take([], 1000, patience=60) == []
    assert [one.reason for one in history.take([], 1060, patience=60)] == [CLOSED]


def test_time_in_which_nothing_was_seen_closes_nothing() -> None:
    history = History({})
    history.take([BROKEN], 0, patience=60)
    history.look_away(1000)
    assert history.take([], 1010, patience=60) == []
    assert [one.reason for one in history.take([], 1060, patience=60)] == [CLOSED]


def test_a_break_that_another_policy_tells_of_from_now_on_has_not_closed() -> None:
    history = History({key_of(BROKEN): BROKEN})
    assert history.take([], 0, patience=60, elsewhere=[BROKEN]) == []
    assert history.take([], 1000, patience=60) == []


def test_breaks_that_were_counted_and_not_named_before_a_restart_are_no_news() -> None:
    other = BROKEN.model_copy(update={"callee": "shop/Deployment/c"})
    later = BROKEN.model_copy(update={"callee": "shop/Deployment/d"})
    history = History({key_of(BROKEN): BROKEN}, unnamed=True)
    assert history.take([], 0, patience=60) == []
    assert history.take([BROKEN, other], 59, patience=60) == []
    assert [one.reason for one in history.take([BROKEN, other, later], 61, patience=60)] == [OPENED]
