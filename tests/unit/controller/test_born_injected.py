"""Workloads that the webhook injects while they are made or released: taken in like those that the loop injects."""

from typing import Any

import pytest

from tests.unit.controller.shop import MODERN, SHOP, policies, policy_body, remembered, snapshot, workload
from tests.unit.rollout.fleet import HEALTHY, NOW, ROLLING, memory
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Replicas, Workload
from tracereach.controller.rendering import Renderer, Surroundings
from tracereach.controller.snapshot import Policies
from tracereach.controller.subjects import Case, cases
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.decision import judge
from tracereach.rollout.verdict import Action

ACCEPTED = policies(policy_body())
NEWEST = ACCEPTED.revisions[SHOP].name
BEFORE = policies(policy_body(sampling={"sampler": "always_on"}))
HEALTHY_WITH_IT = memory(State.HEALTHY, Reason.INJECTED, revision=NEWEST)


def injected(seen: Policies = ACCEPTED, *, replicas: Replicas = ROLLING, image: str = "app:1") -> Workload:
    template: dict[str, Any] = {"spec": {"containers": [{"name": "app", "command": ["node", "."], "image": image}]}}
    rendered = Renderer().render(
        workload(template=template), seen.accepted[SHOP], seen.revisions[SHOP], Surroundings(MODERN)
    )
    return workload(template=rendered.template, replicas=replicas)


def looked_at(
    one: Workload, known: TracedWorkloadStatus | None = None
) -> tuple[Case, Action, Reason, TracedWorkloadStatus]:
    memories = [remembered(one, known)] if known else []
    (case,) = cases(snapshot(ACCEPTED, one, memories=memories), Renderer(), own_namespace="tracereach-system")
    verdict = judge(case.subject, NOW)
    status = workload_status(case, verdict, NOW)
    assert status is not None
    return case, verdict.action, verdict.reason, status


def test_one_that_is_born_injected_is_watched_from_first_sight() -> None:
    _, action, reason, status = looked_at(injected())
    assert (action, reason) == (Action.NONE, Reason.ROLLING_OUT)
    assert (status.revision, status.attempted_at) == (NEWEST, "2026-01-02T12:00:00.000Z")


def test_one_that_is_born_injected_and_never_ready_has_failed() -> None:
    begun = memory(State.PROGRESSING, Reason.ROLLING_OUT, revision=NEWEST, attempted_at="2026-01-02T11:00:00Z")
    _, _, reason, status = looked_at(injected(), begun)
    assert (status.state, reason) == (State.ROLLING_BACK, Reason.DEADLINE_EXCEEDED)


def test_one_that_is_born_with_an_older_revision_is_brought_up_to_date_in_its_turn() -> None:
    case, action, _, status = looked_at(injected(BEFORE, replicas=HEALTHY))
    assert not case.subject.undone
    assert action is Action.INJECT
    assert status.latched == ""


@pytest.mark.parametrize("replicas", [ROLLING, HEALTHY])
def test_a_release_with_the_same_revision_is_not_ours_to_blame(replicas: Replicas) -> None:
    case, action, reason, status = looked_at(injected(replicas=replicas, image="app:2"), HEALTHY_WITH_IT)
    assert case.subject.proven
    assert action is Action.NONE
    assert reason in {Reason.NOT_READY, Reason.INJECTED}
    assert (status.revision, status.attempted_at, status.latched) == (NEWEST, None, "")
