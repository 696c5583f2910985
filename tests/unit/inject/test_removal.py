"""Putting back a template that somebody has changed since: the API server must take it, and its pods must start."""

import json
from copy import deepcopy

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import container, template, variable
from tracereach.inject import Merge, PodTemplate, inject, remove
from tracereach.inject.containers import every_container
from tracereach.inject.injection import Delivery

JAVA = make_injection(agents=["java"])


def dangling(pod: PodTemplate) -> list[str]:
    """Volumes that are mounted and not there."""
    there = {volume["name"] for volume in pod["spec"].get("volumes") or []}
    mounts = [mount for one in every_container(pod) for mount in one.get("volumeMounts") or []]
    return [mount["name"] for mount in mounts if mount["name"] not in there]


@pytest.mark.parametrize("delivery", ["ImageVolume", "InitContainer"])
def test_a_mount_that_an_admission_webhook_changed_goes_with_its_volume(delivery: Delivery) -> None:
    injected = inject(template(), make_injection(agents=["java"], delivery=delivery)).template
    container(injected)["volumeMounts"][0]["recursiveReadOnly"] = "IfPossible"
    assert remove(injected) == template()


def test_mounts_of_the_user_s_own_volumes_stay() -> None:
    pod = template(spec={"volumes": [{"name": "data"}]}, volumeMounts=[{"name": "data", "mountPath": "/data"}])
    injected = inject(pod, JAVA).template
    container(injected)["volumeMounts"][1]["recursiveReadOnly"] = "IfPossible"
    assert remove(injected) == pod


@pytest.mark.parametrize("list_name", ["containers", "initContainers"])
def test_a_container_that_the_user_copied_keeps_nothing_that_would_need_the_agent(list_name: str) -> None:
    pod = template(env=[variable("GREETING", "hello")], spec={"initContainers": [{"name": "migrate"}]})
    injected = inject(pod, JAVA).template
    injected["spec"][list_name].append(deepcopy(container(injected)) | {"name": "copy"})
    restored = remove(injected)
    assert dangling(restored) == []
    assert container(restored) == container(pod)
    copy = {"name": "copy", "env": [variable("GREETING", "hello")], "volumeMounts": []}
    assert restored["spec"][list_name][1:] == [copy]


def test_a_container_that_the_user_renamed_gets_its_own_value_of_a_merged_variable_back() -> None:
    pod = template(env=[variable("JAVA_TOOL_OPTIONS", "-Xmx64m")])
    injected = inject(pod, JAVA, Merge.IN_PLACE).template
    container(injected)["name"] = "renamed"
    restored = remove(injected)
    assert dangling(restored) == []
    assert container(restored, "renamed")["env"] == [variable("JAVA_TOOL_OPTIONS", "-Xmx64m")]


def test_a_container_that_never_was_injected_keeps_what_only_looks_like_ours() -> None:
    same = [variable("OTEL_TRACES_EXPORTER", "otlp")]
    pod = template()
    pod["spec"]["containers"].append({"name": "istio-proxy", "env": same})
    assert remove(inject(pod, JAVA).template) == pod


def test_an_empty_variable_of_the_policy_goes_although_the_server_stores_no_value() -> None:
    injected = inject(template(), make_injection(env=[variable("OTEL_PYTHON_EXCLUDED_URLS", "")])).template
    stored = deepcopy(injected)
    for entry in container(stored)["env"]:
        if entry.get("value") == "":
            del entry["value"]
    assert {"name": "OTEL_PYTHON_EXCLUDED_URLS"} in container(injected)["env"]
    assert remove(stored) == template()


def test_marks_of_a_later_injection_go_with_an_earlier_record() -> None:
    """A file that was injected offline is applied over a template that the webhook has stamped since."""
    before = template(env=[variable("NODE_OPTIONS", "--a")])
    injection = make_injection(agents=["nodejs"])
    file = inject(before, injection, Merge.IN_PLACE).template
    stamped = inject(before, injection, Merge.STAMP).template
    live = json.loads(json.dumps(file))
    live["metadata"]["labels"] |= stamped["metadata"]["labels"]
    live["metadata"]["annotations"] = stamped["metadata"]["annotations"] | file["metadata"]["annotations"]
    assert remove(live) == before
    assert inject(live, injection, Merge.STAMP).template == stamped


def test_a_reference_that_a_tool_merged_into_our_variable_is_the_user_s() -> None:
    injected = inject(template(), make_injection(agents=["sdk"])).template
    ours = next(entry for entry in injected["spec"]["containers"][0]["env"] if entry["name"] == "OTEL_SERVICE_NAME")
    ours["valueFrom"] = {"fieldRef": {"fieldPath": "metadata.name"}}
    (left,) = remove(injected)["spec"]["containers"][0]["env"]
    assert left == {"name": "OTEL_SERVICE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}


def test_a_container_that_was_renamed_is_cleaned_without_a_mount_too() -> None:
    injected = inject(template(image="a"), make_injection(agents=["sdk"])).template
    injected["spec"]["containers"][0]["name"] = "renamed"
    (container,) = remove(injected)["spec"]["containers"]
    assert container.get("env") in (None, [])


def test_more_annotations_than_kubernetes_takes_are_not_written() -> None:
    before = template(annotations={"notes": "x" * (256 * 1024 - 1000)})
    result = inject(before, make_injection())
    assert [(skipped.container, str(skipped.reason)) for skipped in result.skipped] == [("", "TooLarge")]
    assert result.template == before
