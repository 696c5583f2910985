"""What the API server asks the webhook about, by the chart's selectors and conditions.

Nothing serves the webhook here: the API server counts the calls that it goes on without.
"""

import json
import re
from collections.abc import Iterator

import pytest

from tests.integration.chart.webhook_release import WebhookRelease, cluster_wide_objects_removed
from tests.integration.manifests import Object, deployment
from tests.integration.namespace import Namespace, new_namespace
from tests.shop.kubernetes import kubectl
from tests.waiting import wait_for

_UNANSWERED = re.compile(
    r'^apiserver_admission_webhook_fail_open_count\{name="(\w+)\.tracereach\.dev",type="admit"\} (\d+)', re.MULTILINE
)
_ERRORS = re.compile(r"^apiserver_admission_match_condition_evaluation_errors_total\{.* ([1-9]\d*)$", re.MULTILINE)
_NOWHERE = {"nodeSelector": {"kubernetes.io/hostname": "no-such-node"}}


class Calls:
    """The calls to our webhooks since the last look."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}
        self.new()

    def new(self) -> dict[str, int]:
        """How often each webhook has been called; those that have not are left out."""
        metrics = kubectl("get", "--raw", "/metrics")
        assert not _ERRORS.search(metrics)
        before, self._seen = self._seen, {name: int(count) for name, count in _UNANSWERED.findall(metrics)}
        return {name: count - before.get(name, 0) for name, count in self._seen.items() if count > before.get(name, 0)}


@pytest.fixture(scope="module")
def release(cluster: None) -> Iterator[WebhookRelease]:
    with new_namespace() as namespace, cluster_wide_objects_removed(namespace.name):
        release = WebhookRelease(namespace)
        namespace.apply(*(each for each in release.objects() if each["kind"] == "MutatingWebhookConfiguration"))
        _wait_until_called()
        yield release


def _wait_until_called() -> None:
    """Return once the API server has taken in the configuration: it then calls for a pod that is never stored."""
    calls, never_stored = Calls(), json.dumps(pod(merge="wanted"))

    def knock() -> dict[str, int]:
        kubectl("create", "--namespace=default", "--dry-run=server", "-f", "-", stdin=never_stored)
        return calls.new()

    wait_for(knock)


@pytest.fixture
def calls(release: WebhookRelease, namespace: Namespace) -> Calls:
    return Calls()


def workload(kind: str) -> Object:
    body = deployment("orders", pod=_NOWHERE)
    if kind != "Deployment":
        del body["spec"]["replicas"]
    return body | {"kind": kind}


def pod(**labels: str) -> Object:
    template = deployment("orders", pod=_NOWHERE)["spec"]["template"]
    metadata = {"name": "orders", "labels": {f"tracereach.dev/{key}": value for key, value in labels.items()}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def patch(namespace: Namespace, change: str, *options: str) -> None:
    namespace.kubectl("patch", "deployment", "orders", "--type=merge", f"--patch={change}", *options)


ANNOTATED = '{"spec": {"template": {"metadata": {"annotations": {"changed": "yes"}}}}}'


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_new_workloads(calls: Calls, namespace: Namespace, kind: str) -> None:
    namespace.apply(workload(kind))
    assert calls.new() == {"workloads": 1}


def test_changes_of_the_pod_template_and_no_others(calls: Calls, namespace: Namespace) -> None:
    namespace.apply(workload("Deployment"))
    calls.new()
    patch(namespace, '{"spec": {"replicas": 1}}')
    patch(namespace, '{"metadata": {"labels": {"team": "shop"}}}')
    namespace.kubectl("scale", "deployment", "orders", "--replicas=0")
    assert calls.new() == {}
    patch(namespace, ANNOTATED)
    assert calls.new() == {"workloads": 1}


def test_not_what_the_operator_writes(calls: Calls, namespace: Namespace, release: WebhookRelease) -> None:
    account = f"{release.name}:{release.name}-operator"
    namespace.kubectl("create", "rolebinding", "operator", "--clusterrole=edit", f"--serviceaccount={account}")
    namespace.apply(workload("Deployment"))
    calls.new()
    patch(namespace, ANNOTATED, f"--as=system:serviceaccount:{account}")
    assert calls.new() == {}


def test_not_what_has_opted_out(calls: Calls, namespace: Namespace) -> None:
    body = workload("Deployment")
    body["metadata"]["labels"]["tracereach.dev/inject"] = "false"
    namespace.apply(body)
    assert calls.new() == {}


def test_nothing_in_a_namespace_that_has_opted_out(calls: Calls, namespace: Namespace) -> None:
    kubectl("label", "namespace", namespace.name, "tracereach.dev/inject=false")
    namespace.apply(workload("Deployment"), pod(merge="wanted"))
    assert calls.new() == {}


def test_nothing_in_the_namespace_of_the_release(calls: Calls, release: WebhookRelease) -> None:
    release.namespace.apply(workload("Deployment"), pod(merge="wanted"))
    assert calls.new() == {}


def test_pods_that_want_a_merge_and_no_others(calls: Calls, namespace: Namespace) -> None:
    namespace.apply(pod(merge="done") | {"metadata": pod(merge="done")["metadata"] | {"name": "merged"}})
    namespace.apply(pod() | {"metadata": {"name": "other"}})
    assert calls.new() == {}
    namespace.apply(pod(merge="wanted"))
    assert calls.new() == {"pods": 1}
    namespace.kubectl("label", "pod", "orders", "team=shop")
    assert calls.new() == {}
