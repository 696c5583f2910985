"""Where the webhook's certificates live: a Secret, and the API server's word for whom to trust.

Only `tracereach certificates` comes here, in a Job with an account of its own. The kinds below are named in no other
place: no other part of Tracereach touches a Secret or a webhook's configuration.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
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


async def trust(api: ApiServer, *, configuration: str, service: str, authorities: Callable[[bytes], bytes]) -> bool:
    """Say whom the API server trusts where it calls `service`, written `NAMESPACE/NAME`.

    `authorities` is given whom it trusts now, in PEM and empty at first, and answers whom it shall trust. Returns
    whether that had to be written. Other services in the same MutatingWebhookConfiguration are left alone. Raises
    `Conflict` where somebody else writes it at the same time.
    """
    path = _CONFIGURATIONS.item(None, configuration)
    body = await api.get(path)
    writes: list[Object] = []
    for index, webhook in enumerate(body.get("webhooks") or []):
        client = webhook["clientConfig"]
        present = client.get("caBundle") or ""
        bundle = b64encode(authorities(b64decode(present))).decode()
        if _service(client) == service and present != bundle:
            writes.append({"op": "add", "path": f"/webhooks/{index}/clientConfig/caBundle", "value": bundle})
    if writes:
        await api.patch(path, [_unchanged_since(body["metadata"]["resourceVersion"]), *writes], JSON_PATCH)
    return bool(writes)


def _service(client: Object) -> str:
    """`NAMESPACE/NAME` of the service that is called; empty where it is a URL."""
    service = client.get("service") or {}
    return f"{service['namespace']}/{service['name']}" if service else ""


def _unchanged_since(version: str) -> Object:
    return {"op": "test", "path": "/metadata/resourceVersion", "value": version}
