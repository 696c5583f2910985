"""Which agents a container gets, and on what evidence."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import reasons, template, variable
from tracereach.inject import inject
from tracereach.inject.evidence import choose

AUTO = make_injection().revision.spec
NODE = {"command": ["node", "server.js"]}
JAVA_HOME = {"env": [variable("JAVA_HOME", "/opt/java")]}
PYTHON_IMAGE = {"image": "registry.example/library/python:3.11"}


def chosen(container: dict[str, Any], agents: list[str] | None = None, annotation: str = "") -> tuple[str, ...] | None:
    pod = template(annotations={"tracereach.dev/agents": annotation}, **container)
    spec = make_injection(agents=agents).revision.spec if agents else AUTO
    choice = choose(pod, pod["spec"]["containers"][0], spec)
    return choice.agents if choice else None


@pytest.mark.parametrize(
    ("evidence", "agents", "annotation", "expected"),
    [
        (NODE | JAVA_HOME | PYTHON_IMAGE, ["python"], "java", ("java",)),
        (NODE | JAVA_HOME | PYTHON_IMAGE, ["python"], "", ("python",)),
        (NODE | JAVA_HOME | PYTHON_IMAGE, None, "", ("nodejs",)),
        (JAVA_HOME | PYTHON_IMAGE, None, "", ("java",)),
        (PYTHON_IMAGE, None, "", ("python",)),
        ({}, None, "", ("java", "nodejs", "python")),
    ],
)
def test_annotation_before_policy_before_command_before_environment_before_image(
    evidence: dict[str, Any], agents: list[str] | None, annotation: str, expected: tuple[str, ...]
) -> None:
    assert chosen(evidence, agents, annotation) == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["java", "-jar", "app.jar"], "java"),
        (["/opt/java/openjdk/bin/java", "-jar", "app.jar"], "java"),
        (["sh", "-c", "exec java $JAVA_OPTS -jar /app.jar"], "java"),
        (["catalina.sh", "run"], "java"),
        (["node", "server.js"], "nodejs"),
        (["npm", "start"], "nodejs"),
        (["sh", "-c", "exec node server.js"], "nodejs"),
        (["/bin/bash", "-c", "yarn serve"], "nodejs"),
        (["tini", "--", "node", "."], "nodejs"),
        (["/usr/bin/python3.11", "-m", "app"], "python"),
        (["python", "manage.py"], "python"),
        (["gunicorn", "app:app"], "python"),
        (["/usr/bin/env", "python3", "run.py"], "python"),
        (["uvicorn", "app:app", "--host", "0.0.0.0"], "python"),
    ],
)
@pytest.mark.parametrize("field", ["command", "args"])
def test_a_command_names_its_runtime(command: list[str], expected: str, field: str) -> None:
    assert chosen({field: command}) == (expected,)


@pytest.mark.parametrize(
    "command", [["/ledger"], ["sh", "-c", "./run"], ["nodemon-like"], ["javac"], ["pythonista"], ["sh"]]
)
def test_another_command_names_none(command: list[str]) -> None:
    assert chosen({"command": command}) == ("java", "nodejs", "python")


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("node", ("nodejs",)),
        ("registry.example:5000/library/node:20-slim", ("nodejs",)),
        ("python@sha256:0123", ("python",)),
        ("eclipse-temurin:21-jre", ("java",)),
        ("shop/node-exporter:1", ("java", "nodejs", "python")),
        ("", ("java", "nodejs", "python")),
    ],
)
def test_only_the_last_part_of_an_image_s_name_counts(image: str, expected: tuple[str, ...]) -> None:
    assert chosen({"image": image}) == expected


def test_an_environment_that_speaks_of_two_languages_gets_both_agents() -> None:
    assert chosen({"env": [variable("NODE_ENV", "x"), variable("JAVA_OPTS", "")]}) == ("java", "nodejs")


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("java", ("java",)),
        (" python , nodejs ", ("nodejs", "python")),
        ("sdk", ("sdk",)),
        ("java,cobol", ("java",)),
        ("cobol", ("sdk",)),
    ],
)
def test_the_annotation_is_a_list_and_what_nobody_knows_gets_no_agent(
    annotation: str, expected: tuple[str, ...]
) -> None:
    assert chosen(NODE, annotation=annotation) == expected


def test_the_choice_is_explained() -> None:
    changes = {change.path: change.why for change in inject(template(**NODE), make_injection()).changes}
    assert changes["/spec/containers/app/env/NODE_OPTIONS"] == "command runs node"


EXEC = {"exec": {"command": ["true"]}}
HTTP = {"httpGet": {"path": "/", "port": 8080}}


@pytest.mark.parametrize(
    "container",
    [
        {"livenessProbe": EXEC},
        {"readinessProbe": EXEC},
        {"startupProbe": EXEC},
        {"lifecycle": {"preStop": EXEC}},
        {"lifecycle": {"postStart": EXEC}},
    ],
)
def test_without_evidence_no_agent_goes_where_probes_or_hooks_start_processes(container: dict[str, Any]) -> None:
    result = inject(template(**container), make_injection())
    assert reasons(result) == [("app", "LanguageUnknown")]
    assert not result.injected


@pytest.mark.parametrize(
    "container",
    [
        {"livenessProbe": HTTP},
        {"lifecycle": {"preStop": HTTP, "postStart": None}},
        {"lifecycle": {"stopSignal": "SIGTERM"}},
        {"livenessProbe": None},
    ],
)
def test_handlers_that_start_nothing_cost_nothing(container: dict[str, Any]) -> None:
    assert inject(template(**container), make_injection()).agents == ("java", "nodejs", "python")


def test_with_evidence_a_container_with_exec_probes_gets_that_agent() -> None:
    assert inject(template(**NODE, livenessProbe=EXEC), make_injection()).agents == ("nodejs",)
