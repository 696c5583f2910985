import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tracereach.cluster.client import ApiServer
from tracereach.cluster.configuration import NoCluster, load
from tracereach.cluster.kubeconfig import Kubeconfig
from tracereach.cluster.policies import connection

HERE = {"server": "http://127.0.0.1:1"}


def _kubeconfig(path: Path, user: dict[str, Any], *, current: str = "test", cluster: Any = HERE) -> str:
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": current,
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": user}],
    }
    file = path / "kubeconfig"
    file.write_text(yaml.safe_dump(content))
    return str(file)


@pytest.fixture(autouse=True)
def _outside_of_a_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)


async def test_without_a_kubeconfig_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "missing"))
    with pytest.raises(NoCluster, match="Set KUBECONFIG"):
        async with ApiServer.connect():
            pass


async def test_a_context_may_be_another_than_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", _kubeconfig(tmp_path, {}, current="other"))
    found = await load(Kubeconfig(context="test"))
    assert (found.context, found.configuration.host) == ("test", "http://127.0.0.1:1")
    with pytest.raises(NoCluster, match="name other"):
        await load()


async def test_a_kubeconfig_that_was_named_and_is_not_there_is_the_one_to_mend(tmp_path: Path) -> None:
    with pytest.raises(NoCluster) as refused:
        await load(Kubeconfig(str(tmp_path / "missing")))
    assert str(refused.value) == (
        f"no cluster to talk to: {tmp_path / 'missing'}: there is no such file. Name a readable kubeconfig file."
    )


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("clusters: [", "is no YAML: .*line 1"),
        ("", "is no kubeconfig"),
        ("- a list", "is no kubeconfig"),
        ("clusters: 5", "is no kubeconfig"),
        ("clusters: [{}, {}]", "Expected key name"),
        ("kind: Config", "current-context"),
        ("\x00", "is no YAML"),
        ("[" * 100_000, "."),
    ],
)
async def test_a_malformed_kubeconfig_is_an_error_that_names_it(tmp_path: Path, content: str, problem: str) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(content)
    with pytest.raises(NoCluster, match=rf"(?s)^no cluster to talk to: {file}: .*{problem}"):
        await load(Kubeconfig(str(file)))


async def test_a_certificate_that_is_none_is_an_error_too(tmp_path: Path) -> None:
    authority = {"server": "https://127.0.0.1:1", "certificate-authority-data": "Z2FyYmFnZQ=="}
    kubeconfig = _kubeconfig(tmp_path, {}, cluster=authority)
    with pytest.raises(NoCluster, match=r"a certificate cannot be used: .*Mend it in the kubeconfig"):
        async with ApiServer.connect(Kubeconfig(kubeconfig)):
            pass


async def test_the_environment_names_the_kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", _kubeconfig(tmp_path, {"token": "secret"}))
    async with ApiServer.connect() as api:
        assert api.configuration.host == "http://127.0.0.1:1"
        assert await api.authorization() == "Bearer secret"
        for_kopf = await connection(api)
        assert (for_kopf.server, for_kopf.scheme, for_kopf.token) == ("http://127.0.0.1:1", "Bearer", "secret")


async def test_a_token_of_a_plugin_is_asked_for_again_when_it_ends(tmp_path: Path) -> None:
    credential = tmp_path / "credential.json"

    def issue(token: str, expires: datetime) -> None:
        status = {"token": token, "expirationTimestamp": expires.strftime("%Y-%m-%dT%H:%M:%SZ")}
        kind = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
        credential.write_text(json.dumps(kind | {"status": status}))

    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "cat", "args": [str(credential)]}
    issue("first", datetime.now(UTC) - timedelta(hours=1))
    async with ApiServer.connect(Kubeconfig(_kubeconfig(tmp_path, {"exec": plugin}))) as api:
        issue("second", datetime.now(UTC) + timedelta(hours=1))
        assert await api.authorization() == "Bearer second"
        issue("third", datetime.now(UTC) + timedelta(hours=1))
        assert await api.authorization() == "Bearer second"
