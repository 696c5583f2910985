"""No revision takes another one's place unannounced.

The TracedWorkload names it one pass before it is written. An operator that ends right after the write, while somebody
edits the policy, then finds a revision in the template that is neither what it remembers nor what is wanted by now, and
knows it for its own work. Unannounced it would look like the older one that `kubectl rollout undo` brings back.
"""

from collections.abc import Iterable
from dataclasses import replace

from tracereach.api.reasons import Reason, State
from tracereach.api.workload import WorkloadReference
from tracereach.rollout.subject import Subject
from tracereach.rollout.verdict import Action, Verdict, Verdicts


def unannounced(subjects: Iterable[Subject], verdicts: Verdicts) -> dict[WorkloadReference, Verdict]:
    """The verdicts of those that go in the next pass, because it is not said yet what they are about to get."""
    return {
        subject.reference: _next_pass(subject, verdict)
        for subject in subjects
        if (verdict := verdicts[subject.reference]).action is Action.INJECT and not _is_announced(subject)
    }


def _is_announced(subject: Subject) -> bool:
    goal, memory = subject.goal, subject.memory
    if goal is None or memory is None or not memory.revision:
        return True
    return goal.revision in {memory.revision, memory.announced}


def _next_pass(subject: Subject, verdict: Verdict) -> Verdict:
    """A workload on which a change is under way keeps its slot meanwhile."""
    if subject.is_changing:
        return replace(verdict, action=Action.NONE)
    return Verdict(Action.NONE, State.WAITING, Reason.IN_QUEUE, "it is about to be injected")
