"""The main job, end to end: one request, one trace over four languages, and everything put back afterwards."""

import itertools
import json
import random
from typing import Any

import pytest

from tests.shop import steps
from tests.shop.kubernetes import get, tracereach
from tests.shop.services import Services
from tests.waiting import wait_for_value

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture(scope="module")
def originals(shop: Services) -> dict[str, str]:
    return steps.pod_templates()


@pytest.fixture(scope="module")
def untraced(shop: Services, originals: dict[str, str]) -> tuple[steps.Answer, str]:
    """A purchase before any policy, and what a fresh gateway had counted by then."""
    steps.restart_gateway()
    return steps.buy(shop, "7"), steps.gateway_metrics(shop)


@pytest.fixture(scope="module")
def traced(shop: Services, untraced: object) -> dict[str, Any]:
    """The policy, applied and Ready."""
    steps.apply_policy()
    return steps.wait_until_injected()


@pytest.fixture(scope="module")
def purchase(shop: Services, traced: object) -> tuple[str, steps.Answer, list[dict[str, Any]]]:
    """A random user's purchase with the spans of its trace."""
    user_id = str(random.randint(1, 10**9))
    answer = steps.buy(shop, user_id)
    return user_id, answer, steps.wait_for_trace(shop, answer.trace_id)


def test_before_the_policy_requests_succeed_and_the_gateway_has_no_span(untraced: tuple[steps.Answer, str]) -> None:
    answer, metrics = untraced
    assert answer.body["user_id"] == ""
    assert "calls_total" not in metrics
    assert "service_graph" not in metrics


def test_one_request_is_one_trace_over_four_services(purchase: tuple[str, steps.Answer, list[dict[str, Any]]]) -> None:
    _, answer, spans = purchase
    assert {span["trace_id"] for span in spans} == {answer.trace_id}
    assert {span["workload"] for span in spans} == {f"shop/Deployment/{name}" for name in steps.SERVICES}


def test_every_span_has_the_right_parent(purchase: tuple[str, steps.Answer, list[dict[str, Any]]]) -> None:
    """Each service's SERVER span is a child of its caller's CLIENT span, and that one of the caller's SERVER span."""
    _, answer, spans = purchase
    by_id = {span["span_id"]: span for span in spans}
    chain = dict(zip(steps.SERVICES[1:], steps.SERVICES, strict=False))
    for name in steps.SERVICES:
        (server,) = [span for span in spans if span["workload"].endswith(f"/{name}") and span["kind"] == "Server"]
        if name not in chain:
            assert server["parent_id"] == answer.parent_id
            continue
        ancestor = by_id[server["parent_id"]]
        assert ancestor["kind"] == "Client"
        assert ancestor["workload"].endswith(f"/{chain[name]}")
        while ancestor["kind"] != "Server":
            ancestor = by_id[ancestor["parent_id"]]
        assert ancestor["workload"].endswith(f"/{chain[name]}")


def test_the_printed_tree_shows_the_trace(purchase: tuple[str, steps.Answer, list[dict[str, Any]]]) -> None:
    _, answer, spans = purchase
    lines = tracereach("trace", answer.trace_id).splitlines()
    for span in spans:
        name = span["workload"].rsplit("/", 1)[1]
        assert any(name in line and span["name"] in line and "ms" in line for line in lines), span
    first = {name: next(i for i, line in enumerate(lines) if name in line) for name in steps.SERVICES}
    assert sorted(first, key=first.__getitem__) == list(steps.SERVICES)


def test_a_probe_goes_by_grpc_too(traced: object) -> None:
    answer = json.loads(tracereach("probe", "grpc://ledger.shop:9090/shop.ledger.v1.Ledger/Post", "--output", "json"))
    assert (answer["services"], answer["halts"], answer["problem"]) == (["shop/Deployment/ledger"], [], "")
    assert answer["grpcStatus"]


def test_baggage_and_deadline_reach_the_ledger(purchase: tuple[str, steps.Answer, list[dict[str, Any]]]) -> None:
    user_id, answer, _ = purchase
    assert answer.body["user_id"] == user_id
    assert 0 < answer.body["deadline_ms"] <= 3000


def test_the_namespace_enforces_restricted_and_every_pod_runs(traced: dict[str, Any]) -> None:
    labels = get("namespace", steps.NAMESPACE)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert traced["status"]["workloads"]["healthy"] == len(steps.SERVICES)


def test_the_status_says_how_far_traces_reach(shop: Services, traced: object) -> None:
    coverage = steps.wait_until_whole()
    assert coverage["configured"] == {"count": 4, "total": 4, "ratio": "1"}
    assert coverage["rolledOut"] == {"count": 4, "total": 4, "ratio": "1"}
    edges = {(edge["caller"], edge["callee"]): edge["state"] for edge in coverage["edges"]}
    names = [f"shop/Deployment/{name}" for name in steps.SERVICES]
    assert edges == dict.fromkeys(itertools.pairwise(names), "Healthy")
    assert coverage["breaks"] == 0


def test_deleting_the_policy_restores_every_template(originals: dict[str, str], traced: object) -> None:
    assert all(
        before != after for before, after in zip(originals.values(), steps.pod_templates().values(), strict=True)
    )
    steps.delete_policy()
    assert steps.pod_templates() == originals
    # They last until the operator has seen that the pods are replaced.
    wait_for_value(lambda: get("tracedworkloads.tracereach.dev", "--namespace", steps.NAMESPACE)["items"], [])
