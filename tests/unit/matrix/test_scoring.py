"""The score of the matrix can be bad, and every case can be read."""

from collections import Counter

import pytest

from tests.matrix.case import Case, Service, Truth, cases
from tests.matrix.scoring import Answer, miscounted, misprobed, score, sent
from tracereach.api.causes import Cause
from tracereach.api.probes import Halt
from tracereach.api.status import BreakStatus, EdgeStatus

CHAIN = (Service("a", "go", ("b",)), Service("b", "go", ("grpc:c",)), Service("c", "go"))
TRUTH = Truth(Cause.SAMPLER_DROPS, at="b", caller="a", callee="b")
SINGLE = Case("one", "", "single", CHAIN, (TRUTH,))
DECOY = Case("none", "", "decoy", CHAIN)


def said(cause: Cause = Cause.SAMPLER_DROPS, at: str = "b") -> BreakStatus:
    place = {"caller": "x/Deployment/a", "callee": "x/Deployment/b", "at": f"x/Deployment/{at}"}
    return BreakStatus(**place, cause=cause, confidence="High")


def test_an_answer_is_right_where_it_says_the_truth_and_nothing_else() -> None:
    assert Answer(SINGLE, (said(),), 1).is_right
    assert not Answer(SINGLE, (), 1).is_right
    assert not Answer(SINGLE, (said(at="c"),), 1).is_right
    assert not Answer(SINGLE, (said(), said(Cause.UNDECIDED)), 1).is_right
    assert not Answer(SINGLE, (said(),), 1, problem="no calls were seen").is_right
    assert Answer(DECOY, (), 1).is_right
    assert not Answer(DECOY, (said(),), 1).is_right


def test_the_bars_can_be_missed() -> None:
    right, wrong = Answer(SINGLE, (said(),), 1), Answer(SINGLE, (said(Cause.UNDECIDED),), 1)
    assert score([right] * 20).is_enough
    assert score([*[right] * 19, wrong]).is_enough
    assert not score([*[right] * 18, wrong, wrong]).is_enough
    assert not score([right, Answer(DECOY, (said(),), 1)]).is_enough
    assert not score([right, Answer(DECOY, (), 1, problem="no calls were seen")]).is_enough


def test_the_confusion_names_truth_and_answer() -> None:
    answers = [Answer(SINGLE, (said(),), 1), Answer(SINGLE, (said(Cause.UNDECIDED),), 1), Answer(DECOY, (), 1)]
    assert score(answers).confusion == Counter(
        {("SamplerDrops", "SamplerDrops"): 1, ("SamplerDrops", "Undecided"): 1, ("none", "none"): 1}
    )


def edges(first: int, second: int) -> list[EdgeStatus]:
    hops = (("a", "b", first), ("b", "c", second))
    return [EdgeStatus(caller=a, callee=b, calls=count, carried=0, state="Healthy") for a, b, count in hops]


def test_calls_are_held_against_those_that_were_sent() -> None:
    assert sent(SINGLE) == {("a", "b"): 60, ("b", "c"): 60}
    assert miscounted(SINGLE, edges(60, 60)) == ""
    assert miscounted(SINGLE, edges(60, 55)) == "55 calls counted of 60 over b -> c"
    sampled = Case("", "", "decoy", CHAIN, requests=4000, sampled=0.25)
    assert miscounted(sampled, edges(1010, 990)) == ""
    assert miscounted(sampled, edges(1010, 1100)) == "1100 calls counted of 4000 over b -> c"


def test_every_case_can_be_read_and_a_third_are_decoys() -> None:
    every = cases()
    decoys = [case for case in every if case.kind == "decoy"]
    assert len(decoys) * 3 >= len(every)
    made = {truth.cause for case in every for truth in case.truth}
    assert made == set(Cause) - {Cause.UNDECIDED}


def halt(caller: str, callee: str, cause: Cause | None) -> Halt:
    ends = {"caller": f"matrix/Deployment/{caller}", "callee": f"matrix/Deployment/{callee}"}
    found = BreakStatus(**ends, at=f"matrix/Deployment/{callee}", cause=cause, confidence="High") if cause else None
    return Halt(**ends, found=found)


TWO_BREAKS = (
    Truth(Cause.PROPAGATOR_MISMATCH, caller="a", callee="b"),
    Truth(Cause.PROPAGATOR_MISMATCH, caller="b", callee="c"),
)
A_SAMPLER = (Truth(Cause.SAMPLER_DROPS, caller="a", callee="b"),)
FIRST = halt("a", "b", Cause.PROPAGATOR_MISMATCH)


@pytest.mark.parametrize(
    ("truth", "halts", "agrees"),
    [
        ((), [], True),
        ((), [halt("a", "b", None)], False),
        ((), None, False),
        (TWO_BREAKS, [FIRST], True),
        (TWO_BREAKS, [], False),
        (TWO_BREAKS, [halt("a", "b", None)], False),
        (TWO_BREAKS, [halt("a", "b", Cause.NOT_INSTRUMENTED)], False),
        (TWO_BREAKS, [halt("b", "c", Cause.PROPAGATOR_MISMATCH)], False),
        (A_SAMPLER, [], True),
        (A_SAMPLER, [halt("a", "b", Cause.SAMPLER_DROPS)], True),
    ],
)
def test_a_probe_is_held_against_the_first_break_on_its_way(
    truth: tuple[Truth, ...], halts: list[Halt] | None, *, agrees: bool
) -> None:
    case = Case("one", "about", "single" if truth else "decoy", CHAIN, truth)
    assert (misprobed(case, halts) == "") is agrees


def test_a_probe_finds_what_too_few_requests_do_not_show() -> None:
    case = Case("one", "about", "decoy", CHAIN, probed=(Truth(Cause.PROPAGATOR_MISMATCH, caller="a", callee="b"),))
    halted = Halt(caller="shop/Deployment/a", callee="shop/Deployment/b")
    assert misprobed(case, [halted]) == ""
    assert misprobed(case, []) != ""


def test_no_span_comes_of_an_entry_whose_spans_go_elsewhere() -> None:
    assert misprobed(Case("one", "about", "decoy", CHAIN, unknown={"a": "Direct"}), None) == ""
    assert misprobed(Case("one", "about", "decoy", CHAIN), None) != ""
