from pathlib import Path

import pytest

from tests.testbed import provider
from tests.testbed.kind import KindProvider
from tests.testbed.local.provider import LocalProvider
from tests.testbed.progress import TestbedError


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACEREACH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.mark.parametrize(("docker", "expected"), [(True, KindProvider), (False, LocalProvider)])
def test_docker_decides(docker: bool, expected: type, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: FBT001
    monkeypatch.delenv("PROVIDER", raising=False)
    monkeypatch.setattr(provider, "docker_answers", lambda: docker)
    assert isinstance(provider.choose(), expected)


def test_environment_decides_before_docker_and_an_option_before_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provider, "docker_answers", lambda: True)
    monkeypatch.setenv("PROVIDER", "local")
    assert isinstance(provider.choose(), LocalProvider)
    assert isinstance(provider.choose("kind"), KindProvider)


def test_unknown_provider_is_refused() -> None:
    with pytest.raises(TestbedError, match="unknown provider 'minikube': use kind or local"):
        provider.choose("minikube")


def test_kind_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def record(command: list[str]) -> str:
        ran.append([Path(command[0]).name, *command[1:]])
        return ""

    monkeypatch.setattr("tests.testbed.kind.run", record)
    monkeypatch.setattr("tests.testbed.kind.attempt", record)
    monkeypatch.setattr("tests.testbed.kind.binaries.build", lambda names: None)
    cluster = KindProvider()
    cluster.up()
    cluster.load([Path("/a.tar"), Path("/b.tar")])
    cluster.down()
    kubeconfig = f"--kubeconfig={tmp_path}/state/tracereach/testbed/kind.kubeconfig"
    assert ran == [
        ["kind", "get", "clusters"],
        ["kind", "delete", "cluster", kubeconfig, "--name=tracereach"],
        ["kind", "create", "cluster", kubeconfig, "--wait=360s", "--name=tracereach"],
        ["kind", "load", "image-archive", "/a.tar", "--name=tracereach"],
        ["kind", "load", "image-archive", "/b.tar", "--name=tracereach"],
        ["kind", "delete", "cluster", kubeconfig, "--name=tracereach"],
    ]


def test_commands_enter_the_namespace_only_where_there_is_one() -> None:
    assert LocalProvider().command(["kubectl"]) == ["nsenter", "--net=/run/netns/tracereach", "kubectl"]
    assert KindProvider().command(["kubectl"]) == ["kubectl"]
