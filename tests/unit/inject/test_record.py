"""The record in a template: what it says, and that a damaged one is never half obeyed."""

import json
from typing import Any

import pytest

from tests.unit.inject.pods import template
from tracereach.api.workload import WorkloadReference
from tracereach.inject import DamagedRecord, Injection, Record, inject, read_record, remove

GOOD: dict[str, Any] = {"policy": "TracingPolicy/shop/shop", "revision": "0123456789", "added": {}}


def test_the_record_names_policy_and_revision_and_every_addition(injection: Injection) -> None:
    result = inject(template(), injection)
    record = read_record(result.template)
    assert record is not None
    assert (record.policy, record.revision) == ("TracingPolicy/shop/shop", injection.revision.name)
    assert record.workload == "shop/Deployment/orders"
    assert sorted(record.added) == sorted(change.path for change in result.changes)
    assert record.blank == {
        "/spec/volumes": "absent",
        "/spec/initContainers": "absent",
        "/spec/containers/app/env": "absent",
        "/spec/containers/app/volumeMounts": "absent",
        "/metadata": "absent",
        "/metadata/labels": "absent",
        "/metadata/annotations": "absent",
    }


def test_pods_carry_the_revision_as_a_label(injection: Injection) -> None:
    labels = inject(template(), injection).template["metadata"]["labels"]
    assert labels == {"tracereach.dev/revision": injection.revision.name}


def test_a_template_of_the_user_s_own_has_no_record() -> None:
    assert read_record(template()) is None
    assert read_record({"metadata": {"annotations": None}}) is None
    assert read_record({"metadata": None}) is None


def test_a_record_from_before_workloads_were_written_down_names_none_and_still_serves(injection: Injection) -> None:
    injected = inject(template(), injection).template
    annotations = injected["metadata"]["annotations"]
    content = json.loads(annotations["tracereach.dev/injection"])
    del content["workload"]
    annotations["tracereach.dev/injection"] = json.dumps(content)
    record = read_record(injected)
    assert record is not None
    assert record.workload == ""
    assert remove(injected) == template()


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no JSON",
        "[]",
        "null",
        json.dumps({}),
        json.dumps(GOOD | {"workload": "orders"}),
        json.dumps(GOOD | {"workload": "shop/Deployment/" + "x" * 2000}),
        "[" * 100_000,
        json.dumps(GOOD | {"policy": ""}),
        json.dumps(GOOD | {"policy": "shop"}),
        json.dumps(GOOD | {"policy": "TracingPolicy/shop/" + "x" * 254}),
        json.dumps(GOOD | {"revision": ""}),
        json.dumps(GOOD | {"revision": ["r"]}),
        json.dumps(GOOD | {"revision": "x" * 64}),
        json.dumps(GOOD | {"added": None}),
        json.dumps(GOOD | {"added": "x"}),
        json.dumps(GOOD | {"added": {"here": "0"}}),
        json.dumps(GOOD | {"added": {"/spec/restartPolicy/Al": "0"}}),
        json.dumps(GOOD | {"added": {"/spec/tolerations/key": "0"}}),
        json.dumps(GOOD | {"added": {"/spec/containers/app/image": "0"}}),
        json.dumps(GOOD | {"added": {"/metadata/annotations/mine": "0"}}),
        json.dumps(GOOD | {"blank": {"/spec/tolerations": "absent"}}),
        json.dumps(GOOD | {"blank": {"/spec/volumes": "gone"}}),
        json.dumps(GOOD | {"merged": {"/spec/containers/app/env/A": "x"}}),
        json.dumps(GOOD | {"merged": {"/spec/containers/app/env/A": {"hash": "0"}}}),
        json.dumps(GOOD | {"merged": {"/spec/containers/app/env/A": {"hash": "0", "original": {"value": "x"}}}}),
        json.dumps(GOOD | {"merged": {"/spec/volumes/a": {"hash": "0", "original": {"name": "a"}}}}),
    ],
)
def test_a_damaged_record_says_where_it_is_and_what_to_do(injection: Injection, content: str) -> None:
    pod = template(
        annotations={"tracereach.dev/injection": content}, spec={"restartPolicy": "Always", "tolerations": [{}]}
    )
    for use in (read_record, remove, lambda damaged: inject(damaged, injection)):
        with pytest.raises(DamagedRecord) as damaged:
            use(pod)
        assert "annotation tracereach.dev/injection is not as it was written: " in str(damaged.value)
        assert str(damaged.value).endswith("restore the pod template from its manifest")


@pytest.mark.parametrize(
    ("recorded", "own"), [("", True), ("shop/Deployment/orders", True), ("shop/Deployment/payments", False)]
)
def test_a_record_in_a_copied_template_belongs_to_the_original(recorded: str, *, own: bool) -> None:
    record = Record(policy="TracingPolicy/shop/shop", revision="r1", workload=recorded, added_to={})
    assert record.belongs_to(WorkloadReference("shop", "Deployment", "orders")) is own
