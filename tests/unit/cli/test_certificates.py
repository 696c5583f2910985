"""`tracereach certificates`: the order of its writes, and what happens when somebody else writes as well."""

from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from typing import Any

import jsonpatch
import pytest

from tests.unit.cli.conftest import Call
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import Conflict, NotFound

SECRET = "/api/v1/namespaces/system/secrets/certificate"
CONFIGURATION = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/webhook"
CLIENT = {"service": {"namespace": "system", "name": "webhook"}}
ARGUMENTS = ("--namespace=system", "--secret=certificate", "--service=webhook", "--configuration=webhook")


class Cluster(ApiServer):
    """A Secret and a configuration. `before_patch` is called with the path of each write, before it is done."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {
            SECRET: {"metadata": {"resourceVersion": "1"}},
            CONFIGURATION: {"metadata": {"resourceVersion": "1"}, "webhooks": [{"clientConfig": CLIENT}] * 2},
        }
        self.written: list[str] = []
        self.before_patch: Callable[[str], None] = lambda path: None

    def touch(self, path: str) -> None:
        metadata = self.objects[path]["metadata"]
        metadata["resourceVersion"] = str(int(metadata["resourceVersion"]) + 1)

    async def get(self, path: str, **_: str) -> dict[str, Any]:
        if path not in self.objects:
            raise NotFound(status=404, reason="NotFound", message="not found", path=path)
        return deepcopy(self.objects[path])

    async def patch(self, path: str, body: Any, content_type: str) -> dict[str, Any]:
        self.before_patch(path)
        try:
            self.objects[path] = jsonpatch.apply_patch(self.objects[path], body)
        except jsonpatch.JsonPatchTestFailed as error:
            raise Conflict(status=422, reason="Invalid", message="not as it was", path=path) from error
        self.touch(path)
        self.written.append(path)
        return self.objects[path]

    def stored(self) -> dict[str, str]:
        data: dict[str, str] = self.objects[SECRET]["data"]
        return data

    def trusted(self) -> set[str]:
        return {each["clientConfig"]["caBundle"] for each in self.objects[CONFIGURATION]["webhooks"]}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    cluster = Cluster()

    @asynccontextmanager
    async def connect(kubeconfig: str | None = None) -> AsyncIterator[Cluster]:
        yield cluster

    monkeypatch.setattr(ApiServer, "connect", connect)
    return cluster


def test_trust_comes_before_the_certificate(call: Call, cluster: Cluster) -> None:
    result = call("certificates", *ARGUMENTS)
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "webhook: the API server now trusts the webhook's authority",
            "webhook.system.svc: certificate renewed, because there is no certificate yet",
        ],
    )
    assert cluster.written == [CONFIGURATION, SECRET]
    assert cluster.stored().keys() == {"ca.crt", "tls.crt", "tls.key"}
    assert cluster.trusted() == {cluster.stored()["ca.crt"]}


def test_where_all_is_well_nothing_is_written(call: Call, cluster: Cluster) -> None:
    call("certificates", *ARGUMENTS)
    cluster.written.clear()
    assert call("certificates", *ARGUMENTS).stdout == "webhook.system.svc: certificate valid\n"
    assert cluster.written == []


def test_a_renewal_keeps_the_authority_before(call: Call, cluster: Cluster) -> None:
    call("certificates", *ARGUMENTS)
    before = b64decode(cluster.stored()["ca.crt"])
    del cluster.stored()["tls.crt"]
    call("certificates", *ARGUMENTS)
    assert b64decode(cluster.stored()["ca.crt"]).endswith(before)
    assert cluster.trusted() == {cluster.stored()["ca.crt"]}


def test_of_two_runs_at_once_the_later_one_takes_what_the_first_has_stored(call: Call, cluster: Cluster) -> None:
    call("certificates", *ARGUMENTS)
    first = deepcopy(cluster.objects[SECRET]["data"])
    del cluster.objects[SECRET]["data"]

    def another_run_is_faster(path: str) -> None:
        if path == SECRET and "data" not in cluster.objects[SECRET]:
            cluster.objects[SECRET]["data"] = first
            cluster.touch(SECRET)

    cluster.before_patch = another_run_is_faster
    assert call("certificates", *ARGUMENTS).exit_code == 0
    assert cluster.stored() == first
    assert cluster.trusted() == {first["ca.crt"]}


def test_two_first_runs_at_once_leave_no_moment_without_trust(call: Call, cluster: Cluster) -> None:
    call("certificates", *ARGUMENTS)
    first, (trusted,) = deepcopy(cluster.objects[SECRET]["data"]), cluster.trusted()
    del cluster.objects[SECRET]["data"]
    bundles: list[set[str]] = []

    def another_run_is_faster(path: str) -> None:
        bundles.append(cluster.trusted())
        if path == SECRET and "data" not in cluster.objects[SECRET]:
            cluster.objects[SECRET]["data"] = first
            cluster.touch(SECRET)

    cluster.before_patch = another_run_is_faster
    call("certificates", *ARGUMENTS)
    assert len(bundles) == 3
    assert all(b64decode(trusted) in b64decode(bundle) for seen in bundles for bundle in seen)
    assert cluster.trusted() == {first["ca.crt"]}


def test_it_gives_up_where_somebody_writes_all_the_time(call: Call, cluster: Cluster) -> None:
    cluster.before_patch = cluster.touch
    result = call("certificates", *ARGUMENTS)
    assert result.exit_code == 1
    assert "somebody else wrote at the same time" in result.stderr


def test_what_is_not_there_is_said_with_what_to_do(call: Call, cluster: Cluster) -> None:
    del cluster.objects[SECRET]
    result = call("certificates", *ARGUMENTS)
    assert result.exit_code == 1
    assert result.stderr.startswith(SECRET)
    assert "run helm upgrade" in result.stderr
