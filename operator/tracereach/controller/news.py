"""News of a policy: what is new in its status since it was last reported. Pure.

Told from the two statuses alone, so that nothing is said in each pass, nor again after a restart.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from tracereach.api import conditions as table
from tracereach.api.policy import Rollout
from tracereach.api.reasons import EXPLANATIONS, Reason
from tracereach.api.status import Condition, PolicyStatus, RolloutStatus
from tracereach.cluster.events import EventType

_AWAITS_APPROVAL, _PAUSED = table.AWAITS_APPROVAL.reason, table.PAUSED.reason
_ROLLED_BACK, _TOO_MANY = table.ROLLED_BACK.reason, table.TOO_MANY_FAILURES.reason
_GOING_ON = frozenset({table.COMPLETE.reason, table.ROLLING_OUT.reason})


@dataclass(frozen=True)
class News:
    """What an event on a policy says."""

    reason: str
    message: str
    type: EventType = "Normal"


def last_reported(body: Mapping[str, Any]) -> PolicyStatus | None:
    """The status of a policy's object, empty where it has none; None where another release wrote it in other words."""
    try:
        return PolicyStatus.model_validate(body.get("status") or {})
    except ValidationError:
        return None


def news(before: PolicyStatus, after: PolicyStatus, pace: Rollout) -> tuple[News, ...]:
    """Each thing that `after` says and `before` did not; `pace` is what the policy asks for."""
    return (
        *_holds(before, after),
        *_stages(before, after, pace),
        *_failures(before, after),
        *_stopped_agents(before.rollout, after.rollout),
        *_completion(before.rollout, after),
    )


def _holds(before: PolicyStatus, after: PolicyStatus) -> Iterator[News]:
    was, now = _condition(before, "Progressing"), _condition(after, "Progressing")
    if now.reason != was.reason and now.reason == _PAUSED:
        yield News(_PAUSED, f"Nothing new is begun; what is in progress goes on. {now.message}")
    if now.reason != was.reason and now.reason == _AWAITS_APPROVAL:
        yield News(_AWAITS_APPROVAL, now.message, "Warning")
    if now.reason != was.reason and now.reason == _ROLLED_BACK:
        yield News(_ROLLED_BACK, f"Everything is put back, and nothing new is begun. {now.message}")
    if was.reason in {_PAUSED, _ROLLED_BACK} and now.reason in _GOING_ON:
        yield News("Resumed", f"The rollout goes on: {_words(after.rollout)}" if after.rollout else "")
    degraded = _condition(after, "Degraded")
    if degraded.reason == _TOO_MANY and _condition(before, "Degraded").reason != _TOO_MANY:
        yield News(_TOO_MANY, degraded.message, "Warning")


def _stages(before: PolicyStatus, after: PolicyStatus, pace: Rollout) -> Iterator[News]:
    """Canaries or a wave, once a workload has gone with it. One that a pause has cut in two begins only once."""
    was, now = _condition(before, "Progressing").reason, _condition(after, "Progressing").reason
    rollout = after.rollout
    if rollout is None or now not in _GOING_ON or was == _PAUSED:
        return
    if rollout.begun >= rollout.total and before.rollout and rollout.begun <= before.rollout.begun:
        return  # Everybody had gone before; there are only fewer of them now.
    stage = _stage(rollout)
    if stage is None or (stage == _stage(before.rollout) and was != _AWAITS_APPROVAL):
        return
    if rollout.canary:
        yield News("CanariesBegun", f"{_words(rollout)}: {pace.canary} of each agent before all others")
    else:
        size = pace.wave_sizes(rollout.total)[rollout.wave - 1]
        yield News("WaveBegun", f"{_words(rollout)}: up to {size} of {rollout.total} workloads")


def _stage(rollout: RolloutStatus | None) -> tuple[bool, int] | None:
    """None before the first workload has gone."""
    if rollout is None or not rollout.begun or not rollout.wave:
        return None
    return rollout.canary, 0 if rollout.canary else rollout.wave


def _words(rollout: RolloutStatus) -> str:
    return "canaries" if rollout.canary else f"wave {rollout.wave} of {rollout.waves}"


def _failures(before: PolicyStatus, after: PolicyStatus) -> Iterator[News]:
    known = {(one.workload, one.reason) for one in before.failures}
    for one in after.failures:
        if (one.workload, one.reason) not in known:
            explanation = EXPLANATIONS[one.reason]
            parts = (f"{one.workload}:", explanation.meaning, one.message, explanation.remedy)
            asked_for = one.reason is Reason.ROLLBACK_REQUESTED
            yield News(str(one.reason), " ".join(filter(None, parts)), "Normal" if asked_for else "Warning")


def _stopped_agents(before: RolloutStatus | None, after: RolloutStatus | None) -> Iterator[News]:
    known = before.stopped_agents if before else {}
    for agent, reason in (after.stopped_agents if after else {}).items():
        if known.get(agent) != reason:
            explanation = EXPLANATIONS[reason]
            yield News(str(reason), f"Agent {agent}: {explanation.meaning} {explanation.remedy}", "Warning")


def _completion(before: RolloutStatus | None, after: PolicyStatus) -> Iterator[News]:
    if after.rollout and after.rollout.completed_at and not (before and before.completed_at):
        failed = f", {after.rollout.failed} failed" if after.rollout.failed else ""
        yield News("RolloutComplete", f"{after.workloads.healthy} of {after.rollout.total} workloads healthy{failed}")


def _condition(status: PolicyStatus, kind: str) -> Condition:
    unknown = Condition(type=kind, status="Unknown", reason="", message="", last_transition_time="")
    return next((condition for condition in status.conditions if condition.type == kind), unknown)
