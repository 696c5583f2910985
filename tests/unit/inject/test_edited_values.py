"""Taking an injection out of values that somebody edited since: our part goes, the user's stays."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import container, template, variable, variables
from tracereach.inject import Merge, PodTemplate, inject, remove
from tracereach.inject.containers import environment

JAVA = "-javaagent:/otel-auto-instrumentation-java/javaagent.jar"
NODE = "--require /otel-auto-instrumentation-nodejs/autoinstrumentation.js"
PYTHON = "/otel-auto-instrumentation-python"
SITECUSTOMIZE = f"{PYTHON}/opentelemetry/instrumentation/auto_instrumentation"
HOOKS = "/otel-auto-instrumentation-dotnet/net/OpenTelemetry.AutoInstrumentation.StartupHook.dll"

LOADERS = [
    ("java", "JAVA_TOOL_OPTIONS", "-Xmx512m", "-Xmx1g"),
    ("nodejs", "NODE_OPTIONS", "--max-old-space-size=512", "--max-old-space-size=1024"),
    ("python", "PYTHONPATH", "/app", "/srv/app"),
    ("dotnet", "DOTNET_STARTUP_HOOKS", "/app/hook.dll", "/app/other.dll"),
]


def edit(pod: PodTemplate, name: str, old: str, new: str) -> None:
    """Put `new` in the place of `old` in the value of a variable."""
    entry = environment(container(pod))[name]
    assert old in entry["value"]
    entry["value"] = entry["value"].replace(old, new)


@pytest.mark.parametrize(("agent", "name", "before", "after"), LOADERS)
def test_an_edited_value_that_was_merged_in_place_keeps_what_the_user_wrote(
    agent: str, name: str, before: str, after: str
) -> None:
    injection = make_injection(agents=[agent])
    injected = inject(template(env=[variable(name, before)]), injection, Merge.IN_PLACE).template
    edit(injected, name, before, after)
    edited = template(env=[variable(name, after)])
    assert remove(injected) == edited
    assert inject(injected, injection, Merge.IN_PLACE) == inject(edited, injection, Merge.IN_PLACE)


@pytest.mark.parametrize(
    ("agent", "name", "edited", "left"),
    [
        ("java", "JAVA_TOOL_OPTIONS", f"{JAVA} -Xmx1g", "-Xmx1g"),
        ("java", "JAVA_TOOL_OPTIONS", f"-Xmx1g {JAVA}", "-Xmx1g"),
        ("java", "JAVA_TOOL_OPTIONS", f"-Xmx1g {JAVA} -Xss1m", "-Xmx1g -Xss1m"),
        ("java", "JAVA_TOOL_OPTIONS", f"-Xmx1g\n{JAVA}\n-Xss1m\n", "-Xmx1g\n-Xss1m\n"),
        ("java", "JAVA_TOOL_OPTIONS", f"{JAVA}=config.file -Xmx1g", f"{JAVA}=config.file -Xmx1g"),
        ("nodejs", "NODE_OPTIONS", f"{NODE} --inspect", "--inspect"),
        ("python", "PYTHONPATH", f"{SITECUSTOMIZE}:{PYTHON}:/app", "/app"),
        ("python", "PYTHONPATH", f"/app:{SITECUSTOMIZE}:{PYTHON}", "/app"),
        ("python", "PYTHONPATH", f"{SITECUSTOMIZE}:/app::{PYTHON}", "/app:"),
        ("python", "PYTHONPATH", f"{PYTHON}-of-mine:{PYTHON}", f"{PYTHON}-of-mine"),
        ("dotnet", "DOTNET_STARTUP_HOOKS", f"/app/hook.dll:{HOOKS}", "/app/hook.dll"),
    ],
)
def test_of_a_variable_of_ours_that_the_user_extended_their_part_stays(
    agent: str, name: str, edited: str, left: str
) -> None:
    injected = inject(template(), make_injection(agents=[agent])).template
    environment(container(injected))[name]["value"] = edited
    assert remove(injected) == template(env=[variable(name, left)])


@pytest.mark.parametrize("edited", [f"{JAVA} ", f"{JAVA} {JAVA}", f" {JAVA}"])
def test_a_variable_of_ours_with_nothing_of_the_user_s_in_it_goes(edited: str) -> None:
    injected = inject(template(), make_injection(agents=["java"])).template
    environment(container(injected))["JAVA_TOOL_OPTIONS"]["value"] = edited
    assert remove(injected) == template()


def test_a_user_s_variable_of_which_only_our_part_was_left_is_empty() -> None:
    injected = inject(
        template(env=[variable("JAVA_TOOL_OPTIONS", "-Xmx1g")]), make_injection(agents=["java"]), Merge.IN_PLACE
    ).template
    edit(injected, "JAVA_TOOL_OPTIONS", "-Xmx1g ", "")
    assert remove(injected) == template(env=[variable("JAVA_TOOL_OPTIONS", "")])


@pytest.mark.parametrize("edited", [f"$(PYTHONPATH):{PYTHON}", f"{SITECUSTOMIZE}:$(PYTHONPATH)"])
def test_a_reference_to_what_env_from_takes_in_goes_with_the_rest(edited: str) -> None:
    pod = template(envFrom=[{"configMapRef": {"name": "settings"}}])
    injected = inject(pod, make_injection(agents=["python"])).template
    environment(container(injected))["PYTHONPATH"]["value"] = edited
    assert remove(injected) == pod


def moved() -> tuple[PodTemplate, PodTemplate]:
    """A template whose loader comes from a Secret, and the same with an injection merged in place."""
    secret = {"name": "JAVA_TOOL_OPTIONS", "valueFrom": {"secretKeyRef": {"name": "jvm", "key": "options"}}}
    pod = template(env=[secret])
    return pod, inject(pod, make_injection(agents=["java"]), Merge.IN_PLACE).template


def test_a_reference_of_the_user_s_stays_where_the_edited_value_refers_to_it() -> None:
    _, injected = moved()
    edit(injected, "JAVA_TOOL_OPTIONS", JAVA, f"{JAVA} -Xmx1g")
    restored = remove(injected)
    assert variables(restored) == {
        "TRACEREACH_USER_JAVA_TOOL_OPTIONS": {"secretKeyRef": {"name": "jvm", "key": "options"}},
        "JAVA_TOOL_OPTIONS": "$(TRACEREACH_USER_JAVA_TOOL_OPTIONS) -Xmx1g",
    }
    again = inject(injected, make_injection(agents=["java"]), Merge.IN_PLACE)
    assert variables(again.template)["JAVA_TOOL_OPTIONS"] == f"$(TRACEREACH_USER_JAVA_TOOL_OPTIONS) -Xmx1g {JAVA}"
    assert remove(again.template) == restored


def test_a_reference_of_the_user_s_comes_back_where_nothing_was_added_to_it() -> None:
    pod, injected = moved()
    edit(injected, "JAVA_TOOL_OPTIONS", JAVA, f"{JAVA} {JAVA}")
    assert remove(injected) == pod


@pytest.mark.parametrize("own", [[], [variable("OTEL_RESOURCE_ATTRIBUTES", "team=shop")]])
def test_resource_attributes_lose_what_refers_to_our_variables(own: list[dict[str, Any]]) -> None:
    injected = inject(template(env=own), make_injection(agents=["java"]), Merge.IN_PLACE).template
    entry = environment(container(injected))["OTEL_RESOURCE_ATTRIBUTES"]
    entry["value"] = f"team=store,{entry['value'].removeprefix('team=shop,')}"
    (left,) = container(remove(injected))["env"]
    assert left["value"].startswith("team=store,")
    assert "$(" not in left["value"]


def test_a_copied_container_keeps_only_the_user_s_part_of_an_edited_value() -> None:
    pod = template(env=[variable("JAVA_TOOL_OPTIONS", "-Xmx512m")])
    injected = inject(pod, make_injection(agents=["java"]), Merge.IN_PLACE).template
    edit(injected, "JAVA_TOOL_OPTIONS", "-Xmx512m", "-Xmx1g")
    container(injected)["name"] = "renamed"
    assert container(remove(injected), "renamed")["env"] == [variable("JAVA_TOOL_OPTIONS", "-Xmx1g")]


def test_a_reference_that_the_user_edited_under_the_name_that_we_gave_it_gets_its_own_name_back() -> None:
    pod, injected = moved()
    environment(container(injected))["TRACEREACH_USER_JAVA_TOOL_OPTIONS"]["valueFrom"]["secretKeyRef"]["key"] = "other"
    container(pod)["env"][0]["valueFrom"]["secretKeyRef"]["key"] = "other"
    assert remove(injected) == pod
