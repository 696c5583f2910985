"""The coverage of each policy before and after its rollout, as far as templates tell, and the breaks that remain.

The shape of the data is described in `docs/commands.md`; what is there keeps its name and its meaning.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.status import BreakStatus
from tracereach.cli.decisions import Decision
from tracereach.cli.service_page import told
from tracereach.cli.surveying import Surveys, has
from tracereach.coverage.outlook import Expectation, ExpectedHop, Outlook
from tracereach.coverage.prediction import Prediction, predict
from tracereach.coverage.survey import policy_facts

_COUNTED = {"calls", "lost", "since", "revision"}
"""What only traffic can tell of a break."""
_WORDS = {
    Expectation.CARRIED: "carried over",
    Expectation.LOST: "lost",
    Expectation.UNTRACED: "from callers that take no part in traces",
    Expectation.UNKNOWN: "unknown",
}


@dataclass(frozen=True)
class PlannedCoverage:
    """What one policy can expect of its rollout."""

    policy: PolicyReference
    before: Prediction
    after: Prediction
    known: int
    """All workloads that were looked at, also those that it does not have."""

    @property
    def breaks(self) -> tuple[BreakStatus, ...]:
        """Those that remain."""
        return tuple(one.status() for one in self.after.breaks)

    def data(self) -> dict[str, Any]:
        """For programs."""
        return {
            "policy": str(self.policy),
            "workloads": self.known,
            "before": _figures(self.before),
            "after": _figures(self.after),
            "hops": [_hop(*both) for both in zip(self.before.hops, self.after.hops, strict=True)],
            "breaks": [one.model_dump(mode="json", by_alias=True, exclude=_COUNTED) for one in self.breaks],
        }

    def lines(self) -> Iterator[str]:
        """For people."""
        before, after = self.before, self.after
        yield f"Coverage of {self.policy} by templates, before any request: now -> after the rollout"
        of_all = f"{after.configured.total} selected, {self.known} known"
        yield f"  workloads configured: {before.configured.count} -> {after.configured.count} of {of_all}"
        if after.hops:
            now, then = before.configured_hops, after.configured_hops
            yield f"  hops configured at both ends: {now.count} -> {then.count} of {then.total}"
            expected = Counter(hop.expectation for hop in after.hops)
            kinds = (f"{expected[one]} {_WORDS[one]}" for one in Expectation if expected[one])
            yield f"  context on these hops: {', '.join(kinds)}"
        else:
            yield "  no hop is known: no address in a template is that of a Service with another workload behind it"
        yield f"  reach: {before.reach or 'unknown'} -> {after.reach or 'unknown'}"
        if after.message:
            yield f"  {after.message}"
        for hop in after.hops:
            if hop.unknown:
                yield f"  unknown: {hop.caller} -> {hop.callee}: {hop.unknown}"
        for one in self.breaks:
            yield from (f"  {line}" for line in _prediction(one))


def planned_coverages(
    policies: Iterable[Policy], decisions: Sequence[Decision], surveys: Surveys
) -> tuple[PlannedCoverage, ...]:
    """That of each policy that has any workload."""
    before, after = Outlook(surveys.before), Outlook(surveys.after)
    found = []
    for policy in policies:
        ours = frozenset(one.workload.reference for one in decisions if has(one) and one.policy == policy)
        if ours:
            facts = policy_facts(policy, ours, surveys.before)
            both = predict(facts, before), predict(facts, after)
            found.append(PlannedCoverage(policy.reference, *both, known=len(surveys.before.services)))
    return tuple(found)


def _figures(prediction: Prediction) -> dict[str, Any]:
    return {
        "configured": prediction.configured.model_dump(),
        "configuredHops": prediction.configured_hops.model_dump(),
        "reach": prediction.reach,
        "message": prediction.message,
    }


def _hop(before: ExpectedHop, after: ExpectedHop) -> dict[str, Any]:
    return {
        "caller": str(after.caller),
        "callee": str(after.callee),
        "evidence": list(after.evidence),
        "configuredBefore": before.configured,
        "configuredAfter": after.configured,
        "expectation": str(after.expectation),
        "unknown": after.unknown or None,
    }


def _prediction(one: BreakStatus) -> Iterator[str]:
    first, *rest = told(one)
    yield f"predicted break: {first}"
    yield from rest
