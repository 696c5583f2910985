"""The settings file: read whole, or refused with the field that is wrong."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tracereach.controller.settings import Gateway, Prometheus, SettingsUnusable, load

MINIMAL: dict[str, Any] = {
    "catalogue": {
        "agents": {"java": "registry.example/agent-java:1"},
        "collector": "registry.example/collector:1",
        "gateway": "gateway:4317",
    },
    "gateway": {"metrics": ["http://gateway:8888/metrics"]},
}


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(text)
    return path


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    settings = load(written(tmp_path, yaml.safe_dump(MINIMAL)))
    assert settings.catalogue.agents == {"java": "registry.example/agent-java:1"}
    assert settings.gateway.metrics == ("http://gateway:8888/metrics",)
    assert (settings.patches.per_second, settings.patches.burst, settings.port) == (20, 40, 8080)
    assert (settings.webhook, settings.read_logs, settings.paused) == (False, False, False)


def test_a_prometheus_may_be_read_instead(tmp_path: Path) -> None:
    prometheus = {"url": "https://thanos.example/prefix", "labels": {"cluster": "east"}, "tokenFile": "/run/token"}
    gateway = load(written(tmp_path, yaml.safe_dump(MINIMAL | {"gateway": {"prometheus": prometheus}}))).gateway
    assert gateway == Gateway(
        prometheus=Prometheus(
            url="https://thanos.example/prefix", labels={"cluster": "east"}, token_file=Path("/run/token")
        )
    )
    assert gateway.metrics is None


PROMETHEUS = {"url": "http://prometheus:9090"}


@pytest.mark.parametrize(
    ("gateway", "said"),
    [
        ({}, "gateway: Value error, must have one of metrics and prometheus, and not both"),
        (
            {"metrics": ["http://gateway:8889/metrics"], "prometheus": PROMETHEUS},
            "gateway: Value error, must have one of metrics and prometheus, and not both",
        ),
        ({"prometheus": {}}, "gateway.prometheus.url: Field required"),
        ({"prometheus": {"url": "prometheus:9090"}}, "gateway.prometheus.url: Value error, must be a URL with http"),
        ({"prometheus": {"url": "http://me:secret@prometheus"}}, "gateway.prometheus.url: Value error, must be a URL"),
        ({"prometheus": {"url": "http://prometheus:9090?a=b"}}, "gateway.prometheus.url: Value error, must be a URL"),
        ({"prometheus": {"url": "http://prometheus:90900"}}, "gateway.prometheus.url: Value error, Port out of range"),
        ({"prometheus": PROMETHEUS | {"labels": {"a-b": "c"}}}, "gateway.prometheus.labels.a-b"),
        ({"prometheus": PROMETHEUS | {"tokenFile": "token"}}, "gateway.prometheus.tokenFile: Value error, must be an"),
        (
            {"prometheus": PROMETHEUS | {"tokenFile": "/t"}},
            "gateway.prometheus: Value error, url must begin with https",
        ),
    ],
)
def test_what_is_wrong_with_the_source_of_counters_is_said(tmp_path: Path, gateway: dict[str, Any], said: str) -> None:
    path = written(tmp_path, yaml.safe_dump(MINIMAL | {"gateway": gateway}))
    with pytest.raises(SettingsUnusable) as unusable:
        load(path)
    assert str(unusable.value).startswith(f"{path}: {said}")
    assert "secret" not in str(unusable.value)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"catalogue": None}, "catalogue"),
        ({"catalogue": {}}, "catalogue.agents"),
        ({"catalogue": MINIMAL["catalogue"] | {"agents": {"ruby": "x"}}}, "catalogue.agents.ruby"),
        ({"catalogue": MINIMAL["catalogue"] | {"pullPolicy": "Sometimes"}}, "catalogue.pullPolicy"),
        ({"catalogue": MINIMAL["catalogue"] | {"collectorMemoryMib": 1}}, "catalogue.collectorMemoryMib"),
        ({"gateway": {"metrics": [], "intervalSeconds": 0}}, "gateway.intervalSeconds"),
        ({"patches": {"perSecond": 0}}, "patches.perSecond"),
        ({"port": 0}, "port"),
        ({"prot": 8080}, "prot"),
    ],
)
def test_a_bad_field_is_named_with_the_file(tmp_path: Path, change: dict[str, Any], field: str) -> None:
    path = written(tmp_path, yaml.safe_dump(MINIMAL | change))
    with pytest.raises(SettingsUnusable) as unusable:
        load(path)
    assert str(unusable.value).startswith(f"{path}: {field}")


@pytest.mark.parametrize("text", ["catalogue: [", "", "- a list"])
def test_a_file_that_holds_no_settings_is_named(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(SettingsUnusable) as unusable:
        load(path)
    assert str(unusable.value).startswith(f"{path}: ")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsUnusable, match=r"absent\.yaml.*No such file"):
        load(tmp_path / "absent.yaml")
