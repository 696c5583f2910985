"""The plan that `tracereach plan` shows: decisions in the words of a reader."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tracereach.api.reasons import EXPLANATIONS
from tracereach.cli.decisions import Decision, describe

HEADERS = ("WORKLOAD", "POLICY", "OUTCOME", "AGENTS", "DELIVERY", "LEFT TO YOU", "SKIPPED")


@dataclass(frozen=True)
class PlannedWorkload:
    """One workload of the plan."""

    decision: Decision

    def data(self) -> dict[str, Any]:
        """For programs."""
        decision = self.decision
        return {
            "workload": str(decision.workload.reference),
            "policy": str(decision.policy.reference) if decision.policy else None,
            "outcome": decision.outcome,
            "agents": {
                container: {"names": list(choice.agents), "evidence": choice.why}
                for container, choice in decision.choices().items()
            },
            "delivery": decision.injection.delivery if decision.choices() and decision.injection else None,
            "leftToUser": {container: list(names) for container, names in decision.left_to_user().items()},
            "skipped": [
                {
                    "container": skipped.container or None,
                    "reason": str(skipped.reason),
                    "message": skipped.message,
                    "remedy": EXPLANATIONS[skipped.reason].remedy,
                }
                for skipped in decision.skipped
            ],
        }

    def row(self) -> tuple[str, ...]:
        """For people: a cell for each of `HEADERS`."""
        data = self.data()
        agents = (
            f"{container}: {', '.join(choice['names'])} ({choice['evidence']})"
            for container, choice in data["agents"].items()
        )
        left = (f"{container}: {', '.join(names)}" for container, names in data["leftToUser"].items())
        return (
            data["workload"],
            data["policy"] or "",
            data["outcome"],
            "; ".join(agents),
            data["delivery"] or "",
            "; ".join(left),
            "; ".join(map(describe, self.decision.skipped)),
        )


def remedies(decisions: Iterable[Decision]) -> Iterator[str]:
    """For each reason that occurs, what it means and what to do about it."""
    for reason in dict.fromkeys(skipped.reason for decision in decisions for skipped in decision.skipped):
        explanation = EXPLANATIONS[reason]
        yield f"{reason}: {explanation.meaning} {explanation.remedy}"
