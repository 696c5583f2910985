"""What `tracereach inject --explain` says of a workload: what was put in and why, and what was left alone and why."""

from collections import defaultdict
from collections.abc import Iterator

from tracereach.api.reasons import EXPLANATIONS
from tracereach.cli.decisions import Decision
from tracereach.cli.notes import notes
from tracereach.inject import Skipped
from tracereach.inject.pointers import unescape

_CONTAINERS = "/spec/containers/"


def explanation(decision: Decision) -> Iterator[str]:
    """One line for the workload, and below it one for each thing to know of it."""
    reference = decision.workload.reference
    if decision.policy is None:
        yield f"{reference}: not selected by any policy: {decision.unselected}"
        yield from (f"  note: {note}" for note in notes(decision))
        return
    yield f"{reference}: {decision.outcome.lower()}, policy {decision.policy.reference}"
    for injected in decision.containers:
        yield f"  {injected.container}: {', '.join(injected.agents)}, because: {injected.why}"
        yield from (f"    {line}" for line in _additions(decision, f"{_CONTAINERS}{injected.container}/"))
        for left in injected.left:
            yield f"    left to you: {left.variables or 'envFrom'}: {left.message}"
    if decision.containers:
        yield "  pod:"
        yield from (f"    {line}" for line in _additions(decision, "/"))
    yield from (f"  {_skip(skipped)}" for skipped in decision.skipped)
    yield from (f"  note: {note}" for note in notes(decision))


def nothing_injected(decisions: tuple[Decision, ...]) -> str | None:
    """Why the output is the input, in one line, or None where something was injected."""
    if any(decision.outcome == "Injected" for decision in decisions):
        return None
    if not decisions:
        return "Nothing was injected: the files hold no Deployment, StatefulSet or DaemonSet."
    if all(decision.policy is None for decision in decisions):
        return (
            f"Nothing was injected: no policy selects any of {len(decisions)} workloads. A policy selects by the"
            " workload's own labels, not its pods', and in its own namespace; set --namespace where files name none."
        )
    reasons = dict.fromkeys(str(decision.whole.reason) for decision in decisions if decision.whole)
    return f"Nothing was injected: {', '.join(reasons)}. To see why: --explain"


def _additions(decision: Decision, below: str) -> Iterator[str]:
    """The changes below one path, those of one list in one line."""
    by_list: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for change in decision.result.changes if decision.result else ():
        in_container = change.path.startswith(_CONTAINERS) and change.path.count("/") > _CONTAINERS.count("/")
        if change.path.startswith(below) and in_container is (below != "/"):
            place, _, name = change.path.rpartition("/")
            by_list[place.removeprefix(below), change.why].append(unescape(name))
    for (place, why), found in by_list.items():
        yield f"{place}: {', '.join(found)}{f' ({why})' if why else ''}"


def _skip(skipped: Skipped) -> str:
    place = skipped.container or "workload"
    return f"{place}: left alone, {skipped.reason}: {skipped.message}. {EXPLANATIONS[skipped.reason].remedy}"
