from base64 import b64encode
from typing import Any

from tests.unit.cluster.recording_api import RecordingApi
from tracereach.cluster.certificates import Secret, read_secret, trust, write_secret

SECRET = "/api/v1/namespaces/system/secrets/certificate"
CONFIGURATION = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/webhook"
OURS = b"ours"


def encoded(value: bytes) -> str:
    return b64encode(value).decode()


def configuration(*clients: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"resourceVersion": "7"}, "webhooks": [{"clientConfig": client} for client in clients]}


def service(name: str, bundle: bytes = b"") -> dict[str, Any]:
    client = {"service": {"namespace": "system", "name": name}}
    return client | ({"caBundle": encoded(bundle)} if bundle else {})


async def test_a_secret_without_data_is_empty() -> None:
    api = RecordingApi({"metadata": {"resourceVersion": "3"}})
    assert await read_secret(api, namespace="system", name="certificate") == Secret("system", "certificate", "3", {})


async def test_a_secret_is_written_whole_and_only_as_it_was_read() -> None:
    api = RecordingApi()
    await write_secret(api, Secret("system", "certificate", "3", {"old": b"x"}), {"tls.key": b"key"})
    (request,) = api.requests
    assert request.path == SECRET
    assert request.body == [
        {"op": "test", "path": "/metadata/resourceVersion", "value": "3"},
        {"op": "add", "path": "/data", "value": {"tls.key": encoded(b"key")}},
    ]


async def test_trust_is_written_where_it_is_missing_or_wrong_and_for_our_service_alone() -> None:
    body = configuration(
        service("webhook"),
        service("other", b"theirs"),
        service("webhook", b"wrong"),
        service("webhook", OURS),
        {"url": "https://example.com", "caBundle": encoded(b"theirs")},
    )
    api = RecordingApi(body)
    assert await trust(api, configuration="webhook", service="system/webhook", authorities=lambda _: OURS)
    read, write = api.requests
    assert read.path == write.path == CONFIGURATION
    assert write.body == [
        {"op": "test", "path": "/metadata/resourceVersion", "value": "7"},
        {"op": "add", "path": "/webhooks/0/clientConfig/caBundle", "value": encoded(OURS)},
        {"op": "add", "path": "/webhooks/2/clientConfig/caBundle", "value": encoded(OURS)},
    ]


async def test_trust_that_is_right_is_not_written() -> None:
    api = RecordingApi(configuration(service("webhook", OURS)))
    assert not await trust(api, configuration="webhook", service="system/webhook", authorities=lambda _: OURS)
    assert [request.method for request in api.requests] == ["GET"]


async def test_whom_it_trusts_already_is_known_when_that_is_decided() -> None:
    api = RecordingApi(configuration(service("webhook"), service("webhook", b"theirs")))
    await trust(api, configuration="webhook", service="system/webhook", authorities=lambda present: OURS + present)
    _, write = api.requests
    assert [one["value"] for one in write.body[1:]] == [encoded(OURS), encoded(OURS + b"theirs")]
