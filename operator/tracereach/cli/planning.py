"""The plan that `tracereach plan` shows: decisions in the words of a reader, and as data for programs.

The shape of the data is described in `docs/commands.md`; what is there keeps its name and its meaning.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tracereach.api.reasons import EXPLANATIONS
from tracereach.cli.decisions import Decision
from tracereach.cli.notes import notes
from tracereach.cli.unsupported import Unsupported
from tracereach.inject import Change, Skipped

HEADERS = ("WORKLOAD", "OUTCOME", "AGENTS", "SKIPPED")


@dataclass(frozen=True)
class PlannedWorkload:
    """One workload of the plan."""

    decision: Decision
    """The operator's."""
    in_file: Decision
    """What `tracereach inject` would make of it."""

    @property
    def reference(self) -> str:
        """As `namespace/kind/name`."""
        return str(self.decision.workload.reference)

    @property
    def notes(self) -> tuple[str, ...]:
        """What its owner should know before it is injected."""
        unselected = [f"no policy selects it: {self.decision.unselected}"] if self.decision.unselected else []
        return (*unselected, *notes(self.decision), *self._webhook(), *self._in_file())

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
            "delivery": self._delivery,
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
        """For people: a short cell for each of `HEADERS`; the rest is in `details`."""
        decision = self.decision
        return (
            self.reference,
            decision.outcome,
            "; ".join(f"{injected.container}: {', '.join(injected.agents)}" for injected in decision.containers),
            "; ".join(_named(skipped, str(skipped.reason)) for skipped in decision.skipped),
        )

    def details(self) -> Iterator[str]:
        """What the row has no room for, below the workload's name."""
        lines = [
            *(
                f"{injected.container}: {', '.join(injected.agents)}: {injected.why}"
                for injected in self.decision.containers
            ),
            *(
                f"{injected.container}: left to you: {left.variables or 'envFrom'}: {left.message}"
                for injected in self.decision.containers
                for left in injected.left
            ),
            *(_named(skipped, f"{skipped.reason}: {skipped.message}") for skipped in self.decision.skipped),
            *(f"note: {note}" for note in self.notes),
        ]
        policy, collector = self.decision.policy, self.decision.collector
        by = f", by {policy.reference}" if policy else ""
        how = f": collector {collector}, delivery {self._delivery}" if collector else ""
        yield f"{self.reference}{by}{how}"
        yield from (f"  {line}" for line in lines)

    @property
    def _delivery(self) -> str | None:
        decision = self.decision
        return decision.injection.delivery if decision.containers and decision.injection else None

    def _changes(self) -> tuple[Change, ...]:
        return self.decision.result.changes if self.decision.result else ()

    def _webhook(self) -> Iterator[str]:
        merged = self.decision.result.merged if self.decision.result else ()
        if merged:
            yield (
                f"the webhook puts the parts of {', '.join(merged)} into the pods, because they extend what the"
                " container sets itself; the template gets only a stamp"
            )

    def _in_file(self) -> Iterator[str]:
        """Where `tracereach inject` comes to another end than the operator."""
        if self.in_file.refused:
            yield f"tracereach inject refuses its file: {self.in_file.refused.message}"
        elif self.in_file.outcome == "Injected" != self.decision.outcome:
            yield "tracereach inject can write it into the file, where the operator cannot into the template"


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


def unsupported_data(found: Iterable[Unsupported]) -> list[dict[str, str]]:
    """For programs."""
    return [{"object": one.reference, "policy": str(one.policy.reference)} for one in found]


def unsupported_lines(found: Iterable[Unsupported]) -> Iterator[str]:
    """One line for each."""
    for one in found:
        yield f"{one.reference}: not supported: {one.kind}; {one.policy.reference} selects its labels"


def _named(skipped: Skipped, text: str) -> str:
    return f"{skipped.container}: {text}" if skipped.container else text
