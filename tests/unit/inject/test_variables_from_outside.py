"""`envFrom` takes variables in whose names no template tells: where one may load code, the container is left alone."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import injected_variables, reasons, template, variable, variables
from tracereach.inject import Merge, inject, remove

JAVA = make_injection(agents=["java"])
CONFIG_MAP = {"configMapRef": {"name": "jvm"}}


@pytest.mark.parametrize(
    ("source", "named"),
    [
        (CONFIG_MAP, "ConfigMap jvm"),
        ({"prefix": "", "secretRef": {"name": "flags"}}, "Secret flags"),
        ({"prefix": None, "secretRef": {"name": "flags", "optional": True}}, "Secret flags"),
        ({"prefix": "JAVA_", "configMapRef": {"name": "jvm"}}, "ConfigMap jvm"),
    ],
)
@pytest.mark.parametrize("merge", Merge)
def test_a_loader_variable_that_may_come_from_outside_is_not_overridden(
    source: dict[str, Any], named: str, merge: Merge
) -> None:
    pod = template(command=["java"], envFrom=[{"prefix": "SHOP_", "configMapRef": {"name": "shop"}}, source])
    result = inject(pod, JAVA, merge)
    assert (result.template, reasons(result)) == (pod, [("app", "Unmergeable")])
    assert result.skipped[0].message == f"envFrom takes in {named}, which may hold JAVA_TOOL_OPTIONS"


@pytest.mark.parametrize("prefix", ["SHOP_", "JAVA_TOOL_OPTIONS_", "JAVA_TOOL_OPTIONS"])
def test_a_prefix_with_which_no_loader_variable_begins_is_no_danger(prefix: str) -> None:
    pod = template(envFrom=[{"prefix": prefix, **CONFIG_MAP}])
    assert "JAVA_TOOL_OPTIONS" in injected_variables(pod, JAVA)


def test_asking_for_the_agent_by_annotation_does_not_change_it() -> None:
    pod = template(annotations={"tracereach.dev/agents": "java"}, envFrom=[CONFIG_MAP])
    assert reasons(inject(pod, make_injection())) == [("app", "Unmergeable")]


@pytest.mark.parametrize("merge", Merge)
def test_a_search_path_takes_in_whatever_comes_from_outside(merge: Merge) -> None:
    """The kubelet expands a reference to what `envFrom` set; one that leads nowhere is a folder that is not there."""
    result = inject(template(command=["python"], envFrom=[CONFIG_MAP]), make_injection(agents=["python"]), merge)
    assert variables(result.template)["PYTHONPATH"].split(":")[1:-1] == ["$(PYTHONPATH)"]


def test_a_variable_that_the_container_names_itself_wins_over_any_from_outside() -> None:
    pod = template(env=[variable("JAVA_TOOL_OPTIONS", "-Xmx64m")], envFrom=[CONFIG_MAP])
    after = inject(pod, JAVA, Merge.IN_PLACE).template
    assert after["spec"]["containers"][0]["env"][0]["value"].startswith("-Xmx64m -javaagent:")
    assert remove(after) == pod


def test_without_an_agent_to_load_the_variables_of_opentelemetry_go_in() -> None:
    pod = template(envFrom=[CONFIG_MAP])
    assert injected_variables(pod, make_injection(agents=["sdk"]))["OTEL_SERVICE_NAME"] == "orders"
