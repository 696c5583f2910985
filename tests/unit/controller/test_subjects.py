"""From a look at the cluster to what is decided upon."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.controller.shop import (
    HERE,
    MODERN,
    SHOP,
    TEMPLATE,
    policies,
    policy_body,
    remembered,
    snapshot,
    workload,
)
from tests.unit.inject.conftest import CATALOGUE
from tests.unit.rollout.fleet import NOW, memory
from tests.unit.rollout.outage import pod
from tests.unit.rollout.trials import rolling_back
from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.api.workload import Workload
from tracereach.cluster.projections import NamespaceRecord
from tracereach.controller.goals import surroundings
from tracereach.controller.rendering import Outcome, Renderer, Surroundings
from tracereach.controller.snapshot import Policies, Snapshot, read_policies
from tracereach.controller.subjects import Case, cases
from tracereach.inject import Merge
from tracereach.rollout.decision import judge
from tracereach.rollout.verdict import Action

ACCEPTED = policies(policy_body())
UNLABELLED: dict[str, str] = {}
HEALTHY = memory(State.HEALTHY, Reason.INJECTED, revision="r1")


def injected(seen: Policies = ACCEPTED, **fields: Any) -> Workload:
    policy, revision = seen.accepted[SHOP], seen.revisions[SHOP]
    return workload(template=Renderer().render(workload(), policy, revision, HERE).template, **fields)


def only(seen: Snapshot) -> Case:
    (case,) = cases(seen, Renderer(), own_namespace="tracereach-system")
    return case


def test_a_selected_workload_is_rendered_once_to_see_what_would_come_of_it() -> None:
    case = only(snapshot(ACCEPTED, workload()))
    assert case.subject.goal is not None
    assert (case.subject.goal.policy, case.subject.goal.revision) == (SHOP, ACCEPTED.revisions[SHOP].name)
    assert (case.subject.recorded, case.subject.goal.obstacle) == ("", None)
    assert case.outcome is not None
    assert case.outcome.agents == ("nodejs",)


def test_a_workload_with_the_newest_revision_needs_no_rendering_once_it_is_remembered() -> None:
    found = injected()
    status = TracedWorkloadStatus(state=State.HEALTHY, reason=Reason.INJECTED, agents=("nodejs",))
    case = only(snapshot(ACCEPTED, found, memories=[remembered(found, status)]))
    assert case.outcome is None
    assert case.subject.recorded == ACCEPTED.revisions[SHOP].name
    assert case.recorded_policy == str(SHOP)


def test_one_that_is_not_remembered_tells_its_agents_by_being_rendered() -> None:
    case = only(snapshot(ACCEPTED, injected()))
    assert case.subject.goal is not None
    assert case.subject.goal.agents == ("nodejs",)


@pytest.mark.parametrize("asked", [False, True])
def test_newer_images_alone_wait_until_somebody_asks_for_them(*, asked: bool) -> None:
    older = CATALOGUE.model_copy(update={"collector": "registry.example/collector:0"})
    before = policies(policy_body(), catalogue=older)
    newest = ACCEPTED.revisions[SHOP].name
    metadata = {"annotations": {"tracereach.dev/upgrade-to": newest}} if asked else {}
    goal = only(snapshot(policies(policy_body(metadata=metadata)), injected(before))).subject.goal
    assert goal is not None
    assert goal.revision == (newest if asked else before.revisions[SHOP].name)
    assert goal.outdated is not asked


def test_what_stands_in_the_way_is_part_of_the_goal() -> None:
    volumes = {"volumes": [{"name": "tracereach-data", "emptyDir": {}}]}
    clash = workload(template={"spec": TEMPLATE["spec"] | volumes})
    goal = only(snapshot(ACCEPTED, clash)).subject.goal
    assert goal is not None
    assert goal.obstacle is not None
    assert goal.obstacle[0] is Reason.NAME_CLASH


def test_nobody_s_workload_is_none_of_our_business() -> None:
    assert cases(snapshot(ACCEPTED, workload(labels=UNLABELLED)), Renderer(), own_namespace="tracereach-system") == []


def test_in_a_namespace_that_is_going_nothing_is_touched() -> None:
    assert cases(snapshot(ACCEPTED, injected(), terminating=True), Renderer(), own_namespace="tracereach-system") == []


@pytest.mark.parametrize(
    ("labels", "namespace_labels", "where"),
    [
        ({"tracing": "enabled", "tracereach.dev/inject": "false"}, None, "workload"),
        ({"tracing": "enabled"}, {"tracereach.dev/inject": "false"}, "namespace"),
    ],
)
def test_opting_out_leaves_no_goal_and_is_reported_to_the_policy(
    labels: dict[str, str], namespace_labels: dict[str, str] | None, where: str
) -> None:
    case = only(snapshot(ACCEPTED, injected(labels=labels), namespace_labels=namespace_labels))
    assert (case.subject.goal, case.subject.leaving) == (None, Reason.OPTED_OUT)
    assert case.passed_over == ((SHOP, Reason.OPTED_OUT, f"the label is on its {where}"),)


def test_opting_out_on_the_pod_template_is_reported_as_such() -> None:
    case = only(snapshot(ACCEPTED, replace(injected(), pods_opt_out=True)))
    assert (case.subject.goal, case.subject.leaving) == (None, Reason.OPTED_OUT)
    assert case.passed_over == ((SHOP, Reason.OPTED_OUT, "the label is on its pod template"),)


def test_the_losing_policy_is_told_who_won() -> None:
    both = policies(policy_body(), policy_body("zzz"))
    case = only(snapshot(both, workload()))
    assert case.subject.goal is not None
    assert case.subject.goal.policy == SHOP
    ((loser, reason, message),) = case.passed_over
    assert (loser.name, reason, message) == ("zzz", Reason.OTHER_POLICY, f"it belongs to {SHOP}")


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (policies(policy_body(metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})), Reason.POLICY_DELETED),
        (policies(), Reason.NO_LONGER_SELECTED),
    ],
)
def test_why_an_injection_is_taken_out_again(seen: Policies, reason: Reason) -> None:
    one = injected()
    case = only(snapshot(seen, one, memories=[remembered(one, HEALTHY)]))
    assert (case.subject.goal, case.subject.leaving) == (None, reason)


LEAVING = {"deletionTimestamp": "2026-01-01T00:00:00Z"}
SLOW = {"rollout": {"maxConcurrent": 3}}
UNLIKE = {"selector": {"matchLabels": {"tracing": "elsewhere"}}}


@pytest.mark.parametrize(
    ("body", "slots", "at_once"),
    [
        (policy_body(metadata=LEAVING, **SLOW), 3, False),
        (policy_body(**SLOW, **UNLIKE), 3, False),
        (policy_body(metadata=LEAVING | {"annotations": {"tracereach.dev/restore-at-once": "true"}}), 40, True),
        (policy_body(metadata=LEAVING, mode="Maybe", **SLOW), 4, False),
    ],
    ids=["deleted", "deselected", "at once", "deleted, and refused before"],
)
def test_a_workload_that_leaves_knows_whom_and_at_what_pace(body: dict[str, Any], slots: int, *, at_once: bool) -> None:
    one = injected()
    seen = policies(body | {"status": {"workloads": {"matched": 40}}})
    parting = only(snapshot(seen, one, memories=[remembered(one, HEALTHY)])).subject.parting
    assert parting is not None
    assert (parting.policy, parting.rollout.slots(parting.matched), parting.at_once) == (SHOP, slots, at_once)


def test_it_leaves_nobody_whom_nobody_knows_and_nobody_while_it_stays() -> None:
    one = injected()
    assert only(snapshot(policies(), one, memories=[remembered(one, HEALTHY)])).subject.parting is None
    assert only(snapshot(ACCEPTED, one)).subject.parting is None


def test_where_another_policy_waits_for_it_the_deleted_one_pays() -> None:
    one = injected()
    seen = policies(policy_body(metadata=LEAVING), policy_body("other", mode="DryRun"))
    subject = only(snapshot(seen, one, memories=[remembered(one, HEALTHY)])).subject
    assert subject.goal is not None
    assert subject.parting is not None
    assert (subject.goal.policy.name, subject.parting.policy) == ("other", SHOP)


def test_a_policy_whose_newest_specification_is_refused_keeps_what_it_has() -> None:
    refused = policies(policy_body(mode="Maybe"))
    goal = only(snapshot(refused, injected())).subject.goal
    assert goal is not None
    assert (goal.held, goal.revision) == (True, ACCEPTED.revisions[SHOP].name)


@pytest.mark.parametrize("seen", [policies(policy_body(mode="Maybe")), ACCEPTED], ids=["refused", "accepted again"])
def test_what_has_failed_stays_latched_while_the_specification_is_refused(seen: Policies) -> None:
    latched = rolling_back(latched=ACCEPTED.revisions[SHOP].name, state=State.ROLLED_BACK)
    one = workload()
    found = judge(only(snapshot(seen, one, memories=[remembered(one, latched)])).subject, NOW)
    assert (found.action, found.state, found.reason) == (Action.NONE, State.ROLLED_BACK, Reason.CRASHED)


@pytest.mark.parametrize(("uid", "known"), [("", True), ("uid-of-its-predecessor", False)])
def test_a_workload_of_the_same_name_that_was_deleted_before_is_another(uid: str, *, known: bool) -> None:
    one = workload()
    case = only(snapshot(ACCEPTED, one, memories=[remembered(one, HEALTHY, uid=uid)]))
    assert (case.subject.memory is not None) is known


def test_a_remembered_workload_stays_a_case_until_it_is_forgotten() -> None:
    one = workload(labels=UNLABELLED)
    assert only(snapshot(ACCEPTED, one, memories=[remembered(one, HEALTHY)])).subject.goal is None


def test_a_damaged_record_is_a_failure_of_its_policy_and_not_the_end() -> None:
    damaged = workload(template={"metadata": {"annotations": {"tracereach.dev/injection": "{}"}}, **TEMPLATE})
    case = only(snapshot(ACCEPTED, damaged))
    assert case.subject.recorded == ""
    assert case.subject.goal is not None
    assert "annotation tracereach.dev/injection is not as it was written" in case.subject.damage


def test_a_damaged_record_is_not_forgotten_with_its_policy() -> None:
    damaged = workload(template={"metadata": {"annotations": {"tracereach.dev/injection": "{}"}}, **TEMPLATE})
    case = only(snapshot(policies(), damaged))
    assert case.subject.goal is None
    assert case.subject.damage


def test_opting_out_works_while_the_policy_is_refused() -> None:
    refused = policies(policy_body(export={"endpoint": "ftp://x"}), policy_body("other"))
    opted_out = {"tracing": "enabled", "tracereach.dev/inject": "false"}
    case = only(snapshot(refused, injected(labels=opted_out)))
    assert case.subject.goal is None
    assert case.subject.leaving is Reason.OPTED_OUT


def test_what_is_injected_by_a_policy_that_is_not_here_is_left_alone() -> None:
    assert cases(snapshot(policies(), injected()), Renderer(), own_namespace="tracereach-system") == []


def test_a_copy_of_an_injected_workload_is_not_injected_yet() -> None:
    original = injected()
    copy = workload("orders-copy", template=original.pod_template)
    subject = only(snapshot(ACCEPTED, copy)).subject
    assert subject.recorded == ""
    assert subject.goal is not None


@pytest.mark.parametrize("namespace", ["not-known-yet", "kube-system", "tracereach-system"])
def test_some_namespaces_are_not_looked_into(namespace: str) -> None:
    everywhere = policy_body(namespaceSelector={"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]})
    cluster_wide = everywhere | {"kind": "ClusterTracingPolicy"}
    seen = snapshot(read_policies({PolicyReference("ClusterTracingPolicy", "", "shop"): cluster_wide}, CATALOGUE))
    known = {
        name: NamespaceRecord(name, {}, terminating=False) for name in ("shop", "kube-system", "tracereach-system")
    }
    elsewhere = workload(namespace=namespace)
    look = replace(seen, workloads={elsewhere.reference: elsewhere}, namespaces=known)
    assert cases(look, Renderer(), own_namespace="tracereach-system") == []
    here = workload()
    look = replace(seen, workloads={here.reference: here}, namespaces=known)
    assert len(cases(look, Renderer(), own_namespace="tracereach-system")) == 1


def test_an_error_on_one_workload_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail_on_one(self: Renderer, one: Workload, *rest: Any) -> Outcome:
        if one.reference.name == "odd":
            raise RuntimeError("nobody thought of this")
        return Outcome(None)

    monkeypatch.setattr(Renderer, "outcome", fail_on_one)
    found = cases(snapshot(ACCEPTED, workload("odd"), workload("even")), Renderer(), own_namespace="tracereach-system")
    errors = {case.subject.workload.reference.name: case.subject.error for case in found}
    assert errors == {"odd": "RuntimeError", "even": ""}


@pytest.mark.parametrize(("level", "privileged"), [("", True), ("privileged", True), ("restricted", False)])
def test_what_surrounds_a_workload(level: str, *, privileged: bool) -> None:
    one = workload()
    labels = {"pod-security.kubernetes.io/enforce": level} if level else None
    memories = [remembered(one, HEALTHY.model_copy(update={"languages": ("java",)}))]
    found = surroundings(one, snapshot(ACCEPTED, one, memories=memories, namespace_labels=labels))
    assert found == Surroundings(MODERN, ("java",), privileged)


def test_its_own_spans_tell_the_language_where_nothing_else_does() -> None:
    one = workload(template={"spec": {"containers": [{"name": "app", "image": "registry.example/app:1"}]}})
    memories = [remembered(one, HEALTHY.model_copy(update={"languages": ("java",), "revision": ""}))]
    outcome = only(snapshot(ACCEPTED, one, memories=memories)).outcome
    assert outcome is not None
    assert outcome.agents == ("java",)


@pytest.mark.parametrize(
    ("name", "value", "renewing"),
    [("OTEL_PROPAGATORS", "b3", False), ("NODE_OPTIONS", "--max-old-space-size=64", True)],
)
def test_an_injection_is_renewed_where_its_user_has_made_a_part_of_it_useless(
    name: str, value: str, *, renewing: bool
) -> None:
    template = injected().pod_template
    entry = next(entry for entry in template["spec"]["containers"][0]["env"] if entry["name"] == name)
    entry["value"] = value
    case = only(snapshot(ACCEPTED, workload(template=template)))
    assert case.subject.goal is not None
    assert case.subject.goal.renewing is renewing
    assert case.subject.recorded == case.subject.goal.revision
    assert (case.subject.goal.obstacle is not None) is renewing, "no webhook, so nothing of it can stay"


@pytest.mark.parametrize(("merge", "unserved"), [(Merge.SKIP, True), (Merge.STAMP, False)])
def test_a_stamped_template_needs_the_webhook(merge: Merge, *, unserved: bool) -> None:
    stamped = injected(pod_labels={"tracereach.dev/merge": "wanted"})
    (case,) = cases(snapshot(ACCEPTED, stamped), Renderer(merge), own_namespace="tracereach-system")
    assert case.subject.unserved is unserved
    (case,) = cases(snapshot(ACCEPTED, injected()), Renderer(merge), own_namespace="tracereach-system")
    assert not case.subject.unserved


def test_pods_that_missed_their_merge_are_told_from_those_that_do_not_fit_it() -> None:
    one, pods = injected(), (pod("missed", 60), pod("odd", 60, merge_failed=True))
    subject = only(replace(snapshot(ACCEPTED, one), unmerged={one.reference: pods})).subject
    assert (subject.missed, subject.failed_merges) == (pods[:1], pods[1:])


def test_a_namespace_that_asks_for_another_system_keeps_ours_out() -> None:
    seen = snapshot(ACCEPTED, workload())
    marked = replace(seen.namespaces["shop"], marks={"instrumentation.opentelemetry.io/inject-nodejs": "true"})
    goal = only(replace(seen, namespaces={"shop": marked})).subject.goal
    assert goal is not None
    assert goal.obstacle == (
        Reason.OTHER_AGENT,
        "OpenTelemetry: its namespace has instrumentation.opentelemetry.io/inject-nodejs",
    )


BEFORE = PolicyReference("TracingPolicy", "shop", "before")
GONE = PolicyReference("TracingPolicy", "shop", "gone")


@pytest.mark.parametrize(
    ("recorded", "remembering", "owners"),
    [
        (SHOP, None, [SHOP]),
        (BEFORE, SHOP, [SHOP, BEFORE]),
        (SHOP, SHOP, [SHOP]),
        (GONE, SHOP, [SHOP]),
        (SHOP, GONE, [SHOP]),
        (GONE, None, []),
    ],
)
def test_whose_injection_it_is(
    recorded: PolicyReference, remembering: PolicyReference | None, owners: list[PolicyReference]
) -> None:
    seen = policies(policy_body(), policy_body("before"))
    record = remembered(workload(), HEALTHY)
    memory = replace(record, spec=record.spec.model_copy(update={"policy": str(remembering)})) if remembering else None
    assert list(seen.owners(str(recorded), memory)) == owners
