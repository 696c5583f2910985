"""The webhook's configuration and certificates, as the chart renders them, in a namespace of a test."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.integration.manifests import Object
from tests.integration.namespace import Namespace
from tests.shop.kubernetes import get, kubectl, run
from tracereach.admission.issuing import Certificates

CHART = Path(__file__).parents[3] / "charts/tracereach"
CLUSTER_WIDE = "mutatingwebhookconfigurations,clusterroles,clusterrolebindings"
NOWHERE = r"--set=webhook.nodeSelector.kubernetes\.io/hostname=no-such-node"
"""Keeps the pods of the Jobs from starting: the tests decide who writes certificates, and when."""

_TEMPLATES = ("webhook/configuration.yaml", "webhook/certificates.yaml")
_KEYS = ("ca.crt", "tls.crt", "tls.key")


class WebhookRelease:
    """A release named as its namespace. Nothing serves its webhook, and the pods of its Jobs fit on no node."""

    def __init__(self, namespace: Namespace) -> None:
        self.namespace = namespace
        self.name = namespace.name
        self.configuration = self.service = f"{self.name}-webhook"
        self.secret = f"{self.name}-webhook-self-signed"
        self.account = f"{self.name}-certificates"
        self.host = f"{self.service}.{self.name}.svc"

    def objects(self) -> list[Object]:
        """What the chart renders."""
        shown = [f"--show-only=templates/{template}" for template in _TEMPLATES]
        place = (f"--namespace={self.name}", "--kube-version=1.29.0", NOWHERE)
        text = run("helm", "template", self.name, str(CHART), *place, *shown)
        return [document for document in yaml.safe_load_all(text) if document]

    def certificates(self) -> Certificates:
        """What the Secret holds."""
        data = self.namespace.get("secret", self.secret).get("data", {})
        return Certificates(*(base64.b64decode(data.get(key, "")) for key in _KEYS))

    def store(self, certificates: Certificates) -> None:
        """Put certificates into the Secret, and trust their authorities."""
        values = (certificates.authorities, certificates.certificate, certificates.key)
        data = {key: base64.b64encode(value).decode() for key, value in zip(_KEYS, values, strict=True)}
        self.namespace.kubectl("patch", "secret", self.secret, "--type=merge", f"--patch={json.dumps({'data': data})}")
        self.trust(certificates.authorities)

    def webhooks(self) -> list[Object]:
        """The webhooks of the configuration."""
        webhooks: list[Object] = get("mutatingwebhookconfiguration", self.configuration)["webhooks"]
        return webhooks

    def bundles(self) -> set[bytes]:
        """Whom the API server trusts, over all webhooks."""
        return {base64.b64decode(each["clientConfig"].get("caBundle", "")) for each in self.webhooks()}

    def trust(self, authorities: bytes) -> None:
        """Make the API server trust somebody, by hand."""
        bundle = base64.b64encode(authorities).decode()
        self.patch_configuration(
            *({"op": "add", "path": f"/webhooks/{index}/clientConfig/caBundle", "value": bundle} for index in range(2))
        )

    def patch_configuration(self, *operations: Object) -> None:
        """Apply a JSON Patch to the configuration."""
        patch = json.dumps(operations)
        kubectl("patch", "mutatingwebhookconfiguration", self.configuration, "--type=json", f"--patch={patch}")

    def versions(self) -> tuple[str, str]:
        """The resourceVersions of the Secret and of the configuration."""
        secret = self.namespace.get("secret", self.secret)
        configuration = get("mutatingwebhookconfiguration", self.configuration)
        return secret["metadata"]["resourceVersion"], configuration["metadata"]["resourceVersion"]


@contextmanager
def cluster_wide_objects_removed(release: str) -> Iterator[None]:
    """Afterwards nothing of the release is left outside of its namespace."""
    try:
        yield
    finally:
        kubectl("delete", CLUSTER_WIDE, f"--selector=app.kubernetes.io/instance={release}")
