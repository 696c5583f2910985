"""What an installation consists of: the operator's settings, definitions, the uninstall hook, the plain manifest."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.testbed import paths
from tests.unit.chart import helm
from tests.unit.chart.helm import Object, Values, find, render
from tracereach.api.acceptance import accept
from tracereach.api.catalogue import Catalogue
from tracereach.cli.operator_api import SERVICE_LABELS
from tracereach.controller.settings import Gateway, Patches, Prometheus, Settings

CRDS = {path.stem: path for path in (paths.REPOSITORY / "crds").glob("*.yaml")}
INSTALL = paths.REPOSITORY / "manifests/install.yaml"
SAMPLES = sorted((paths.REPOSITORY / "manifests/samples").glob("*.yaml"))


def objects(path: Path) -> list[Object]:
    return list(yaml.safe_load_all(path.read_text()))


def settings(values: Values | None = None) -> Settings:
    config = find("ConfigMap", "tracereach-operator", values)["data"]["config.yaml"]
    return Settings.model_validate(yaml.safe_load(config))


def test_the_operator_accepts_its_settings() -> None:
    found = settings({"operator": {"patches": {"perSecond": 5, "burst": 7}}})
    host = "http://tracereach-gateway.tracereach-system.svc"
    assert found.gateway.metrics == (f"{host}:8889/metrics", f"{host}:8888/metrics")
    assert found.patches == Patches(per_second=5, burst=7)
    assert not found.read_logs
    assert settings({"operator": {"readLogs": True}}).read_logs
    assert not found.paused
    assert settings({"operator": {"paused": True}}).paused
    assert not found.read_config_maps
    assert settings({"operator": {"readConfigMaps": True}}).read_config_maps


def test_the_operator_reads_the_gateway_itself_or_a_prometheus() -> None:
    values = {"gateway": {"prometheus": {"url": "http://prometheus.monitoring:9090", "labels": {"cluster": "east"}}}}
    gateway = settings(values).gateway
    assert gateway == Gateway(
        prometheus=Prometheus(url="http://prometheus.monitoring:9090", labels={"cluster": "east"})
    )
    assert gateway.metrics is None
    assert settings().gateway.prometheus is None


def test_a_token_for_prometheus_is_mounted_by_the_kubelet() -> None:
    def pod(values: Values | None = None) -> tuple[list[Object], list[Object]]:
        spec = find("Deployment", "tracereach-operator", values)["spec"]["template"]["spec"]
        return spec["volumes"], spec["containers"][0]["volumeMounts"]

    values = {"gateway": {"prometheus": {"url": "https://p.example", "tokenSecret": {"name": "reader", "key": "jwt"}}}}
    secret = {"secretName": "reader", "items": [{"key": "jwt", "path": "token"}]}
    mount = {"name": "prometheus-token", "mountPath": "/etc/tracereach-prometheus", "readOnly": True}
    volumes, mounts = pod(values)
    assert {"name": "prometheus-token", "secret": secret} in volumes
    assert mount in mounts
    prometheus = settings(values).gateway.prometheus
    assert prometheus is not None
    assert prometheus.token_file == Path(mount["mountPath"]) / "token"
    without = pod()
    assert [volume["name"] for volume in without[0]] == [mount["name"] for mount in without[1]] == ["config"]


def test_the_catalogue_has_the_images_and_resources_of_the_values() -> None:
    catalogue = settings({"collector": {"resources": {"limits": {"cpu": "1"}}}}).catalogue
    assert catalogue.agents == {
        "java": "ghcr.io/tracereach/agent-java:0.1.0",
        "nodejs": "ghcr.io/tracereach/agent-nodejs:0.1.0",
        "python": "ghcr.io/tracereach/agent-python:0.1.0",
    }
    assert catalogue.gateway == "tracereach-gateway.tracereach-system.svc:4317"
    assert catalogue.collector_resources.cpu_limit == "1"
    assert catalogue.pull_policy == "IfNotPresent"


@pytest.mark.parametrize("name", ["dotnet", "go", "java"])
@pytest.mark.parametrize("version", [":1.2.0", f"@sha256:{'0123456789abcdef' * 4}"])
def test_an_image_of_an_agent_may_be_one_full_reference(name: str, version: str) -> None:
    reference = f"mirror.example.com:5000/otel/autoinstrumentation-{name}{version}"
    assert settings({"agents": {name: {"image": reference}}}).catalogue.agents[name] == reference


def test_pull_secrets_of_injected_images_are_in_the_catalogue_alone() -> None:
    values = {"image": {"injectedPullSecrets": ["mirror", "team"]}}
    assert settings(values).catalogue.pull_secrets == ("mirror", "team")
    assert settings().catalogue.pull_secrets == ()
    assert "imagePullSecrets" not in find("Deployment", "tracereach-operator", values)["spec"]["template"]["spec"]


def test_the_chart_and_the_models_have_the_same_defaults() -> None:
    found = settings()
    assert found.patches == Patches()
    for field in ("collector_resources", "copy_resources", "collector_memory_mib"):
        assert getattr(found.catalogue, field) == Catalogue.model_fields[field].default


def test_the_operator_knows_whether_there_is_a_webhook() -> None:
    assert settings().webhook
    assert not settings({"webhook": {"enabled": False}}).webhook


def test_changed_settings_restart_those_who_read_them() -> None:
    def checksum(component: str, values: Values) -> str:
        template = find("Deployment", f"tracereach-{component}", values)["spec"]["template"]
        return str(template["metadata"]["annotations"]["checksum/config"])

    changed = {"operator": {"patches": {"burst": 7}}}
    for component in ("operator", "webhook"):
        assert checksum(component, changed) != checksum(component, {})
    assert checksum("gateway", changed) == checksum("gateway", {})


@pytest.mark.parametrize("component", ["operator", "gateway"])
def test_services_and_probes_meet_ports_that_the_pods_open(component: str) -> None:
    [container] = find("Deployment", f"tracereach-{component}")["spec"]["template"]["spec"]["containers"]
    opened = {port["name"]: port["containerPort"] for port in container["ports"]}
    for port in find("Service", f"tracereach-{component}")["spec"]["ports"]:
        assert opened[port["targetPort"]] == port["port"]
    assert container["livenessProbe"]["httpGet"]["port"] in opened
    assert container["readinessProbe"]["httpGet"]["port"] in opened


def test_services_select_the_pods_of_their_deployment() -> None:
    for component in ("operator", "webhook", "gateway"):
        selector = find("Service", f"tracereach-{component}")["spec"]["selector"]
        deployment = find("Deployment", f"tracereach-{component}")["spec"]
        assert deployment["selector"]["matchLabels"] == selector
        assert deployment["template"]["metadata"]["labels"].items() >= selector.items()


def test_the_gateway_runs_the_configuration_of_the_chart() -> None:
    configuration = (paths.REPOSITORY / "charts/tracereach/files/gateway.yaml").read_text()
    assert find("ConfigMap", "tracereach-gateway")["data"]["config.yaml"].strip() == configuration.strip()


def test_the_definitions_are_the_generated_ones_and_are_kept() -> None:
    found = {each["metadata"]["name"]: each for each in render() if each["kind"] == "CustomResourceDefinition"}
    assert found.keys() == CRDS.keys()
    for name, crd in found.items():
        assert crd["spec"] == yaml.safe_load(CRDS[name].read_text())["spec"]
        assert crd["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"


def test_definitions_can_be_left_out_or_let_go() -> None:
    assert "CustomResourceDefinition" not in {each["kind"] for each in render({"crds": {"enabled": False}})}
    let_go = [each for each in render({"crds": {"keep": False}}) if each["kind"] == "CustomResourceDefinition"]
    assert let_go
    assert all("annotations" not in each["metadata"] for each in let_go)


def test_before_a_release_goes_a_job_puts_every_template_back() -> None:
    job = find("Job", "tracereach-uninstall", {"uninstall": {"timeoutSeconds": 900}})
    assert job["metadata"]["annotations"] == {
        "helm.sh/hook": "pre-delete",
        "helm.sh/hook-delete-policy": "before-hook-creation,hook-succeeded",
    }
    [container] = job["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["uninstall", "--wait", "--timeout", "900"]
    assert job["spec"]["activeDeadlineSeconds"] > 900


def test_the_rights_of_the_uninstall_job_are_no_hooks() -> None:
    ours = [each for each in render() if each["metadata"]["name"] == "tracereach-uninstall" and each["kind"] != "Job"]
    assert {each["kind"] for each in ours} == {"ServiceAccount", "ClusterRole", "ClusterRoleBinding"}
    assert all("annotations" not in each["metadata"] for each in ours)


def test_the_plain_manifest_is_up_to_date(tmp_path: Path) -> None:
    fresh = tmp_path / "install.yaml"
    script = paths.REPOSITORY / "manifests/generate.sh"
    subprocess.run([script, fresh], env=os.environ | {"HELM": helm.binary()}, check=True)
    # Objects and not text: versions of Helm differ in blank lines.
    assert objects(fresh) == objects(INSTALL), "out of date: run manifests/generate.sh"


def test_the_plain_manifest_begins_with_its_namespace_and_has_no_hooks() -> None:
    namespace, *others = objects(INSTALL)
    assert (namespace["kind"], namespace["metadata"]["name"]) == ("Namespace", "tracereach-system")
    assert not [each for each in others if "helm.sh/hook" in each["metadata"].get("annotations", {})]
    assert {each["metadata"].get("namespace", "tracereach-system") for each in others} == {"tracereach-system"}


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_samples_are_accepted(path: Path) -> None:
    for document in yaml.safe_load_all(path.read_text()):
        accept(document)


def test_the_production_sample_shows_every_field() -> None:
    sample = yaml.safe_load((paths.REPOSITORY / "manifests/samples/production.yaml").read_text())["spec"]
    crd = yaml.safe_load(CRDS["tracingpolicies.tracereach.dev"].read_text())
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
    assert missing_fields(schema, sample) == []


def missing_fields(schema: Object, value: Any, path: str = "spec") -> list[str]:
    """Paths of the fields that `schema` knows and `value` does not show."""
    missing: list[str] = []
    for name, below in schema.get("properties", {}).items():
        where = f"{path}.{name}"
        missing += missing_fields(below, value[name], where) if name in value else [where]
    return missing


def test_the_command_line_finds_the_operators_service_alone() -> None:
    wanted = dict(label.split("=") for label in SERVICE_LABELS.split(","))
    services = [each["metadata"] for each in render() if each["kind"] == "Service"]
    found = [metadata["name"] for metadata in services if wanted.items() <= metadata["labels"].items()]
    assert found == ["tracereach-operator"]
