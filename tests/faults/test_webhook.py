"""With the webhook away, silent or not to be trusted, every pod starts all the same, and says that it was missed."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.integration.manifests import Object, deployment
from tests.integration.namespace import Namespace
from tests.integration.webhook_process import WebhookProcess, called_webhook, new_certificates
from tests.unit.inject.conftest import make_injection
from tests.waiting import wait_for
from tracereach.api import names
from tracereach.inject import Merge, inject

PODS = 4
TIMEOUT_SECONDS = 3
"""How long the API server waits for the webhook, by the chart's configuration."""


@pytest.fixture
def webhook(no_other_operator: None, tmp_path: Path) -> Iterator[WebhookProcess]:
    with called_webhook(tmp_path) as process:
        yield process


def _stamped_pods(prefix: str) -> list[Object]:
    """Pods as a ReplicaSet would make them from an injected template."""
    container = {"env": [{"name": "OTEL_RESOURCE_ATTRIBUTES", "value": "team=shop"}]}
    template = deployment("orders", container=container)["spec"]["template"]
    injection = make_injection(agents=["sdk"], collector={"mode": "Direct"})
    stamped = inject(template, injection, Merge.STAMP).template
    assert stamped["metadata"]["labels"][names.MERGE_LABEL] == names.MERGE_WANTED
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": stamped["metadata"] | {"name": f"{prefix}-{index}"},
            "spec": stamped["spec"] | {"terminationGracePeriodSeconds": 0},
        }
        for index in range(PODS)
    ]


def _start(namespace: Namespace, prefix: str) -> tuple[float, set[str]]:
    """Seconds until the last of some stamped pods runs, all created at once; and their labels."""
    begun = time.monotonic()

    def one(pod: Object) -> tuple[float, str]:
        namespace.kubectl("create", "-f", "-", stdin=json.dumps(pod))
        name = pod["metadata"]["name"]
        running = wait_for(lambda: namespace.get("pod", name), lambda found: found["status"]["phase"] == "Running")
        return time.monotonic() - begun, running["metadata"]["labels"][names.MERGE_LABEL]

    with ThreadPoolExecutor(PODS) as pool:
        outcomes = list(pool.map(one, _stamped_pods(prefix)))
    return max(seconds for seconds, _ in outcomes), {label for _, label in outcomes}


def _merged(namespace: Namespace, prefix: str) -> float:
    """The same with the webhook at work."""
    seconds, labels = _start(namespace, prefix)
    assert labels == {names.MERGE_DONE}
    return seconds


@contextmanager
def _killed(webhook: WebhookProcess, _: Path) -> Iterator[None]:
    webhook.kill()
    yield


@contextmanager
def _silent(webhook: WebhookProcess, _: Path) -> Iterator[None]:
    """Somebody takes the connections, and never says a word."""
    webhook.kill()
    with socket.create_server(("127.0.0.1", webhook.port), backlog=64):
        yield


@contextmanager
def _untrusted(webhook: WebhookProcess, directory: Path) -> Iterator[None]:
    """The certificate is of an authority that the API server has never heard of."""
    webhook.kill()
    strange = new_certificates()
    (directory / "tls.crt").write_bytes(strange.certificate)
    (directory / "tls.key").write_bytes(strange.key)
    webhook.start()
    yield
    assert webhook.outcomes("/pods").total() == 0


Fault = Callable[[WebhookProcess, Path], AbstractContextManager[None]]


@pytest.mark.parametrize("fault", [_killed, _silent, _untrusted])
def test_pods_start_without_it_and_say_so(
    namespace: Namespace, webhook: WebhookProcess, tmp_path: Path, fault: Fault
) -> None:
    normal = max(_merged(namespace, "first"), _merged(namespace, "second"))
    with fault(webhook, tmp_path):
        faulty, missed = _start(namespace, "missed")
    print(f"{PODS} pods run after {normal:.1f} s, and with the fault after {faulty:.1f} s")
    assert missed == {names.MERGE_WANTED}
    assert faulty < 2 * normal + TIMEOUT_SECONDS
