"""What holds for every write, and not only for those somebody thought of."""

import jsonpatch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.admission.shop import (
    NEWEST,
    OLDER,
    ORDERS,
    creation,
    injected,
    knowledge,
    memory,
    update,
    without_record,
)
from tests.unit.inject.templates import pod_templates
from tracereach.admission.decision import Decision, WorkloadWrite, admit
from tracereach.admission.knowledge import Knowledge
from tracereach.api.reasons import State
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.template_writes import template_patch
from tracereach.inject import PodTemplate, read_record, remove

KNOWN = [
    knowledge(memories=[memory(name="payments", agents=("java", "nodejs", "python", "dotnet", "go", "sdk"))]),
    knowledge(kept={f"shop-{OLDER.name}": OLDER}),
    knowledge(memories=[memory(State.LATCHED, latched=NEWEST.name)]),
    knowledge(namespace_labels={"tracereach.dev/inject": "false"}),
]
OTHER = WorkloadReference("shop", "Deployment", "payments")
MINE = {"name": "OTEL_PROPAGATORS", "value": "jaeger"}
thorough = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


injectable = pod_templates.filter(lambda template: read_record(injected(template)) is not None)


def _edited(template: PodTemplate, edit: str) -> PodTemplate:
    """`template` as a user who looks at what is stored may change it."""
    first, *others = template["spec"]["containers"]
    containers = {
        "none": [first, *others],
        "variable": [first | {"env": [*(first.get("env") or []), MINE]}, *others],
        "other variables": [first | {"env": [MINE]}, *others],
        "container": [*others, first | {"image": "orders:2"}, {"name": "second", "command": ["node", "."]}],
    }
    return template | {"spec": template["spec"] | {"containers": containers[edit]}}


@st.composite
def _creations(draw: st.DrawFn) -> WorkloadWrite:
    plain = draw(pod_templates)
    return creation(draw(st.sampled_from([plain, injected(plain, workload=draw(st.sampled_from([ORDERS, OTHER])))])))


@st.composite
def _updates(draw: st.DrawFn) -> WorkloadWrite:
    plain, revision = draw(injectable), draw(st.sampled_from([NEWEST, OLDER]))
    before = injected(plain, revision=revision)
    released = draw(st.sampled_from([before, without_record(before), plain, draw(pod_templates), injected(plain)]))
    edit = draw(st.sampled_from(["none", "variable", "other variables", "container"]))
    manager = draw(st.sampled_from(["kubectl-edit", ""]))
    return update(before, _edited(released, edit), field_manager=manager)


_writes = st.one_of(_creations(), _updates(), _updates())


def _repeated(write: WorkloadWrite, decision: Decision) -> Decision:
    """What comes of sending again what the first request made of it."""
    template = decision.template or write.after
    again = update(write.before, template, field_manager=write.field_manager) if write.before else creation(template)
    return admit(again, KNOWN[0])


def _without_ours(template: PodTemplate, before: PodTemplate | None) -> PodTemplate:
    """What of `template` is its user's, also where the record of what is ours was dropped from it."""
    if read_record(template) or before is None or not (record := read_record(before)):
        return remove(template)
    metadata = template.get("metadata") or {}
    annotations = (metadata.get("annotations") or {}) | {"tracereach.dev/injection": record.dump()}
    return remove(template | {"metadata": metadata | {"annotations": annotations}})


@thorough
@given(_writes, st.sampled_from(KNOWN))
def test_nothing_of_the_users_is_ever_lost(write: WorkloadWrite, known: Knowledge) -> None:
    decision = admit(write, known)
    if decision.template is not None:
        assert remove(decision.template) == _without_ours(write.after, write.before)


@thorough
@given(_writes)
def test_what_admission_made_is_left_as_it_is(write: WorkloadWrite) -> None:
    decision = admit(write, KNOWN[0])
    assert _repeated(write, decision).template is None


@thorough
@given(_writes, st.sampled_from(KNOWN))
def test_the_patch_makes_exactly_what_was_decided(write: WorkloadWrite, known: Knowledge) -> None:
    decision = admit(write, known)
    if decision.template is not None:
        sent = {"metadata": {"name": "orders"}, "spec": {"replicas": 2, "template": write.after}}
        expected = sent | {"spec": {"replicas": 2, "template": decision.template}}
        patched = jsonpatch.apply_patch(sent, template_patch(write.after, decision.template))
        assert patched == expected
