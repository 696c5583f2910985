"""How each agent arrives: its volume, its mount and the variable that loads it, for both ways of delivery."""

from typing import Any, get_args

import pytest

from tests.unit.inject.conftest import CATALOGUE, make_injection
from tests.unit.inject.pods import container, template, variables
from tracereach.api.catalogue import AutomaticAgent
from tracereach.inject import PodTemplate, inject
from tracereach.inject.agents import AGENTS
from tracereach.inject.injection import Delivery

MOUNTS = {
    "dotnet": "/otel-auto-instrumentation-dotnet",
    "java": "/otel-auto-instrumentation-java",
    "nodejs": "/otel-auto-instrumentation-nodejs",
    "python": "/otel-auto-instrumentation-python",
}
LOADERS = {
    "dotnet": (
        "CORECLR_PROFILER_PATH",
        "/otel-auto-instrumentation-dotnet/linux-x64/OpenTelemetry.AutoInstrumentation.Native.so",
    ),
    "java": ("JAVA_TOOL_OPTIONS", "-javaagent:/otel-auto-instrumentation-java/javaagent.jar"),
    "nodejs": ("NODE_OPTIONS", "--require /otel-auto-instrumentation-nodejs/autoinstrumentation.js"),
    "python": (
        "PYTHONPATH",
        f"{MOUNTS['python']}/opentelemetry/instrumentation/auto_instrumentation:{MOUNTS['python']}",
    ),
}
FOLDERS = {
    "dotnet": "autoinstrumentation",
    "java": "",
    "nodejs": "autoinstrumentation",
    "python": "autoinstrumentation",
}
COPIED = {
    "dotnet": "/autoinstrumentation/.",
    "java": "/javaagent.jar",
    "nodejs": "/autoinstrumentation/.",
    "python": "/autoinstrumentation/.",
}


def injected(agent: str, delivery: Delivery) -> PodTemplate:
    return inject(template(), make_injection(agents=[agent], delivery=delivery)).template


def named(items: list[dict[str, Any]], name: str) -> dict[str, Any]:
    return next(item for item in items if item["name"] == name)


def test_every_agent_of_the_catalogue_is_known() -> None:
    assert set(AGENTS) == set(get_args(AutomaticAgent)) == set(LOADERS)


@pytest.mark.parametrize("delivery", get_args(Delivery))
@pytest.mark.parametrize("agent", LOADERS)
def test_the_runtime_is_told_to_load_it(agent: str, delivery: Delivery) -> None:
    found = variables(injected(agent, delivery))
    name, value = LOADERS[agent]
    assert found[name] == value
    assert not {loader for other, (loader, _) in LOADERS.items() if other != agent} & found.keys()


@pytest.mark.parametrize("agent", LOADERS)
def test_it_is_mounted_from_its_image(agent: str) -> None:
    result = injected(agent, "ImageVolume")
    volume = named(result["spec"]["volumes"], f"tracereach-{agent}")
    assert volume["image"] == {"reference": CATALOGUE.agents[agent], "pullPolicy": "IfNotPresent"}
    (mount,) = container(result)["volumeMounts"]
    expected = {"name": f"tracereach-{agent}", "mountPath": MOUNTS[agent], "readOnly": True}
    assert mount == expected | ({"subPath": FOLDERS[agent]} if FOLDERS[agent] else {})
    assert [one["name"] for one in result["spec"]["initContainers"]] == ["tracereach-collector"]


@pytest.mark.parametrize("agent", LOADERS)
def test_or_it_is_copied_by_an_init_container(agent: str) -> None:
    result = injected(agent, "InitContainer")
    assert set(named(result["spec"]["volumes"], f"tracereach-{agent}")) == {"name", "emptyDir"}
    (mount,) = container(result)["volumeMounts"]
    assert mount == {"name": f"tracereach-{agent}", "mountPath": MOUNTS[agent], "readOnly": True}
    copier = container(result, f"tracereach-agent-{agent}")
    assert (copier["image"], copier["command"]) == (
        CATALOGUE.agents[agent], ["cp", "-r", COPIED[agent], MOUNTS[agent]],
    )  # fmt: skip
    assert {"name": f"tracereach-{agent}", "mountPath": MOUNTS[agent]} in copier["volumeMounts"]


def test_all_agents_share_a_container_whose_language_is_unknown() -> None:
    result = inject(template(), make_injection())
    assert result.agents == ("dotnet", "java", "nodejs", "python")
    assert {mount["mountPath"] for mount in container(result.template)["volumeMounts"]} == set(MOUNTS.values())


def test_the_environment_alone_needs_no_volume_and_no_mount() -> None:
    result = inject(template(), make_injection(agents=["sdk"], collector={"mode": "Direct"}, delivery="InitContainer"))
    assert result.agents == ("sdk",)
    assert "volumes" not in result.template["spec"]
    assert "volumeMounts" not in container(result.template)
    assert variables(result.template)["OTEL_TRACES_EXPORTER"] == "otlp"


def test_only_the_nodejs_agent_is_kept_from_asking_the_clouds_for_metadata() -> None:
    detectors = {
        agent: variables(injected(agent, "ImageVolume")).get("OTEL_NODE_RESOURCE_DETECTORS") for agent in AGENTS
    }
    assert detectors == {"dotnet": None, "java": None, "nodejs": "env,host,os,process,serviceinstance", "python": None}
