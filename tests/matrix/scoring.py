"""What coverage answered, held against the truth. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.matrix.case import Case, Service, Truth
from tracereach.api.causes import Cause, Silence
from tracereach.api.probes import Halt
from tracereach.api.status import BreakStatus, EdgeStatus
from tracereach.coverage.wilson import interval

_MISCOUNT = 0.02
_ELSEWHERE = frozenset({Silence.DIRECT, Silence.EXPORTS_ELSEWHERE})
TOP_1_BAR, FALSE_BREAKS_BAR = 0.95, 0
"""Share of single faults whose first answer is right, and breaks reported of decoys."""


@dataclass(frozen=True)
class Answer:
    """What was reported of one case, and how long after the requests."""

    case: Case
    breaks: tuple[BreakStatus, ...]
    seconds: float
    unknown: dict[str, str] = field(default_factory=dict)
    probed: str = ""
    """What a probe said that is not the truth; empty where it agrees."""
    problem: str = ""
    """Why the case itself did not happen as it says; then the answer counts for nothing."""

    @property
    def is_right(self) -> bool:
        """Whether every break that is there was named with its cause, nothing else was, and what is unknown is so."""
        named = all(any(fits(one, truth) for one in self.breaks) for truth in self.case.truth)
        nothing_else = all(any(fits(one, truth) for truth in self.case.truth) for one in self.breaks)
        hidden = all(self.unknown.get(service) == why for service, why in self.case.unknown.items())
        return not self.problem and named and nothing_else and hidden


def fits(reported: BreakStatus, truth: Truth) -> bool:
    """Whether the report is what the truth says, as far as it says anything."""
    fields = ((truth.at, reported.at), (truth.caller, reported.caller), (truth.callee, reported.callee))
    places = all(not expected or expected == _name(workload) for expected, workload in fields)
    return places and reported.cause == truth.cause


def sent(case: Case) -> dict[tuple[str, str], int]:
    """How many calls go over each hop: one for each way to it from an entry, and for each request."""
    calls: Counter[tuple[str, str]] = Counter()
    services = _by_name(case)

    def follow(name: str) -> None:
        for call in services[name].calls:
            callee = call.removeprefix("grpc:")
            if callee in services:
                calls[name, callee] += case.requests
                follow(callee)

    for entry in case.entries:
        follow(entry)
    return dict(calls)


def miscounted(case: Case, edges: Iterable[EdgeStatus]) -> str:
    """Where the calls that were counted are not those that were sent; empty where they are."""
    counted = {(_name(edge.caller), _name(edge.callee)): edge.calls for edge in edges}
    for hop, calls in sent(case).items():
        got = counted.get(hop, 0)
        low, high = interval(min(got, calls), calls)
        exact = case.sampled == 1 and abs(got - calls) <= calls * _MISCOUNT
        if not exact and not (case.sampled < 1 and low <= case.sampled <= high):
            return f"{got} calls counted of {calls} over {' -> '.join(hop)}"
    return ""


def misprobed(case: Case, halts: Iterable[Halt] | None) -> str:
    """Where a probe of the first entry says something else than the truth; None for `halts` where no span of it came.

    It can halt at the first break on each of its ways alone. One that a sampler makes may let it pass. No span comes
    where the entry's go elsewhere.
    """
    if halts is None:
        return "" if case.unknown.get(case.entries[0]) in _ELSEWHERE else "no span of the probe came"
    told = {(_name(one.caller), _name(one.callee)): one.found for one in halts}
    for hop, found in told.items():
        if not found and any(_is_over(truth, hop) for truth in case.probed):
            continue
        if not found or not any(fits(found, truth) for truth in case.truth):
            return f"it halts at {' -> '.join(hop)} for {found.cause if found else 'no reason known'}"
    missing = {hop: truth for hop, truth in _first_breaks(case).items() if hop not in told}
    for hop, truth in missing.items():
        if truth.cause is not Cause.SAMPLER_DROPS:
            return f"it does not halt at {' -> '.join(hop)}, where {truth.cause} is"
    return ""


def _first_breaks(case: Case) -> dict[tuple[str, str], Truth]:
    """The first break on each way from the first entry, by its hop."""
    services, found = _by_name(case), dict[tuple[str, str], Truth]()
    waiting, seen = [case.entries[0]], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in services:
            continue
        seen.add(name)
        for call in services[name].calls:
            hop = name, call.removeprefix("grpc:")
            broken = next((truth for truth in (*case.truth, *case.probed) if _is_over(truth, hop)), None)
            if broken:
                found[hop] = broken
            else:
                waiting.append(hop[1])
    return found


def _is_over(truth: Truth, hop: tuple[str, str]) -> bool:
    if truth.caller or truth.callee:
        return hop == (truth.caller or hop[0], truth.callee or hop[1])
    return hop[1] == truth.at


def _by_name(case: Case) -> dict[str, Service]:
    """The services by the names that they are called by; of several that share one, the last."""
    return {service.service: service for service in case.services}


def _name(workload: str) -> str:
    return workload.rpartition("/")[2]


@dataclass(frozen=True)
class Score:
    """The figures of all answers."""

    singles: int
    singles_right: int
    pairs: int
    pairs_right: int
    decoys: int
    false_breaks: int
    problems: int
    misprobed: int
    """Cases of which a probe said something else than the truth."""
    confusion: Counter[tuple[str, str]]
    """How often each cause (or none) was answered where another, or the same, is true."""

    @property
    def top_1(self) -> float:
        """The share of single faults that were named right."""
        return self.singles_right / self.singles if self.singles else 1.0

    @property
    def is_enough(self) -> bool:
        """Whether it clears the bars, with every case having happened as it says."""
        named = self.top_1 >= TOP_1_BAR and self.false_breaks <= FALSE_BREAKS_BAR
        return named and not self.problems and not self.misprobed


def score(answers: Iterable[Answer]) -> Score:
    """The score of these answers."""
    every = tuple(answers)
    singles = [one for one in every if one.case.kind == "single"]
    pairs = [one for one in every if one.case.kind == "pair"]
    decoys = [one for one in every if one.case.kind == "decoy"]
    return Score(
        singles=len(singles),
        singles_right=sum(one.is_right for one in singles),
        pairs=len(pairs),
        pairs_right=sum(one.is_right for one in pairs),
        decoys=len(decoys),
        false_breaks=sum(len(one.breaks) for one in decoys),
        problems=sum(bool(one.problem) for one in every) + sum(not one.is_right for one in decoys),
        misprobed=sum(bool(one.probed) for one in every),
        confusion=Counter(pair for one in (*singles, *decoys) for pair in _confused(one)),
    )


def _confused(answer: Answer) -> Iterable[tuple[str, str]]:
    """Truth and first answer; for each further wrong one, none and that."""
    if not answer.case.truth:
        return [("none", str(one.cause)) for one in answer.breaks] or [("none", "none")]
    cause = str(answer.case.truth[0].cause)
    if answer.is_right:
        return [(cause, cause)]
    wrong = next((one for one in answer.breaks if not any(fits(one, truth) for truth in answer.case.truth)), None)
    return [(cause, str(wrong.cause) if wrong else "none")]
