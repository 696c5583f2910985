"""Which agents a container gets, and on what evidence."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import reasons, template, variable
from tracereach.api.reasons import Reason
from tracereach.inject import Skipped, inject
from tracereach.inject.evidence import Choice, choose

EVERY = ("dotnet", "java", "nodejs", "python")
NODE = {"command": ["node", "server.js"]}
JAVA_HOME = {"env": [variable("JAVA_HOME", "/opt/java")]}
PYTHON_IMAGE = {"image": "registry.example/library/python:3.11"}


def outcome(container: dict[str, Any], telemetry: tuple[str, ...] = (), **spec: Any) -> Choice | Skipped:
    pod = template(**container)
    return choose(pod, pod["spec"]["containers"][0], make_injection(**spec).revision.spec, telemetry=telemetry)


def chosen(container: dict[str, Any], telemetry: tuple[str, ...] = (), **spec: Any) -> tuple[str, ...]:
    choice = outcome(container, telemetry, **spec)
    assert isinstance(choice, Choice), choice
    return choice.agents


@pytest.mark.parametrize(
    ("container", "telemetry", "agents", "expected", "why"),
    [
        (NODE | JAVA_HOME | PYTHON_IMAGE, ("dotnet",), ["python"], ("python",), "policy: spec.agents is python"),
        (
            NODE | JAVA_HOME | PYTHON_IMAGE,
            ("dotnet",),
            ["Auto"],
            ("nodejs",),
            "command: spec.containers[app].command[0] runs node",
        ),
        (
            JAVA_HOME | PYTHON_IMAGE,
            ("dotnet",),
            ["Auto"],
            ("java",),
            "environment: spec.containers[app].env sets JAVA_HOME",
        ),
        (PYTHON_IMAGE, ("dotnet",), ["Auto"], ("dotnet",), "telemetry: its spans name dotnet"),
        (PYTHON_IMAGE, (), ["Auto"], EVERY, "no evidence of a language; each agent is inert in another"),
        ({}, ("ruby", "go"), ["Auto"], EVERY, "no evidence of a language; each agent is inert in another"),
    ],
)
def test_policy_before_command_before_environment_before_telemetry(
    container: dict[str, Any], telemetry: tuple[str, ...], agents: list[str], expected: tuple[str, ...], why: str
) -> None:
    found = outcome(container, telemetry, agents=agents)
    assert found == Choice(expected, why, guessed=expected == EVERY)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["java", "-jar", "app.jar"], "java"),
        (["/opt/java/openjdk/bin/java", "-jar", "app.jar"], "java"),
        (["sh", "-c", "exec java $JAVA_OPTS -jar /app.jar"], "java"),
        (["catalina.sh", "run"], "java"),
        (["/opt/jboss/wildfly/bin/standalone.sh", "-b", "0.0.0.0"], "java"),
        (["sbt", "run"], "java"),
        (["./gradlew", "bootRun"], "java"),
        (["./mvnw", "spring-boot:run"], "java"),
        (["node", "server.js"], "nodejs"),
        (["/nodejs/bin/node18", "."], "nodejs"),
        (["npm", "start"], "nodejs"),
        (["npx", "nest", "start"], "nodejs"),
        (["nest", "start"], "nodejs"),
        (["pm2-runtime", "ecosystem.config.js"], "nodejs"),
        (["nodemon", "src"], "nodejs"),
        (["ts-node", "src/main.ts"], "nodejs"),
        (["tsx", "src/main.ts"], "nodejs"),
        (["sh", "-c", "cd /app && exec node server.js"], "nodejs"),
        (["/bin/bash", "-c", "yarn serve"], "nodejs"),
        (["tini", "--", "node", "."], "nodejs"),
        (["./server.js"], "nodejs"),
        (["/usr/bin/python3.11", "-m", "app"], "python"),
        (["python", "manage.py"], "python"),
        (["./manage.py", "runserver"], "python"),
        (["gunicorn", "app:app"], "python"),
        (["poetry", "run", "gunicorn", "app:app"], "python"),
        (["uv", "run", "app.py"], "python"),
        (["pipenv", "run", "flask", "run"], "python"),
        (["pdm", "run", "start"], "python"),
        (["/usr/bin/env", "python3", "run.py"], "python"),
        (["uvicorn", "app:app", "--host", "0.0.0.0"], "python"),
        (["uwsgi", "--ini", "app.ini"], "python"),
        (["daphne", "app:app"], "python"),
        (["hypercorn", "app:app"], "python"),
        (["airflow", "webserver"], "python"),
        (["gosu", "app", "celery", "-A", "app", "worker"], "python"),
        (["dotnet", "Shop.Api.dll"], "dotnet"),
        (["sh", "-c", "nginx && exec node server.js"], "nodejs"),
        (["sh", "-c", "python manage.py migrate && exec node server.js"], "nodejs"),
        (["sh", "-c", "python a.py & node b.js"], "nodejs python"),
    ],
)
@pytest.mark.parametrize("field", ["command", "args"])
def test_a_command_names_its_runtime(command: list[str], expected: str, field: str) -> None:
    assert chosen({field: command}) == tuple(expected.split())


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["server.js"], ("nodejs",)),
        (["dist/main.mjs", "--port", "80"], ("nodejs",)),
        (["--max-old-space-size=4096", "server.js"], ("nodejs",)),
        (["app.py"], ("python",)),
        (["-jar", "/app.jar"], ("java",)),
        (["-Xmx1g", "-Dspring.profiles.active=prod", "-jar", "app.jar"], ("java",)),
        (["Shop.Api.dll"], ("dotnet",)),
        (["--config", "rules.js"], EVERY),
        (["--port=80"], EVERY),
        (["serve"], EVERY),
    ],
)
def test_a_script_tells_what_the_image_s_entry_point_is(args: list[str], expected: tuple[str, ...]) -> None:
    assert chosen({"args": args}) == expected


def test_a_script_among_the_arguments_of_an_unknown_program_tells_nothing() -> None:
    assert chosen({"command": ["/ledger"], "args": ["rules.js"]}) == EVERY


@pytest.mark.parametrize(
    "command",
    [["/ledger"], ["sh", "-c", "./run"], ["nodemon-like"], ["javac"], ["pythonista"], ["sh"], ["sh", "-c", "'"], [""]],
)
def test_another_command_names_none(command: list[str]) -> None:
    assert chosen({"command": command}) == EVERY


@pytest.mark.parametrize(
    ("container", "field"),
    [
        ({"command": ["tini", "--", "node"]}, "command[2]"),
        ({"command": ["sh", "-c"], "args": ["exec node ."]}, "args[0]"),
        ({"args": ["node", "."]}, "args[0]"),
    ],
)
def test_the_evidence_names_its_field(container: dict[str, Any], field: str) -> None:
    choice = outcome(container)
    assert isinstance(choice, Choice)
    assert choice.why == f"command: spec.containers[app].{field} runs node"


@pytest.mark.parametrize(
    ("program", "name"),
    [
        (["nginx", "-g", "daemon off;"], "nginx"),
        (["/usr/sbin/httpd", "-DFOREGROUND"], "httpd"),
        (["envoy", "-c", "/etc/envoy.yaml"], "envoy"),
        (["php-fpm8.3", "-F"], "php-fpm8.3"),
        (["docker-entrypoint.sh", "redis-server"], "redis-server"),
        (["postgres", "-c", "max_connections=10"], "postgres"),
        (["bundle", "exec", "puma"], "bundle"),
        (["sh", "-c", "sleep 5; exec rails server"], "rails"),
        (["beam.smp"], "beam.smp"),
        (["bun", "server.js"], "bun"),
        (["deno", "run", "server.ts"], "deno"),
        (["python2.7", "app.py"], "python2.7"),
        (["pypy3", "app.py"], "pypy3"),
    ],
)
def test_a_runtime_that_no_agent_is_for_gets_none(program: list[str], name: str) -> None:
    skipped = outcome({"command": program} | JAVA_HOME)
    assert isinstance(skipped, Skipped)
    assert skipped.reason is Reason.OTHER_RUNTIME
    assert f" runs {name}, " in skipped.message


def test_another_runtime_beside_an_unknown_program_decides_nothing() -> None:
    assert chosen({"command": ["sh", "-c", "nginx; exec /app/server"]}) == EVERY


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        (["NODE_ENV"], ("nodejs",)),
        (["SPRING_PROFILES_ACTIVE"], ("java",)),
        (["DJANGO_SETTINGS_MODULE", "PYTHONUNBUFFERED"], ("python",)),
        (["ASPNETCORE_HTTP_PORTS"], ("dotnet",)),
        (["DOTNET_gcServer"], ("dotnet",)),
        (["NODE_ENV", "JAVA_OPTS"], ("java", "nodejs")),
        (["NODE_NAME", "FLASK_URL", "JAVA_SERVICE_HOST", "PYTHON"], EVERY),
    ],
)
def test_an_environment_names_its_languages(variables: list[str], expected: tuple[str, ...]) -> None:
    assert chosen({"env": [variable(name, "x") for name in variables]}) == expected


@pytest.mark.parametrize(
    "image",
    [
        "node",
        "registry.example:5000/library/node:20-slim",
        "python@sha256:0123",
        "eclipse-temurin:21-jre",
        "registry.example/redis:8",
    ],
)
def test_the_name_of_an_image_alone_decides_nothing(image: str) -> None:
    assert chosen({"image": image}) == EVERY


TWO = {"env": [variable("NODE_ENV", "x"), variable("JAVA_OPTS", "")]}


@pytest.mark.parametrize(
    ("image", "telemetry", "expected", "because"),
    [
        ("library/node:22", (), ("nodejs",), "; its image is named node"),
        ("library/node:22", ("java",), ("nodejs",), "; its image is named node"),
        ("library/python:3", (), ("java", "nodejs"), "NODE_ENV, JAVA_OPTS"),
        ("shop/app:1", ("java", "python"), ("java",), "; its spans say so"),
        ("shop/app:1", ("python",), ("java", "nodejs"), "NODE_ENV, JAVA_OPTS"),
    ],
)
def test_an_image_s_name_and_telemetry_narrow_down_what_the_environment_leaves_open(
    image: str, telemetry: tuple[str, ...], expected: tuple[str, ...], because: str
) -> None:
    choice = outcome(TWO | {"image": image}, telemetry)
    assert isinstance(choice, Choice)
    assert choice.agents == expected
    assert choice.why.endswith(because)


def exec_probe(*command: str) -> dict[str, Any]:
    return {"exec": {"command": list(command)}}


@pytest.mark.parametrize(
    "container",
    [
        {"livenessProbe": exec_probe("/app/healthcheck")},
        {"readinessProbe": exec_probe("sh", "/probe.sh")},
        {"startupProbe": exec_probe("sh", "-c", "curl -f localhost && ./check")},
        {"lifecycle": {"preStop": exec_probe("/app/drain")}},
        {"lifecycle": {"postStart": exec_probe("sh")}},
        {"livenessProbe": exec_probe("sh", "-c", "'")},
        {"livenessProbe": exec_probe()},
    ],
)
def test_without_evidence_no_agent_goes_where_probes_or_hooks_may_start_any_runtime(container: dict[str, Any]) -> None:
    result = inject(template(**container, **PYTHON_IMAGE), make_injection())
    assert reasons(result) == [("app", "LanguageUnknown")]
    assert not result.injected


@pytest.mark.parametrize(
    "command",
    [
        ["sleep", "10"],
        ["/bin/sh", "-c", "sleep 15"],
        ["cat", "/tmp/healthy"],
        ["test", "-f", "/tmp/ready"],
        ["/bin/grpc_health_probe", "-addr=:50051"],
        ["redis-cli", "ping"],
        ["sh", "-c", "nginx -s quit; while pgrep nginx; do sleep 1; done"],
        ["sh", "-c", "until wget -qO- localhost:8080; do sleep 1; done"],
        ["bash", "-c", "curl -f localhost:8080/health || exit 1"],
        ["sh", "-c", "[ $(ls /data | wc -l) -gt 0 ]"],
        ["sh", "-c", "kill -TERM 1 && echo bye"],
        ["timeout", "3", "nc", "-z", "localhost", "80"],
        ["pg_isready"],
    ],
)
@pytest.mark.parametrize("place", ["livenessProbe", "preStop"])
def test_commands_in_no_language_of_an_agent_s_cost_nothing(command: list[str], place: str) -> None:
    handler = exec_probe(*command)
    container = {"lifecycle": {place: handler}} if place == "preStop" else {place: handler}
    assert chosen(container) == EVERY


@pytest.mark.parametrize(
    "container",
    [
        {"livenessProbe": {"httpGet": {"path": "/", "port": 8080}}},
        {"lifecycle": {"preStop": {"httpGet": {"path": "/", "port": 8080}}, "postStart": None}},
        {"lifecycle": {"preStop": {"sleep": {"seconds": 10}}}},
        {"lifecycle": {"stopSignal": "SIGTERM"}},
        {"livenessProbe": None},
        {"livenessProbe": {"exec": None}},
    ],
)
def test_handlers_that_start_nothing_cost_nothing(container: dict[str, Any]) -> None:
    assert chosen(container) == EVERY


@pytest.mark.parametrize(
    ("container", "why"),
    [
        (
            {"livenessProbe": exec_probe("python", "healthcheck.py")},
            "probe: spec.containers[app].livenessProbe.exec.command[0] runs python",
        ),
        (
            {"lifecycle": {"preStop": exec_probe("sh", "-c", "python3 drain.py")}},
            "hook: spec.containers[app].lifecycle.preStop.exec.command[2] runs python3",
        ),
    ],
)
def test_a_probe_that_runs_a_language_is_evidence_of_it(container: dict[str, Any], why: str) -> None:
    assert outcome(container) == Choice(("python",), why)


def test_with_evidence_a_container_with_exec_probes_gets_that_agent() -> None:
    assert chosen(NODE | {"livenessProbe": exec_probe("/app/healthcheck")}) == ("nodejs",)


def test_the_choice_is_explained_where_the_agent_goes_in() -> None:
    changes = {change.path: change.why for change in inject(template(**NODE), make_injection()).changes}
    why = "command: spec.containers[app].command[0] runs node"
    assert changes["/spec/containers/app/env/NODE_OPTIONS"] == why
