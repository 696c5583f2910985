"""The webhook as a process beside the tests, and the configuration that makes the API server call it.

The rules are those of the chart; only the address is another, and the authority to trust is the test's own.
"""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from tests.integration.local_process import LocalProcess
from tests.integration.manifests import Object
from tests.integration.operator_process import write_settings
from tests.ports import free_ports
from tests.shop.kubernetes import kubectl
from tests.unit.chart.helm import find
from tests.waiting import wait_for
from tracereach.admission.issuing import Certificates, renewed
from tracereach.api import names

_NAME = "tracereach-tests"
_KIND = "MutatingWebhookConfiguration"


class WebhookProcess(LocalProcess):
    """The webhook, with a certificate of an authority of its own."""

    def __init__(self, directory: Path) -> None:
        self.port, health_port = free_ports(2)
        issued = new_certificates()
        self.authorities = issued.authorities
        (directory / "tls.crt").write_bytes(issued.certificate)
        (directory / "tls.key").write_bytes(issued.key)
        settings = write_settings(directory, webhook=True)
        doors = (f"--port={self.port}", f"--health-port={health_port}")
        arguments = ("webhook", "--config", str(settings), "--certificates", str(directory), *doors)
        super().__init__(*arguments, log=directory / "webhook.log", health_port=health_port)

    def outcomes(self, path: str) -> Counter[str]:
        """How many reviews came to `/workloads` or `/pods`, by what became of each."""
        families = text_string_to_metric_families(self.get("/metrics"))
        samples = (sample for family in families for sample in family.samples)
        return Counter(
            {
                sample.labels["outcome"]: int(sample.value)
                for sample in samples
                if sample.name == "tracereach_admission_requests_total" and sample.labels["path"] == path
            }
        )


def new_certificates() -> Certificates:
    """Certificates for a webhook on this machine."""
    return renewed(Certificates(), host="localhost", lifetime=timedelta(hours=1), now=datetime.now(UTC))


@contextmanager
def _configured(port: int, authorities: bytes) -> Iterator[None]:
    """A time in which the API server calls the webhook at `port` of this machine, as the chart wants it called."""
    configuration = find(_KIND, "tracereach-webhook")
    configuration["metadata"] = {"name": _NAME}
    for webhook in configuration["webhooks"]:
        path = webhook["clientConfig"]["service"]["path"]
        bundle = base64.b64encode(authorities).decode()
        webhook["clientConfig"] = {"url": f"https://localhost:{port}{path}", "caBundle": bundle}
    kubectl("apply", "-f", "-", stdin=json.dumps(configuration))
    try:
        yield
    finally:
        kubectl("delete", _KIND, _NAME)


def _wait_until_called(webhook: WebhookProcess) -> None:
    """Return once the API server has taken in the configuration: it then calls for a pod that is never stored."""
    labels = {names.MERGE_LABEL: names.MERGE_WANTED}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "never-stored", "namespace": "default", "labels": labels},
        "spec": {"containers": [{"name": "app", "image": "app"}]},
    }

    def knock() -> int:
        kubectl("create", "--dry-run=server", "-f", "-", stdin=json.dumps(pod))
        return webhook.outcomes("/pods").total()

    wait_for(knock, lambda reviews: reviews > 0)


@contextmanager
def called_webhook(directory: Path) -> Iterator[WebhookProcess]:
    """A time with a webhook that the API server calls; a test may end it before."""
    process = WebhookProcess(directory)
    process.start()
    try:
        with _configured(process.port, process.authorities):
            _wait_until_called(process)
            yield process
    finally:
        process.end()


def running_pods(pods: dict[str, Object]) -> list[Object]:
    """Those of `pods` that are not on their way out."""
    return [pod for pod in pods.values() if "deletionTimestamp" not in pod["metadata"]]
