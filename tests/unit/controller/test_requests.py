"""What people ask for by annotations, and what a workload keeps that is deleted and made anew."""

from dataclasses import replace

import pytest

from tests.unit.controller.shop import HERE, SHOP, policies, policy_body, remembered, snapshot, workload
from tests.unit.inject.conftest import CATALOGUE
from tests.unit.rollout.fleet import NOW
from tests.unit.rollout.trials import failure, rolling_back
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.controller.rendering import Renderer
from tracereach.controller.snapshot import Snapshot, read_policies
from tracereach.controller.subjects import Case, cases
from tracereach.rollout.decision import judge
from tracereach.rollout.rollback import is_blamed

ACCEPTED = policies(policy_body())
REVISION = ACCEPTED.revisions[SHOP].name
ROLLED_BACK = rolling_back(state=State.ROLLED_BACK, latched=REVISION, failure=failure(revision=REVISION))


def only(seen: Snapshot) -> Case:
    (case,) = cases(seen, Renderer(), own_namespace="tracereach-system")
    return case


def of_policy(**annotations: str) -> Case:
    found = {f"tracereach.dev/{key.replace('_', '-')}": value for key, value in annotations.items()}
    return only(snapshot(policies(policy_body(metadata={"annotations": found})), workload()))


def test_a_policy_is_paused_by_its_annotation_as_by_its_specification() -> None:
    assert not of_policy().subject.goal.rollout.paused  # type: ignore[union-attr]
    assert of_policy(paused="true").subject.goal.rollout.paused  # type: ignore[union-attr]
    assert not of_policy(paused="false").subject.goal.rollout.paused  # type: ignore[union-attr]


def test_all_policies_are_paused_at_once_by_the_operator_s_own_setting() -> None:
    bodies = {SHOP: policy_body()}
    held = read_policies(bodies, CATALOGUE, all_paused=True)
    goal = only(snapshot(held, workload())).subject.goal
    assert goal is not None
    assert goal.rollout.paused
    assert not read_policies(bodies, CATALOGUE).is_paused(SHOP)


def test_a_policy_is_rolled_back_by_its_annotation_also_while_its_specification_is_refused() -> None:
    assert not of_policy().subject.goal.withdrawn  # type: ignore[union-attr]
    assert of_policy(rolled_back="true").subject.goal.withdrawn  # type: ignore[union-attr]
    metadata = {"annotations": {"tracereach.dev/rolled-back": "true"}}
    one = Renderer().render(workload(), ACCEPTED.accepted[SHOP], ACCEPTED.revisions[SHOP], HERE).template
    refused = only(snapshot(policies(policy_body(metadata=metadata, mode="Maybe")), workload(template=one)))
    assert refused.subject.goal is not None
    assert (refused.subject.goal.held, refused.subject.goal.withdrawn) == (True, True)


def test_an_approval_is_a_number_and_anything_else_is_none() -> None:
    assert of_policy(approved_targets="120").subject.goal.approved == 120  # type: ignore[union-attr]
    assert of_policy(approved_targets="all").subject.goal.approved == 0  # type: ignore[union-attr]


def test_a_request_on_a_traced_workload_holds_until_it_is_handled() -> None:
    found = workload()
    asked = replace(remembered(found, ROLLED_BACK), requests={"retry": "2026"})
    assert only(snapshot(ACCEPTED, found, memories=[asked])).subject.retrying
    handled = replace(asked, status=ROLLED_BACK.model_copy(update={"handled": {"retry": "2026"}}))
    assert not only(snapshot(ACCEPTED, found, memories=[handled])).subject.retrying


def test_a_workload_made_anew_keeps_the_revision_that_failed_on_the_one_before() -> None:
    found = workload()
    before = remembered(found, ROLLED_BACK, uid="another")
    memory = only(snapshot(ACCEPTED, found, memories=[before])).subject.memory
    assert memory is not None
    assert (memory.state, memory.latched, memory.revision) == (State.ROLLED_BACK, REVISION, "")
    assert memory.failure == ROLLED_BACK.failure


@pytest.mark.parametrize("state", [State.FAILED, State.ROLLED_BACK])
def test_one_made_anew_after_a_rollback_that_did_not_help_counts_against_nobody_either(state: State) -> None:
    found = workload()
    innocent = ROLLED_BACK.model_copy(update={"state": state, "reason": Reason.ROLLBACK_UNHEALTHY})
    case = only(snapshot(ACCEPTED, found, memories=[remembered(found, innocent, uid="another")]))
    verdict = judge(case.subject, NOW)
    assert (verdict.state, verdict.reason) == (State.ROLLED_BACK, Reason.ROLLBACK_UNHEALTHY)
    assert not is_blamed(verdict)


def test_one_made_anew_after_all_was_well_is_a_new_one() -> None:
    found = workload()
    healthy = TracedWorkloadStatus(state=State.HEALTHY, reason=ROLLED_BACK.reason, revision=REVISION)
    assert only(snapshot(ACCEPTED, found, memories=[remembered(found, healthy, uid="another")])).subject.memory is None
