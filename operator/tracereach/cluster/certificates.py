"""Where the webhook's certificates live: a Secret, and the API server's word for whom to trust.

Only `tracereach certificates` comes here, in a Job with an account of its own. The kinds below are named in no other
place: no other part of Tracereach touches a Secret or a webhook's configuration.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from tracereach.cluster.client import JSON_PATCH, ApiServer
from tracereach.cluster.resources import Object, Resource

_SECRETS = Resource("", "v1", "secrets")
_CONFIGURATIONS = Resource("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", namespaced=False)


@dataclass(frozen=True)
class Secret:
    """A Secret as it was read."""

    namespace: str
    name: str
    version: str
    data: Mapping[str, bytes]


async def read_secret(api: ApiServer, *, namespace: str, name: str) -> Secret:
    """The Secret. Raises `ApiError`."""
    body = await api.get(_SECRETS.item(namespace, name))
    data = {key: b64decode(value) for key, value in (body.get("data") or {}).items()}
    return Secret(namespace, name, body["metadata"]["resourceVersion"], data)


async def write_secret(api: ApiServer, before: Secret, data: Mapping[str, bytes]) -> None:
    """Make `data` all that the Secret holds. Raises `Conflict` where it has been written since `before` was read."""
    encoded = {key: b64encode(value).decode() for key, value in data.items()}
    patch = [_unchanged_since(before.version), {"op": "add", "path": "/data", "value": encoded}]
    await api.patch(_SECRETS.item(before.namespace, before.name), patch, JSON_PATCH)


async def trust(api: ApiServer, *, configuration: str, service: str, authorities: bytes) -> bool:
    """Let the API server trust `authorities`, in PEM, and no others where it calls `service`, written `NAMESPACE/NAME`.

    Returns whether that had to be written. Other services in the same MutatingWebhookConfiguration are left alone.
    Raises `Conflict` where somebody else writes it at the same time.
    """
    path = _CONFIGURATIONS.item(None, configuration)
    body = await api.get(path)
    bundle = b64encode(authorities).decode()
    writes: list[Object] = [
        {"op": "add", "path": f"/webhooks/{index}/clientConfig/caBundle", "value": bundle}
        for index, webhook in enumerate(body.get("webhooks") or [])
        if _service(webhook["clientConfig"]) == service and webhook["clientConfig"].get("caBundle") != bundle
    ]
    if writes:
        await api.patch(path, [_unchanged_since(body["metadata"]["resourceVersion"]), *writes], JSON_PATCH)
    return bool(writes)


def _service(client: Object) -> str:
    """`NAMESPACE/NAME` of the service that is called; empty where it is a URL."""
    service = client.get("service") or {}
    return f"{service['namespace']}/{service['name']}" if service else ""


def _unchanged_since(version: str) -> Object:
    return {"op": "test", "path": "/metadata/resourceVersion", "value": version}
