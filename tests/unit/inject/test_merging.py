"""Where the user already sets a variable that an agent must extend: left alone, or merged in the user's own file."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import container, reasons, template, variable, variables
from tracereach.inject import Injection, Merge, inject, remove

JAVA = make_injection(agents=["java"])
PYTHON = "/otel-auto-instrumentation-python"
OURS = "-javaagent:/otel-auto-instrumentation-java/javaagent.jar"
REQUIRED = {"configMapKeyRef": {"name": "settings", "key": "options"}}


def test_a_stored_template_only_gains_so_the_container_is_left_alone() -> None:
    result = inject(template(env=[variable("JAVA_TOOL_OPTIONS", "-Xmx64m")]), JAVA)
    assert reasons(result) == [("app", "NeedsWebhook")]
    assert "JAVA_TOOL_OPTIONS" in result.skipped[0].message
    assert not result.injected


@pytest.mark.parametrize(
    ("agent", "user", "merged"),
    [
        ("java", variable("JAVA_TOOL_OPTIONS", "-Xmx64m"), f"-Xmx64m {OURS}"),
        ("java", variable("JAVA_TOOL_OPTIONS", ""), OURS),
        ("java", {"name": "JAVA_TOOL_OPTIONS"}, OURS),
        ("java", {"name": "JAVA_TOOL_OPTIONS", "valueFrom": None}, OURS),
        ("java", variable("JAVA_TOOL_OPTIONS", "-Xmx64m") | {"valueFrom": None}, f"-Xmx64m {OURS}"),
        (
            "nodejs",
            variable("NODE_OPTIONS", "--max-old-space-size=256"),
            "--max-old-space-size=256 --require /otel-auto-instrumentation-nodejs/autoinstrumentation.js",
        ),
        (
            "python",
            variable("PYTHONPATH", "/app:/lib"),
            f"{PYTHON}/opentelemetry/instrumentation/auto_instrumentation:/app:/lib:{PYTHON}",
        ),
    ],
)
def test_a_literal_is_extended_in_place(agent: str, user: dict[str, Any], merged: str) -> None:
    before = template(env=[variable("FIRST", "1"), user, variable("LAST", "2")])
    after = inject(before, make_injection(agents=[agent]), Merge.IN_PLACE).template
    entries = container(after)["env"]
    assert [entry["name"] for entry in entries[:3]] == ["FIRST", user["name"], "LAST"]
    assert entries[1]["value"] == merged
    assert remove(after) == before


def test_a_required_reference_moves_aside_and_ours_refers_to_it() -> None:
    before = template(env=[{"name": "JAVA_TOOL_OPTIONS", "valueFrom": REQUIRED}])
    after = inject(before, JAVA, Merge.IN_PLACE).template
    found = variables(after)
    assert found["TRACEREACH_USER_JAVA_TOOL_OPTIONS"] == REQUIRED
    assert found["JAVA_TOOL_OPTIONS"] == f"$(TRACEREACH_USER_JAVA_TOOL_OPTIONS) {OURS}"
    assert remove(after) == before


@pytest.mark.parametrize("kind", ["configMapKeyRef", "secretKeyRef", "fileKeyRef"])
def test_an_optional_reference_may_be_missing_and_cannot_be_extended(kind: str) -> None:
    source = {kind: {"name": "settings", "key": "options", "optional": True}}
    result = inject(template(env=[{"name": "JAVA_TOOL_OPTIONS", "valueFrom": source}]), JAVA, Merge.IN_PLACE)
    assert reasons(result) == [("app", "Unmergeable")]
    assert "may be missing" in result.skipped[0].message


def test_a_path_with_an_entry_that_leads_nowhere_is_still_a_path() -> None:
    source = {"secretKeyRef": {"name": "settings", "key": "path", "optional": True}}
    after = inject(
        template(env=[{"name": "PYTHONPATH", "valueFrom": source}]), make_injection(agents=["python"]), Merge.IN_PLACE
    ).template
    assert variables(after)["PYTHONPATH"].split(":")[1:-1] == ["$(TRACEREACH_USER_PYTHONPATH)"]


@pytest.mark.parametrize("merge", Merge)
def test_a_variable_that_is_set_twice_has_no_one_value_to_extend(merge: Merge) -> None:
    twice = [variable("JAVA_TOOL_OPTIONS", "-Xmx64m"), variable("JAVA_TOOL_OPTIONS", "-Xmx32m")]
    result = inject(template(env=twice), JAVA, merge)
    assert reasons(result) == [("app", "NameClash")]
    assert result.skipped[0].message == "it sets JAVA_TOOL_OPTIONS more than once"


def test_a_container_gets_all_of_its_agents_or_none(injection: Injection) -> None:
    pod = template(image="registry.example/shop:1")
    pod["spec"]["containers"].append({"name": "worker", "env": [variable("JAVA_TOOL_OPTIONS", "-Xmx64m")]})
    result = inject(pod, make_injection(agents=["java", "python"]))
    assert reasons(result) == [("worker", "NeedsWebhook")]
    assert container(result.template, "worker") == pod["spec"]["containers"][1]
    assert {"JAVA_TOOL_OPTIONS", "PYTHONPATH"} <= variables(result.template).keys()


@pytest.mark.parametrize("merge", [Merge.STAMP, Merge.IN_PLACE])
@pytest.mark.parametrize("name", ["JAVA_TOOL_OPTIONS", "OTEL_RESOURCE_ATTRIBUTES"])
def test_a_reference_moves_to_no_variable_that_is_there_already(name: str, merge: Merge) -> None:
    taken = variable(f"TRACEREACH_USER_{name}", "mine")
    result = inject(template(env=[taken, {"name": name, "valueFrom": REQUIRED}]), JAVA, merge)
    assert reasons(result) == ([("app", "NameClash")] if name == "JAVA_TOOL_OPTIONS" else [])
    assert result.merged == ()
    assert taken in container(result.template)["env"]


PATH = variable("PYTHONPATH", "/app")


@pytest.mark.parametrize(
    ("container", "field"),
    [
        ({"args": ["--conf", "$(PYTHONPATH)/conf"], "env": [PATH]}, "args[1]"),
        ({"command": ["python", "$$$(PYTHONPATH)"], "env": [PATH]}, "command[1]"),
        ({"env": [PATH, variable("CONF", "$(PYTHONPATH)/conf")]}, "env[CONF]"),
        (
            {"env": [PATH], "volumeMounts": [{"name": "a", "mountPath": "/a", "subPathExpr": "x$(PYTHONPATH)"}]},
            "volumeMounts[/a].subPathExpr",
        ),
        (
            {"args": ["$(PYTHONPATH)/conf"], "envFrom": [{"configMapRef": {"name": "settings"}}]},
            "args[0]",
        ),
    ],
)
@pytest.mark.parametrize("merge", Merge)
def test_what_refers_to_a_loader_would_change_with_it_so_the_container_is_left_alone(
    container: dict[str, Any], field: str, merge: Merge
) -> None:
    result = inject(template(**container), make_injection(agents=["python"]), merge)
    assert reasons(result) == [("app", "Unmergeable")]
    assert result.skipped[0].message == f"spec.containers[app].{field} refers to PYTHONPATH, and would change with it"


@pytest.mark.parametrize(
    "container",
    [
        {"args": ["$$(PYTHONPATH)/conf"], "env": [PATH]},
        {"args": ["$(PYTHONPATH2)", "$PYTHONPATH"], "env": [PATH]},
        {"env": [variable("CONF", "$(PYTHONPATH)/conf"), PATH]},
        {"env": [variable("PYTHONPATH", "$(PYTHONPATH):/app")]},
        {"args": ["$(PYTHONPATH)"]},
        {"env": [PATH], "livenessProbe": {"exec": {"command": ["ls", "$(PYTHONPATH)"]}}},
    ],
)
def test_what_only_looks_like_a_reference_is_no_obstacle(container: dict[str, Any]) -> None:
    assert inject(template(**container), make_injection(agents=["python"]), Merge.IN_PLACE).injected


def test_resource_attributes_are_merged_and_the_user_s_keys_win() -> None:
    user = "team=a,service.namespace=mine"
    before = template(env=[variable("OTEL_RESOURCE_ATTRIBUTES", user)])
    injection = make_injection(resource={"attributes": {"team": "b", "tier": "gold & silver"}})
    after = inject(before, injection, Merge.IN_PLACE).template
    merged = variables(after)["OTEL_RESOURCE_ATTRIBUTES"]
    assert merged.startswith(f"{user},")
    added = dict(pair.split("=", 1) for pair in merged.removeprefix(f"{user},").split(","))
    assert added["tier"] == "gold%20&%20silver"
    assert added["k8s.deployment.name"] == "orders"
    assert not {"team", "service.namespace"} & added.keys()
    assert remove(after) == before


def test_merged_attributes_refer_to_variables_that_stand_before_them() -> None:
    before = template(env=[variable("FIRST", "1"), variable("OTEL_RESOURCE_ATTRIBUTES", "team=a")])
    after = inject(before, JAVA, Merge.IN_PLACE).template
    order = [entry["name"] for entry in container(after)["env"]]
    merged = variables(after)["OTEL_RESOURCE_ATTRIBUTES"]
    referred = {part.split(")")[0] for part in merged.split("$(")[1:]}
    assert referred == {"TRACEREACH_POD_NAME", "TRACEREACH_POD_UID", "TRACEREACH_NODE_NAME"}
    assert referred <= set(order[: order.index("OTEL_RESOURCE_ATTRIBUTES")])
    assert remove(after) == before


@pytest.mark.parametrize("user", ["team=a,", "team=a, ", " team = a ,,x", "team"])
def test_the_text_of_the_user_s_attributes_survives_as_it_is(user: str) -> None:
    before = template(env=[variable("OTEL_RESOURCE_ATTRIBUTES", user)])
    merged = variables(inject(before, JAVA, Merge.IN_PLACE).template)["OTEL_RESOURCE_ATTRIBUTES"]
    assert merged.startswith(user)
    assert merged[len(user) :].lstrip(",").startswith("k8s.")


def test_the_keys_of_referenced_attributes_are_unknown_so_they_come_last() -> None:
    before = template(env=[{"name": "OTEL_RESOURCE_ATTRIBUTES", "valueFrom": REQUIRED}])
    after = inject(before, JAVA, Merge.IN_PLACE).template
    found = variables(after)
    assert found["TRACEREACH_USER_OTEL_RESOURCE_ATTRIBUTES"] == REQUIRED
    assert found["OTEL_RESOURCE_ATTRIBUTES"].endswith(",$(TRACEREACH_USER_OTEL_RESOURCE_ATTRIBUTES)")
    assert remove(after) == before


def test_another_profiler_of_dot_net_is_another_agent() -> None:
    result = inject(template(env=[variable("CORECLR_PROFILER", "{0}")]), make_injection(agents=["dotnet"]), Merge.STAMP)
    assert reasons(result) == [("app", "OtherAgent")]


def test_a_stored_template_keeps_the_user_s_attributes_as_they_are(injection: Injection) -> None:
    found = variables(inject(template(env=[variable("OTEL_RESOURCE_ATTRIBUTES", "team=a")]), injection).template)
    assert found["OTEL_RESOURCE_ATTRIBUTES"] == "team=a"
