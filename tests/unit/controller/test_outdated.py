"""An operator with newer images restarts nobody, until somebody asks for them."""

from tests.unit.controller.shop import HERE, SHOP, policies, policy_body, snapshot, workload
from tests.unit.inject.conftest import CATALOGUE
from tracereach.api.workload import Workload
from tracereach.controller.rendering import Renderer
from tracereach.controller.subjects import cases
from tracereach.rollout.subject import Goal

NEWER = CATALOGUE.model_copy(update={"collector": "registry.example/collector:2"})
BEFORE = policies(policy_body())
AFTER = policies(policy_body(), catalogue=NEWER)


def injected() -> Workload:
    template = Renderer().render(workload(), BEFORE.accepted[SHOP], BEFORE.revisions[SHOP], HERE).template
    return workload(template=template)


def goal_of(seen: Goal | None) -> Goal:
    assert seen is not None
    return seen


def test_newer_images_alone_leave_the_workload_as_it_is() -> None:
    (case,) = cases(snapshot(AFTER, injected()), Renderer(), own_namespace="tracereach-system")
    goal = goal_of(case.subject.goal)
    assert (goal.revision, goal.outdated) == (BEFORE.revisions[SHOP].name, True)


def test_once_asked_for_they_are_the_goal() -> None:
    asked = {"annotations": {"tracereach.dev/upgrade-to": AFTER.revisions[SHOP].name}}
    seen = policies(policy_body(metadata=asked), catalogue=NEWER)
    (case,) = cases(snapshot(seen, injected()), Renderer(), own_namespace="tracereach-system")
    goal = goal_of(case.subject.goal)
    assert (goal.revision, goal.outdated) == (AFTER.revisions[SHOP].name, False)


def test_a_change_of_the_policy_takes_the_newer_images_with_it() -> None:
    seen = policies(policy_body(sampling={"sampler": "always_on"}), catalogue=NEWER)
    (case,) = cases(snapshot(seen, injected()), Renderer(), own_namespace="tracereach-system")
    assert goal_of(case.subject.goal).revision == seen.revisions[SHOP].name


def test_a_workload_that_is_new_gets_the_newer_images_at_once() -> None:
    (case,) = cases(snapshot(AFTER, workload()), Renderer(), own_namespace="tracereach-system")
    assert goal_of(case.subject.goal).revision == AFTER.revisions[SHOP].name
