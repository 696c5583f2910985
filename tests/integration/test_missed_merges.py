"""Pods that are made while the webhook is away: named, and made anew one by one once it is back."""

from collections.abc import Iterator

import pytest

from tests.integration.manifests import Object, deployment, policy
from tests.integration.namespace import HEALTHY, Namespace
from tests.integration.operator_process import OperatorProcess
from tests.integration.webhook_process import called_webhook, running_pods
from tests.waiting import wait_for, wait_for_value
from tracereach.api import names

MINE = {"env": [{"name": "OTEL_RESOURCE_ATTRIBUTES", "value": "team=shop"}]}
MISSED = "Healthy/MergeMissed"
BUDGET = {
    "apiVersion": "policy/v1",
    "kind": "PodDisruptionBudget",
    "metadata": {"name": "orders"},
    "spec": {"minAvailable": 2, "selector": {"matchLabels": {"app": "orders"}}},
}


@pytest.fixture(scope="module")
def operator(no_other_operator: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OperatorProcess]:
    """An operator that knows of a webhook, which is away."""
    process = OperatorProcess(tmp_path_factory.mktemp("operator"), webhook=True)
    process.start()
    yield process
    process.stop()


def _pods(namespace: Namespace) -> dict[str, Object]:
    return {pod["metadata"]["uid"]: pod for pod in running_pods(namespace.list("pods"))}


def _merged(namespace: Namespace) -> list[str]:
    return [pod["metadata"]["labels"].get(names.MERGE_LABEL, "") for pod in _pods(namespace).values()]


def test_few_are_lost_during_an_outage_and_all_are_merged_after_it(
    namespace: Namespace, operator: OperatorProcess, tmp_path_factory: pytest.TempPathFactory
) -> None:
    namespace.apply(deployment("orders", replicas=3, container=MINE), policy())
    status = namespace.wait_for_state("orders", MISSED, timeout=120)
    first = set(_pods(namespace))
    assert status["message"] == "3 of 3 pods"
    wait_for(lambda: first - set(_pods(namespace)), lambda gone: len(gone) == 1, timeout=60)
    namespace.wait_for_state("orders", MISSED, timeout=60)
    assert len(first & set(_pods(namespace))) == 2, "after a try that failed the others are left alone"
    with called_webhook(tmp_path_factory.mktemp("webhook")):
        wait_for_value(lambda: _merged(namespace), [names.MERGE_DONE] * 3, timeout=300)
        namespace.wait_for_state("orders", HEALTHY, timeout=60)
    assert "missedSince" not in namespace.traced("orders")
    assert namespace.generation("orders") == 2, "the template was written once"


def test_a_disruption_budget_is_respected(namespace: Namespace, operator: OperatorProcess) -> None:
    namespace.apply(deployment("orders", replicas=2, container=MINE), BUDGET, policy())
    namespace.wait_for_state("orders", MISSED, timeout=120)
    first = set(_pods(namespace))
    status = namespace.wait_for_state("orders", "Waiting/MergeMissed", timeout=60)
    assert "disruption budget" in status["message"]
    assert set(_pods(namespace)) == first
