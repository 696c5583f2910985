"""Commands by which people act on a rollout: they write intent, and never a workload."""

import pytest

from tests.unit.cli.api_server import ObjectServer
from tests.unit.cli.conftest import Call
from tracereach.cli.errors import Failed
from tracereach.cli.intents import parse_workload
from tracereach.cluster.resources import CLUSTER_POLICIES, POLICIES, TRACED_WORKLOADS

SHOP = POLICIES.item("shop", "shop")


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("orders", "shop/Deployment/orders"),
        ("deployment/orders", "shop/Deployment/orders"),
        ("Deploy/orders", "shop/Deployment/orders"),
        ("statefulsets/ledger", "shop/StatefulSet/ledger"),
        ("sts/ledger", "shop/StatefulSet/ledger"),
        ("ds/agent", "shop/DaemonSet/agent"),
    ],
)
def test_workloads_are_named_as_for_kubectl(text: str, want: str) -> None:
    assert str(parse_workload(text, "shop")) == want


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(Failed, match="cronjob is no kind of workload"):
        parse_workload("cronjob/orders", "shop")


@pytest.mark.parametrize(
    ("words", "path", "says"),
    [
        (("pause", "shop", "-n", "shop"), SHOP, "shop: paused. To go on: tracereach resume shop -n shop"),
        (("pause", "all"), CLUSTER_POLICIES.item(None, "all"), "all: paused. To go on: tracereach resume all"),
        (("resume", "shop", "-n", "shop"), SHOP, "shop: resumed"),
        (
            ("retry", "orders", "-n", "shop"),
            TRACED_WORKLOADS.item("shop", "deployment-orders"),
            "shop/Deployment/orders gets another turn",
        ),
        (
            ("rollback", "sts/ledger", "-n", "shop"),
            TRACED_WORKLOADS.item("shop", "statefulset-ledger"),
            "shop/StatefulSet/ledger is put back",
        ),
        (
            ("rollback", "--policy", "shop", "-n", "shop"),
            SHOP,
            "shop: is put back, at its own pace. To bring it back: tracereach retry --policy shop -n shop",
        ),
        (("retry", "--policy", "shop", "-n", "shop"), SHOP, "shop: is rolled out again, at its own pace"),
        (
            ("retry", "--policy", "all"),
            CLUSTER_POLICIES.item(None, "all"),
            "all: is rolled out again, at its own pace",
        ),
    ],
)
def test_each_patches_one_object(
    call: Call, server: ObjectServer, words: tuple[str, ...], path: str, says: str
) -> None:
    server.answers[path] = (200, {})
    result = call(*words)
    assert (result.exit_code, result.stdout.strip()) == (0, says)
    assert server.patched == [path]


@pytest.mark.parametrize(("command", "value"), [("rollback", "true"), ("retry", None)])
def test_a_policy_is_rolled_back_by_an_annotation_that_stays_until_it_is_tried_again(
    call: Call, server: ObjectServer, command: str, value: str | None
) -> None:
    server.answers[SHOP] = (200, {})
    call(command, "--policy", "shop", "-n", "shop")
    assert server.patches[SHOP] == {"metadata": {"annotations": {"tracereach.dev/rolled-back": value}}}


@pytest.mark.parametrize("arguments", [(), ("orders", "--policy", "shop")])
@pytest.mark.parametrize("command", ["retry", "rollback"])
def test_a_workload_or_a_policy(call: Call, command: str, arguments: tuple[str, ...]) -> None:
    result = call(command, *arguments)
    assert (result.exit_code, "give either a workload or --policy" in result.stderr) == (2, True)


def test_a_workload_that_no_policy_selects_is_not_known(call: Call, server: ObjectServer) -> None:
    result = call("retry", "orders")
    assert result.exit_code != 0
    assert "default/Deployment/orders is not known to the operator" in result.stderr


@pytest.mark.parametrize(
    ("place", "what"),
    [(("-n", "shop"), "TracingPolicy nosuch in namespace shop"), ((), "ClusterTracingPolicy nosuch")],
)
def test_a_policy_that_is_not_there_is_named(
    call: Call, server: ObjectServer, place: tuple[str, ...], what: str
) -> None:
    result = call("pause", "nosuch", *place)
    assert (result.exit_code, result.stderr) == (
        1,
        f"There is no {what}. See kubectl get tracereach --all-namespaces.\n",
    )
