"""The plan that `tracereach plan` shows: decisions in the words of a reader, and as data for programs.

The shape of the data is described in `docs/commands.md`; what is there keeps its name and its meaning.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tracereach.api.reasons import EXPLANATIONS
from tracereach.cli.decisions import Decision
from tracereach.inject import Skipped
from tracereach.inject.containers import uses_host_network
from tracereach.rollout.downtime import downtime

HEADERS = ("WORKLOAD", "POLICY", "OUTCOME", "AGENTS", "COLLECTOR", "DELIVERY", "LEFT TO YOU", "SKIPPED")


@dataclass(frozen=True)
class PlannedWorkload:
    """One workload of the plan."""

    decision: Decision

    @property
    def reference(self) -> str:
        """As `namespace/kind/name`."""
        return str(self.decision.workload.reference)

    @property
    def notes(self) -> tuple[str, ...]:
        """What its owner should know before it is injected."""
        decision = self.decision
        if not decision.containers:
            return ()
        notes = []
        if away := downtime(decision.workload.reference.kind, decision.workload.spec):
            notes.append(f"it is away while it is rolled out: {away}")
        if decision.collector == "Direct" and uses_host_network(decision.workload.template):
            notes.append("it gets no sidecar, because of hostNetwork: its spans go to the backend, unseen by coverage")
        return tuple(notes)

    def data(self) -> dict[str, Any]:
        """For programs."""
        decision = self.decision
        return {
            "workload": self.reference,
            "policy": str(decision.policy.reference) if decision.policy else None,
            "outcome": decision.outcome,
            "agents": {
                injected.container: {"names": list(injected.agents), "evidence": injected.why}
                for injected in decision.containers
            },
            "collector": decision.collector,
            "delivery": decision.injection.delivery if decision.containers and decision.injection else None,
            "changes": [{"path": change.path, "why": change.why} for change in self._changes()],
            "leftToUser": {
                injected.container: [left._asdict() for left in injected.left]
                for injected in decision.containers
                if injected.left
            },
            "skipped": [
                {
                    "container": skipped.container or None,
                    "reason": str(skipped.reason),
                    "message": skipped.message,
                    "remedy": EXPLANATIONS[skipped.reason].remedy,
                }
                for skipped in decision.skipped
            ],
            "notes": list(self.notes),
        }

    def row(self) -> tuple[str, ...]:
        """For people: a cell for each of `HEADERS`."""
        data = self.data()
        agents = (
            f"{container}: {', '.join(choice['names'])} ({choice['evidence']})"
            for container, choice in data["agents"].items()
        )
        left = (
            f"{container}: {', '.join(entry['variables'] or entry['message'] for entry in entries)}"
            for container, entries in data["leftToUser"].items()
        )
        return (
            data["workload"],
            data["policy"] or "",
            data["outcome"],
            "; ".join(agents),
            data["collector"] or "",
            data["delivery"] or "",
            "; ".join(left),
            "; ".join(map(describe, self.decision.skipped)),
        )

    def _changes(self) -> tuple[Any, ...]:
        return self.decision.result.changes if self.decision.result else ()


def describe(skipped: Skipped) -> str:
    """What stays as it is and why, in one line for people."""
    container = f"{skipped.container}: " if skipped.container else ""
    return f"{container}{skipped.reason} ({skipped.message})"


def remedies(decisions: Iterable[Decision]) -> Iterator[str]:
    """For each reason that occurs, what it means and what to do about it."""
    for reason in dict.fromkeys(skipped.reason for decision in decisions for skipped in decision.skipped):
        explanation = EXPLANATIONS[reason]
        yield f"{reason}: {explanation.meaning} {explanation.remedy}"


def counts(decisions: Iterable[Decision]) -> dict[str, int]:
    """How many workloads have each outcome."""
    found = Counter(decision.outcome for decision in decisions)
    return {"Injected": found["Injected"], "Skipped": found["Skipped"], "NotSelected": found["NotSelected"]}


def summary(decisions: tuple[Decision, ...]) -> str:
    """The counts in one line."""
    number = counts(decisions)
    workloads = "1 workload" if len(decisions) == 1 else f"{len(decisions)} workloads"
    return (
        f"{workloads}: {number['Injected']} injected,"
        f" {number['Skipped']} skipped, {number['NotSelected']} selected by no policy"
    )
