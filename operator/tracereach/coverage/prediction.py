"""The coverage that one policy is going to have, as far as templates can tell: its part of the outlook, in figures."""

from collections.abc import Iterator
from dataclasses import dataclass

from tracereach.api.status import Count
from tracereach.coverage.breaks import Break
from tracereach.coverage.graph import Reach, reach
from tracereach.coverage.outlook import ExpectedHop, Outlook
from tracereach.coverage.policy_facts import PolicyFacts
from tracereach.coverage.remarks import named, omissions
from tracereach.coverage.shares import count_of, ratio


@dataclass(frozen=True)
class Prediction:
    """What one policy can expect."""

    configured: Count
    """Of the workloads that it has, those whose template has the injection."""
    hops: tuple[ExpectedHop, ...]
    """To or from a workload of the policy."""
    farthest: Reach
    message: str
    """What limits the figures."""

    @property
    def configured_hops(self) -> Count:
        """The hops of which both ends are configured."""
        return count_of(sum(hop.configured for hop in self.hops), len(self.hops))

    @property
    def reach(self) -> str | None:
        """The share of services that traces from the entries get to, of all that are reachable; None if unknown."""
        far = self.farthest
        return ratio(len(far.reached), len(far.reachable)) if far.known else None

    @property
    def breaks(self) -> tuple[Break, ...]:
        """Those that will be there, by caller and callee."""
        return tuple(found for hop in self.hops if (found := hop.as_break))


def predict(facts: PolicyFacts, outlook: Outlook) -> Prediction:
    """The policy's part of the outlook."""
    ours = facts.ours
    hops = tuple(hop for hop in outlook.hops if hop.caller in ours or hop.callee in ours)
    injected = sum(outlook.scene.service(one).injected for one in ours)
    leading_on = [entry for entry in facts.entries if outlook.sends_spans(entry) and outlook.calls_somebody(entry)]
    farthest = reach(leading_on, (hop.as_called for hop in hops))
    return Prediction(count_of(injected, len(ours)), hops, farthest, " ".join(_limits(facts, outlook, farthest)))


def _limits(facts: PolicyFacts, outlook: Outlook, farthest: Reach) -> Iterator[str]:
    yield from omissions(facts)
    silent = [entry for entry in facts.entries if not outlook.sends_spans(entry)]
    if silent:
        yield f"No spans are expected from the entries {named(silent)}."
    alone = [entry for entry in facts.entries if entry not in silent and not outlook.calls_somebody(entry)]
    if alone:
        yield f"Nothing says whom the entries {named(alone)} call."
    if number := farthest.unjudged:
        yield f"Nothing can be said of {number} hop{'s' * (number > 1)} on the way from the entries."
