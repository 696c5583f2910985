"""A known workload keeps the revision it has, in the very request that would lose it."""

from typing import Any

import pytest

from tests.unit.admission.shop import (
    NEWEST,
    OLDER,
    RELEASED,
    SELECTED,
    TEMPLATE,
    injected,
    knowledge,
    memory,
    replaced,
    update,
    without_record,
)
from tests.unit.controller.shop import SHOP, policies, policy_body
from tracereach.admission.decision import Decision, Why, admit
from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import State
from tracereach.api.workload import WorkloadReference
from tracereach.inject import PodTemplate, remove

B3 = [{"name": "OTEL_PROPAGATORS", "value": "b3"}]
SECOND = {"name": "second", "image": "second:1", "command": ["node", "."]}


def _stored(template: PodTemplate) -> PodTemplate:
    """`template` as the API server stores it, with defaults in the container that we added."""
    (collector,) = template["spec"]["initContainers"]
    defaults = {"terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"}
    return template | {"spec": template["spec"] | {"initContainers": [collector | defaults]}}


def test_without_another_template_nothing_else_is_looked_at() -> None:
    damaged = TEMPLATE | {"metadata": {"annotations": {"tracereach.dev/injection": "{"}}}
    assert admit(update(damaged, damaged), knowledge()) == Decision(Why.TEMPLATE_UNCHANGED)


def test_the_operators_own_writes_are_left_as_they_are() -> None:
    write = update(injected(), TEMPLATE, field_manager="tracereach")
    assert admit(write, knowledge()) == Decision(Why.OWN_WRITE)


def test_a_new_image_alone_needs_no_patch() -> None:
    before = _stored(injected())
    assert admit(update(before, replaced(before, image="orders:2")), knowledge()) == Decision(Why.RENEWED)


def test_a_new_container_is_injected_in_the_same_request() -> None:
    before = _stored(injected())
    after = before | {"spec": before["spec"] | {"containers": [*before["spec"]["containers"], SECOND]}}
    decision = admit(update(before, after), knowledge())
    assert decision.why is Why.RENEWED
    assert decision.template is not None
    plain = TEMPLATE | {"spec": {"containers": [*TEMPLATE["spec"]["containers"], SECOND]}}
    assert remove(decision.template) == plain
    added, wanted = decision.template["spec"]["containers"][1], injected(plain)["spec"]["containers"][1]
    assert added == wanted
    assert decision.template["spec"]["initContainers"] == before["spec"]["initContainers"], "defaults stay"


def test_what_the_user_sets_from_now_on_is_the_users() -> None:
    (app,) = (before := injected())["spec"]["containers"]
    env = [entry for entry in app["env"] if entry["name"] != "OTEL_PROPAGATORS"] + B3
    decision = admit(update(before, replaced(before, env=env)), knowledge())
    assert decision == Decision(Why.RENEWED, injected(replaced(TEMPLATE, env=B3)))


def test_the_revision_it_has_may_be_older_than_the_policys() -> None:
    before = injected(revision=OLDER)
    known = knowledge(kept={f"shop-{OLDER.name}": OLDER})
    decision = admit(update(before, RELEASED), known)
    assert decision == Decision(Why.BROUGHT_BACK, injected(RELEASED, revision=OLDER))


def test_a_revision_that_nobody_keeps_cannot_be_rendered() -> None:
    decision = admit(update(injected(revision=OLDER), RELEASED), knowledge())
    assert (decision.why, decision.template) == (Why.REVISION_NOT_KNOWN, None)
    assert OLDER.name in decision.message


@pytest.mark.parametrize("manager", ["kubectl-replace", "kubectl-edit", "Terraform"])
def test_a_replaced_template_gets_the_same_revision_again(manager: str) -> None:
    decision = admit(update(injected(), RELEASED, field_manager=manager), knowledge())
    assert decision == Decision(Why.BROUGHT_BACK, injected(RELEASED))


def test_dropping_the_record_alone_brings_back_the_record_alone() -> None:
    before = injected()
    decision = admit(update(before, without_record(before)), knowledge())
    assert decision == Decision(Why.BROUGHT_BACK, before)


def test_an_undo_is_obeyed() -> None:
    write = update(injected(), TEMPLATE, field_manager="")
    assert admit(write, knowledge()) == Decision(Why.UNDONE_BY_USER)


def test_a_restart_of_the_rollout_changes_nothing_else() -> None:
    before = _stored(injected())
    annotations = before["metadata"]["annotations"] | {"kubectl.kubernetes.io/restartedAt": "2026-01-02T12:00:00Z"}
    after = before | {"metadata": before["metadata"] | {"annotations": annotations}}
    assert admit(update(before, after, field_manager="kubectl-rollout"), knowledge()) == Decision(Why.RENEWED)


@pytest.mark.parametrize(
    ("remembered", "why"),
    [
        (memory(State.LATCHED, latched=NEWEST.name), Why.LATCHED),
        (memory(State.LATCHED, latched=f"{NEWEST.name.partition('-')[0]}-0000"), Why.LATCHED),
        (memory(State.RESTORING), Why.LATCHED),
        (memory(State.LATCHED, latched=OLDER.name), Why.BROUGHT_BACK),
        (memory(State.LATCHED, latched=NEWEST.name, uid="of one before"), Why.BROUGHT_BACK),
        (memory(), Why.BROUGHT_BACK),
    ],
    ids=["latched", "latched with other images", "restoring", "another latched", "another workload", "healthy"],
)
def test_what_must_not_be_there_is_not_brought_back(remembered: Any, why: Why) -> None:
    decision = admit(update(injected(), RELEASED), knowledge(memories=[remembered]))
    assert decision.why is why
    assert decision.template == (injected(RELEASED) if why is Why.BROUGHT_BACK else None)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        (TEMPLATE, RELEASED, Why.AWAITS_ITS_TURN),
        (TEMPLATE, injected(), Why.INJECTED_ALREADY),
        (injected(revision=OLDER), injected(), Why.OTHER_REVISION),
        (injected(), injected(RELEASED, revision=OLDER), Why.OTHER_REVISION),
    ],
    ids=["never injected", "injected by its user", "a newer one", "undone to an older one"],
)
def test_what_others_decided_stands(before: PodTemplate, after: PodTemplate, why: Why) -> None:
    assert admit(update(before, after), knowledge(memories=[memory(name="payments")])) == Decision(why)


def test_a_copied_record_is_not_its_own_to_keep() -> None:
    copied = injected(workload=WorkloadReference("shop", "Deployment", "payments"))
    assert admit(update(copied, RELEASED), knowledge()) == Decision(Why.AWAITS_ITS_TURN)


@pytest.mark.parametrize("after", [RELEASED, injected(RELEASED)], ids=["replaced", "released"])
@pytest.mark.parametrize(
    ("bodies", "why"),
    [
        ([], Why.NOT_SELECTED),
        ([policy_body(sampling={"ratio": "2"})], Why.NOT_SELECTED),
        ([policy_body(metadata={"deletionTimestamp": "2026-01-02T12:00:00Z"})], Why.NOT_SELECTED),
        ([policy_body(mode="DryRun")], Why.POLICY_NOT_IN_FORCE),
        ([policy_body("another")], Why.POLICY_NOT_IN_FORCE),
        ([policy_body("another"), policy_body(sampling={"ratio": "2"})], Why.POLICY_NOT_IN_FORCE),
    ],
    ids=["gone", "refused", "going", "DryRun", "offline", "refused beside another"],
)
def test_a_policy_that_is_not_in_force_changes_nothing(
    bodies: list[dict[str, Any]], why: Why, after: PodTemplate
) -> None:
    decision = admit(update(injected(), after), knowledge(policies(*bodies)))
    assert decision == Decision(why)


@pytest.mark.parametrize("after", [RELEASED, injected(RELEASED)], ids=["replaced", "released"])
@pytest.mark.parametrize("labels", [{}, SELECTED | {"tracereach.dev/inject": "false"}], ids=["unselected", "opted out"])
def test_who_leaves_the_policy_is_let_go(labels: dict[str, str], after: PodTemplate) -> None:
    assert admit(update(injected(), after, labels=labels), knowledge()) == Decision(Why.NOT_SELECTED)


def test_a_policy_that_took_over_the_same_revision_goes_on_with_it() -> None:
    gone = PolicyReference("TracingPolicy", "shop", "before")
    known = knowledge(memories=[memory(policy=SHOP)])
    decision = admit(update(injected(policy=gone), RELEASED), known)
    assert decision == Decision(Why.BROUGHT_BACK, injected(RELEASED))


@pytest.mark.parametrize("whole", [True, False], ids=["replaced", "released"])
def test_a_release_with_another_agent_takes_the_injection_out(*, whole: bool) -> None:
    other = [{"name": "NODE_OPTIONS", "value": "--require dd-trace/init"}]
    released = replaced(TEMPLATE, env=other)
    (app,) = injected()["spec"]["containers"]
    kept = [entry for entry in app["env"] if entry["name"] != "NODE_OPTIONS"]
    after = released if whole else replaced(injected(), env=[*other, *kept])
    decision = admit(update(injected(), after), knowledge())
    assert decision.why is Why.TAKEN_OUT
    assert (decision.template or after) == released
    assert "OtherAgent" in decision.message


def test_a_policy_that_waits_for_its_turn_leaves_the_injection_to_its_owner() -> None:
    before = PolicyReference("TracingPolicy", "shop", "before")
    found = policies(policy_body(), policy_body("before", propagation={"propagators": ["b3"]}))
    stored = injected(policy=before, revision=OLDER)
    known = knowledge(found, memories=[memory(policy=SHOP, revision=OLDER.name)])
    assert admit(update(stored, RELEASED), known) == Decision(
        Why.BROUGHT_BACK, injected(RELEASED, policy=before, revision=OLDER)
    )


def test_an_injection_that_would_make_the_annotations_too_large_lets_the_write_pass() -> None:
    note = {"note": "x" * (250 * 1024)}
    large = RELEASED | {"metadata": RELEASED["metadata"] | {"annotations": note}}
    env = [{"name": "LARGE_ENOUGH", "value": "y"}]
    many = [{"name": f"app-{index}", "image": "orders:1", "command": ["node", "."], "env": env} for index in range(99)]
    after = large | {"spec": large["spec"] | {"containers": many}}
    decision = admit(update(injected(), after), knowledge())
    assert decision.why is Why.TAKEN_OUT
    assert "TooLarge" in decision.message
    assert decision.template is None
