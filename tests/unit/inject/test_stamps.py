"""Carrying a stamp out in a pod that another webhook has changed: as far as it fits, and never to its harm."""

import copy
import json
from typing import Any

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import container, template, variable, variables
from tracereach.api import names
from tracereach.inject import Merge, PodTemplate, inject, merge

OURS = "/otel-auto-instrumentation-nodejs"


def stamped(**spec: Any) -> PodTemplate:
    """Two containers that are stamped, both with options of their own."""
    pod = template(spec=spec, env=[variable("NODE_OPTIONS", "--a")])
    pod["spec"]["containers"].append({"name": "other", "env": [variable("NODE_OPTIONS", "--b")]})
    return inject(pod, make_injection(agents=["nodejs"]), Merge.STAMP).template


def mark(pod: PodTemplate) -> str:
    return str(pod["metadata"]["labels"][names.MERGE_LABEL])


def test_a_container_that_is_gone_does_not_take_the_others_with_it() -> None:
    pod = stamped()
    pod["spec"]["containers"] = [one for one in pod["spec"]["containers"] if one["name"] != "app"]
    merged = merge(pod)
    assert mark(merged) == names.MERGE_DONE
    assert OURS in variables(merged, "other")["NODE_OPTIONS"]


def test_a_path_that_is_taken_leaves_its_container_as_it_is() -> None:
    pod = stamped()
    container(pod)["volumeMounts"] = [{"name": "theirs", "mountPath": OURS}]
    merged = merge(pod)
    assert container(merged) == container(pod)
    assert OURS in variables(merged, "other")["NODE_OPTIONS"]


def test_a_volume_that_is_there_by_now_is_not_added_again() -> None:
    pod = stamped()
    once = merge(pod)
    again = copy.deepcopy(pod)
    again["spec"]["volumes"] = copy.deepcopy(once["spec"]["volumes"])
    found = [volume["name"] for volume in merge(again)["spec"]["volumes"]]
    assert len(found) == len(set(found))


def test_where_nothing_fits_the_pod_starts_as_it_is_and_says_so() -> None:
    pod = stamped()
    for one in pod["spec"]["containers"]:
        one["name"] += "-renamed"
    merged = merge(pod)
    assert mark(merged) == names.MERGE_FAILED
    assert merged["spec"] == pod["spec"]
    assert merge(merged) == merged


def test_a_stamp_of_a_newer_release_is_carried_out_as_far_as_it_is_known() -> None:
    pod = stamped()
    plan = json.loads(pod["metadata"]["annotations"][names.MERGE_ANNOTATION])
    plan["hints"] = {"later": True}
    plan["containers"]["app"]["hints"] = []
    pod["metadata"]["annotations"][names.MERGE_ANNOTATION] = json.dumps(plan)
    assert mark(merge(pod)) == names.MERGE_DONE
