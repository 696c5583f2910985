"""News of a policy: each thing once, told from two statuses."""

from typing import Any

import pytest

from tests.unit.controller.passes import Cluster
from tracereach.api.conditions import Status
from tracereach.api.policy import Rollout
from tracereach.api.reasons import Reason
from tracereach.api.status import Condition, Counts, PolicyStatus, RolloutStatus, SkippedStatus
from tracereach.controller.news import News, last_reported, news

PACE = Rollout.model_validate({"waves": ["25%", "100%"]})
CRASHED = SkippedStatus(workload="shop/Deployment/orders", reason=Reason.CRASHED, message="exit code 1")


def rollout(**fields: Any) -> RolloutStatus:
    return RolloutStatus(**{"wave": 1, "waves": 2, "begun": 2, "total": 8, "in_progress": 1} | fields)


def condition(kind: str, status: Status, reason: str, message: str = "") -> Condition:
    return Condition(type=kind, status=status, reason=reason, message=message, last_transition_time="")


def status(
    reason: str = "RollingOut", *, message: str = "", degraded: str = "NoFailures", **fields: Any
) -> PolicyStatus:
    conditions = (
        condition("Progressing", "True", reason, message),
        condition("Degraded", "True", degraded, "3 workloads failed"),
    )
    return PolicyStatus(conditions=conditions, **{"rollout": rollout()} | fields)


def said(before: PolicyStatus, after: PolicyStatus) -> list[str]:
    """The reasons of what is new."""
    return [each.reason for each in news(before, after, PACE)]


NOTHING_GONE = status(rollout=rollout(begun=0))
CANARIES = status(rollout=rollout(begun=1, canary=True))
FIRST_WAVE = status()
SECOND_WAVE = status(rollout=rollout(wave=2))
PAUSED = status("Paused", message="to go on: tracereach resume")
ROLLED_BACK = status("RolledBack", message="2 still to be put back", rollout=rollout(begun=2))
AWAITS = status("AwaitsApproval", message="120 workloads; annotate", rollout=rollout(begun=0))
DONE = status("Complete", rollout=rollout(begun=8, wave=2, completed_at="2026-01-02T12:00:00Z"))


@pytest.mark.parametrize(
    ("before", "after", "reasons"),
    [
        (PolicyStatus(), NOTHING_GONE, []),
        (NOTHING_GONE, CANARIES, ["CanariesBegun"]),
        (CANARIES, status(rollout=rollout(begun=2, canary=True)), []),
        (CANARIES, SECOND_WAVE, ["WaveBegun"]),
        (NOTHING_GONE, FIRST_WAVE, ["WaveBegun"]),
        (FIRST_WAVE, status(rollout=rollout(in_progress=2)), []),
        (FIRST_WAVE, SECOND_WAVE, ["WaveBegun"]),
        (SECOND_WAVE, status(rollout=rollout(wave=2, begun=8)), []),
        (FIRST_WAVE, PAUSED, ["Paused"]),
        (PAUSED, status("Paused", message="other words"), []),
        (PAUSED, FIRST_WAVE, ["Resumed"]),
        (PAUSED, SECOND_WAVE, ["Resumed"]),
        (FIRST_WAVE, ROLLED_BACK, ["RolledBack"]),
        (ROLLED_BACK, status("RolledBack", message="0 still to be put back"), []),
        (ROLLED_BACK, NOTHING_GONE, ["Resumed"]),
        (NOTHING_GONE, AWAITS, ["AwaitsApproval"]),
        (AWAITS, status("AwaitsApproval", message="121 workloads", rollout=rollout(begun=0)), []),
        (AWAITS, FIRST_WAVE, ["WaveBegun"]),
        (SECOND_WAVE, DONE, ["RolloutComplete"]),
        (DONE, status(rollout=DONE.rollout), []),
        (status(rollout=DONE.rollout), DONE, []),
        (DONE, NOTHING_GONE, []),
        (DONE, status("Complete", rollout=rollout(begun=1, total=1, waves=1, completed_at="2026")), []),
        (NOTHING_GONE, DONE, ["WaveBegun", "RolloutComplete"]),
        (FIRST_WAVE, status(degraded="TooManyFailures"), ["TooManyFailures"]),
        (status(degraded="TooManyFailures"), status(degraded="TooManyFailures"), []),
        (FIRST_WAVE, status(failures=(CRASHED,)), ["Crashed"]),
        (status(failures=(CRASHED,)), status(failures=(CRASHED.model_copy(update={"message": "2 restarts"}),)), []),
        (
            status(failures=(CRASHED,)),
            status(failures=(CRASHED.model_copy(update={"reason": Reason.ROLLBACK_UNHEALTHY}),)),
            ["RollbackUnhealthy"],
        ),
        (FIRST_WAVE, status(rollout=rollout(stopped_agents={"java": Reason.CANARY_FAILED})), ["CanaryFailed"]),
        (
            status(rollout=rollout(stopped_agents={"java": Reason.CANARY_FAILED})),
            status(rollout=rollout(stopped_agents={"java": Reason.CANARY_FAILED, "nodejs": Reason.AGENT_FAILED})),
            ["AgentFailed"],
        ),
        (status(failures=(CRASHED,)), FIRST_WAVE, []),
        (FIRST_WAVE, status(rollout=None), []),
    ],
)
def test_what_is_new_is_told_once(before: PolicyStatus, after: PolicyStatus, reasons: list[str]) -> None:
    assert said(before, after) == reasons
    assert said(after, after) == []


def test_each_says_what_it_is_about() -> None:
    assert news(NOTHING_GONE, CANARIES, PACE) == (News("CanariesBegun", "canaries: 1 of each agent before all others"),)
    assert news(FIRST_WAVE, SECOND_WAVE, PACE) == (News("WaveBegun", "wave 2 of 2: up to 8 of 8 workloads"),)
    (paused,), (resumed,) = news(FIRST_WAVE, PAUSED, PACE), news(PAUSED, SECOND_WAVE, PACE)
    assert paused.message.endswith("to go on: tracereach resume")
    assert resumed.message == "The rollout goes on: wave 2 of 2"
    (done,) = news(SECOND_WAVE, DONE.model_copy(update={"workloads": Counts(healthy=8)}), PACE)
    assert done == News("RolloutComplete", "8 of 8 workloads healthy")


def test_what_somebody_has_to_look_at_is_a_warning() -> None:
    (failed,) = news(FIRST_WAVE, status(failures=(CRASHED,)), PACE)
    assert failed.type == "Warning"
    assert failed.message.startswith("shop/Deployment/orders: A container of its injected pods ended again and again.")
    assert "exit code 1" in failed.message
    requested = CRASHED.model_copy(update={"reason": Reason.ROLLBACK_REQUESTED})
    (asked_for,) = news(FIRST_WAVE, status(failures=(requested,)), PACE)
    assert asked_for.type == "Normal"
    (stopped,) = news(FIRST_WAVE, status(rollout=rollout(stopped_agents={"java": Reason.AGENT_FAILED})), PACE)
    assert stopped.type == "Warning"
    assert stopped.message.startswith("Agent java: ")


def test_a_status_is_read_back_as_it_was_written_and_one_of_another_release_is_not_compared() -> None:
    written = DONE.model_dump(mode="json", by_alias=True, exclude_none=True)
    assert last_reported({"status": written}) == DONE
    assert last_reported({}) == PolicyStatus()
    assert last_reported({"status": {"phase": "Running"}}) is None


async def test_the_loop_tells_what_is_new_and_a_restart_tells_nothing_again() -> None:
    cluster = Cluster()
    reference = cluster.policy("orders")
    cluster.deployment("orders")
    for _ in range(3):
        await cluster.look()
    assert cluster.news_of(reference) == ["WaveBegun", "RolloutComplete"]

    again = Cluster()
    again.adopt(cluster)
    for _ in range(2):
        await again.look()
    assert again.is_injected("orders")
    assert again.news_of(reference) == []


async def test_what_could_not_be_reported_is_news_next_time() -> None:
    cluster = Cluster("tracingpolicies/orders/status")
    reference = cluster.policy("orders")
    cluster.deployment("orders")
    for _ in range(3):
        await cluster.look()
    assert cluster.news_of(reference) == []
    cluster.api.refused = ()
    await cluster.look()
    assert cluster.news_of(reference) == ["WaveBegun", "RolloutComplete"]
