"""What else stands in the files: ConfigMaps that envFrom takes in, and catalogues of images."""

import json
from pathlib import Path

import pytest
import yaml

from tests.unit.cli.conftest import DATA, POLICY, Call

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop, labels: {tracing: enabled}}
spec:
  template:
    spec:
      containers:
      - name: app
        command: [java]
        envFrom:
        - configMapRef: {name: settings}  # of all services
"""


def config_map(data: str, name: str = "settings", namespace: str = "shop") -> str:
    return f"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {data}\n"


def outcome(call: Call, text: str) -> tuple[str, list[str]]:
    """The workload's outcome, and the messages of what was skipped."""
    workload, *lines = call("inject", "-f", "-", "-p", POLICY, "--explain", stdin=text).stderr.splitlines()
    said = [line.partition(": left alone, ")[2] for line in lines if line.startswith("  app: left alone, ")]
    return workload.split()[1].rstrip(","), said


def test_a_config_map_in_the_files_is_known(call: Call) -> None:
    text = DEPLOYMENT + config_map("{PORT: '80'}")
    assert outcome(call, text) == ("injected", [])
    injected = call("inject", "-f", "-", "-p", POLICY, stdin=text).stdout
    assert "- configMapRef: {name: settings}  # of all services\n" in injected
    assert call("inject", "-f", "-", "-p", POLICY, stdin=injected).stdout == injected
    assert call("remove", "-f", "-", stdin=injected).stdout == text


def test_a_null_in_a_config_map_is_an_empty_text(call: Call) -> None:
    text = DEPLOYMENT + config_map("{OTEL_TRACES_EXPORTER: , OTEL_SERVICE_NAME: ~}")
    said = call("inject", "-f", "-", "-p", POLICY, "--explain", stdin=text).stderr
    assert "injected" in said
    assert "None" not in said
    assert "names the service itself" not in said


def test_the_operator_reads_no_config_map_so_the_plan_does_not_either(call: Call) -> None:
    text = DEPLOYMENT + config_map("{PORT: '80'}")
    (workload,) = json.loads(call("plan", "-f", "-", "-p", POLICY, "-o", "json", stdin=text).stdout)["workloads"]
    assert [skipped["reason"] for skipped in workload["skipped"]] == ["NoContainer", "Unmergeable"]
    assert workload["notes"] == [
        "tracereach inject can write it into the file, where the operator cannot into the template"
    ]


@pytest.mark.parametrize("manifest", [DEPLOYMENT, DEPLOYMENT.replace("configMapRef", "secretRef")])
@pytest.mark.parametrize("command", ["plan", "inject"])
def test_a_variable_that_is_set_to_nothing_beside_env_from_lets_the_agent_in(
    call: Call, command: str, manifest: str
) -> None:
    said = f'{manifest}        env: [{{name: JAVA_TOOL_OPTIONS, value: ""}}]\n'
    result = call(command, "-f", "-", "-p", POLICY, "--fail-on", "skipped", stdin=said)
    assert (result.exit_code, "java" in result.stdout) == (0, True)
    assert call(command, "-f", "-", "-p", POLICY, "--fail-on", "skipped", stdin=manifest).exit_code == 3


@pytest.mark.parametrize(
    "beside",
    [
        "",
        config_map("{PORT: '80'}", name="other"),
        config_map("{PORT: '80'}", namespace="elsewhere"),
        config_map("{PORT: '80'}").replace("ConfigMap", "Secret"),
    ],
    ids=["none", "another name", "another namespace", "a Secret"],
)
def test_what_is_not_known_to_be_harmless_keeps_the_agent_out(call: Call, beside: str) -> None:
    skipped, (message,) = outcome(call, DEPLOYMENT + beside)
    assert skipped == "skipped"
    assert "ConfigMap settings" in message


@pytest.mark.parametrize(
    ("prefix", "data", "value"),
    [
        ("", "{JAVA_TOOL_OPTIONS: -Xmx1g}", "$(JAVA_TOOL_OPTIONS) -javaagent:"),
        ("JAVA_", "{TOOL_OPTIONS: -Xmx1g}", "$(JAVA_TOOL_OPTIONS) -javaagent:"),
        ("JAVA_", "{JAVA_TOOL_OPTIONS: -Xmx1g}", "-javaagent:"),
    ],
)
def test_a_loader_that_a_known_config_map_sets_is_extended_by_reference(
    call: Call, prefix: str, data: str, value: str
) -> None:
    """The kubelet expands a reference to what `envFrom` has set."""
    text = DEPLOYMENT.replace("- configMapRef", f"- prefix: '{prefix}'\n          configMapRef") + config_map(data)
    assert outcome(call, text) == ("injected", [])
    injected = next(yaml.safe_load_all(call("inject", "-f", "-", "-p", POLICY, stdin=text).stdout))
    (app,) = injected["spec"]["template"]["spec"]["containers"]
    assert {entry["name"]: entry.get("value", "") for entry in app["env"]}["JAVA_TOOL_OPTIONS"].startswith(value)


def test_what_a_known_config_map_sets_is_the_user_s(call: Call) -> None:
    text = DEPLOYMENT + config_map("{OTEL_PROPAGATORS: b3}")
    injected = next(yaml.safe_load_all(call("inject", "-f", "-", "-p", POLICY, stdin=text).stdout))
    (app,) = injected["spec"]["template"]["spec"]["containers"]
    assert "OTEL_PROPAGATORS" not in {entry["name"] for entry in app["env"]}


CATALOGUE = (DATA / "catalogue.yaml").read_text()
FORMS = {
    "a catalogue": CATALOGUE,
    "the operator's settings": "catalogue:\n  " + CATALOGUE.replace("\n", "\n  "),
    "its ConfigMap among others": "kind: Service\n---\nkind: ConfigMap\nmetadata: {name: tracereach-operator}\n"
    "data:\n  config.yaml: |\n    catalogue:\n      " + CATALOGUE.replace("\n", "\n      "),
}


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS.keys())
def test_a_catalogue_is_taken_from_wherever_the_operator_has_it(call: Call, tmp_path: Path, text: str) -> None:
    catalogue = tmp_path / "catalogue.yaml"
    catalogue.write_text(text)
    result = call("inject", "-f", str(DATA / "shop.yaml"), "-p", POLICY, "--catalogue", str(catalogue))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "image: registry.example/agent-nodejs:7" in result.stdout


def test_what_is_wrong_in_a_catalogue_is_named(call: Call, tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.yaml"
    catalogue.write_text("agents: {java: a}\ncollector: 5\n")
    result = call("inject", "-f", str(DATA / "shop.yaml"), "-p", POLICY, "--catalogue", str(catalogue))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{catalogue}: document 1, line 1: collector: ")
    assert "gateway: field required" in result.stderr
