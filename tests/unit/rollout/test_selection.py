"""Which policy a workload belongs to."""

from typing import Any

import pytest

from tracereach.api import names
from tracereach.api.acceptance import Policy, PolicyReference, accept
from tracereach.api.policy import LabelSelector
from tracereach.rollout.selection import OptOut, match, pod_template_opts_out, selects

LABELS = {"app": "orders", "tracing": "enabled"}
TEAM = {"team": "shop"}


def policy(name: str, *, namespace: str = "shop", cluster_wide: bool = False, created: str = "", **spec: Any) -> Policy:
    """A policy for `tracing: enabled`; a cluster-wide one for the namespaces of the team `shop`."""
    metadata = {"name": name, "creationTimestamp": created} | ({} if cluster_wide else {"namespace": namespace})
    scope = {"namespaceSelector": {"matchLabels": TEAM}} if cluster_wide else {}
    return accept(
        {
            "apiVersion": names.API_VERSION,
            "kind": names.CLUSTER_POLICY_KIND if cluster_wide else names.POLICY_KIND,
            "metadata": metadata,
            "spec": {
                "selector": {"matchLabels": {"tracing": "enabled"}},
                "export": {"endpoint": "http://otel:4317"},
                **scope,
                **spec,
            },
        }
    )


@pytest.mark.parametrize(
    ("winner", "loser"),
    [
        (policy("z", priority=-1), policy("a", cluster_wide=True, priority=9)),
        (policy("z", priority=1), policy("a", priority=0, created="2020-01-01T00:00:00Z")),
        (policy("z", created="2025-01-01T00:00:00Z"), policy("a", created="2026-01-01T00:00:00Z")),
        (policy("a"), policy("b")),
        (policy("z", cluster_wide=True, priority=1), policy("a", cluster_wide=True)),
    ],
    ids=["namespaced before cluster", "higher priority", "older", "by name", "among cluster policies too"],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_who_wins(winner: Policy, loser: Policy, *, swapped: bool) -> None:
    both = [loser, winner] if swapped else [winner, loser]
    found = match(both, namespace="shop", labels=LABELS, namespace_labels=TEAM, pods_opt_out=False)
    assert (found.winner, found.others, found.opted_out) == (winner, (loser,), None)


@pytest.mark.parametrize(
    "one",
    [
        policy("elsewhere", namespace="store"),
        policy("other-labels", selector={"matchLabels": {"tracing": "on"}}),
        policy("other-namespaces", cluster_wide=True, namespaceSelector={"matchLabels": {"team": "store"}}),
    ],
    ids=lambda one: one.reference.name,
)
def test_who_does_not_select_it_has_no_say(one: Policy) -> None:
    found = match([one], namespace="shop", labels=LABELS, namespace_labels=TEAM, pods_opt_out=False)
    assert (found.winner, found.others, found.opted_out) == (None, (), None)


@pytest.mark.parametrize(
    ("workload_says", "namespace_says", "opted_out"),
    [
        ("false", None, OptOut.WORKLOAD),
        (None, "false", OptOut.NAMESPACE),
        ("false", "false", OptOut.WORKLOAD),
        ("true", "false", OptOut.NAMESPACE),
        ("true", "true", None),
        ("False", None, OptOut.WORKLOAD),
        (None, "FALSE", OptOut.NAMESPACE),
        ("no", None, OptOut.WORKLOAD),
        ("Off", None, OptOut.WORKLOAD),
        ("0", None, OptOut.WORKLOAD),
        (None, "disabled", OptOut.NAMESPACE),
        ("yes", "on", None),
        ("nodejs", "1", None),
    ],
)
def test_opting_out_goes_before_every_policy(
    workload_says: str | None, namespace_says: str | None, opted_out: OptOut | None
) -> None:
    labels = LABELS | ({names.INJECT_LABEL: workload_says} if workload_says else {})
    namespace_labels = TEAM | ({names.INJECT_LABEL: namespace_says} if namespace_says else {})
    one, other = policy("shop"), policy("all", cluster_wide=True)
    found = match([one, other], namespace="shop", labels=labels, namespace_labels=namespace_labels, pods_opt_out=False)
    assert found.opted_out is opted_out
    assert (found.winner, found.others) == ((None, (one, other)) if opted_out else (one, (other,)))


@pytest.mark.parametrize(
    ("metadata", "opts_out"),
    [
        ({"labels": {names.INJECT_LABEL: "false"}}, True),
        ({"annotations": {names.INJECT_LABEL: "False"}}, True),
        ({"annotations": {names.INJECT_LABEL: "no"}}, True),
        ({"labels": {names.INJECT_LABEL: "true"}, "annotations": {}}, False),
        ({"labels": {names.INJECT_LABEL: None}, "annotations": None}, False),
        (None, False),
    ],
)
def test_a_pod_template_opts_out_by_label_or_annotation(metadata: dict[str, Any] | None, *, opts_out: bool) -> None:
    assert pod_template_opts_out({"metadata": metadata}) is opts_out


def test_an_opt_out_of_the_pods_goes_before_every_policy_and_is_named_as_such() -> None:
    one = policy("shop")
    found = match([one], namespace="shop", labels=LABELS, namespace_labels=TEAM, pods_opt_out=True)
    assert (found.winner, found.others, found.opted_out) == (None, (one,), OptOut.POD_TEMPLATE)


def test_nobody_opts_out_of_nothing() -> None:
    found = match([], namespace="shop", labels={names.INJECT_LABEL: "false"}, namespace_labels={}, pods_opt_out=True)
    assert found.opted_out is None


@pytest.mark.parametrize(
    ("operator", "values", "labels", "selected"),
    [
        ("In", ["orders", "ledger"], {"app": "orders"}, True),
        ("In", ["ledger"], {"app": "orders"}, False),
        ("In", ["orders"], {}, False),
        ("NotIn", ["ledger"], {"app": "orders"}, True),
        ("NotIn", ["orders"], {"app": "orders"}, False),
        ("NotIn", ["orders"], {}, True),
        ("Exists", [], {"app": ""}, True),
        ("Exists", [], {}, False),
        ("DoesNotExist", [], {}, True),
        ("DoesNotExist", [], {"app": "orders"}, False),
    ],
)
def test_expressions_mean_what_they_mean_to_kubernetes(
    operator: str, values: list[str], labels: dict[str, str], *, selected: bool
) -> None:
    expression = {"key": "app", "operator": operator, "values": values}
    assert selects(LabelSelector.model_validate({"matchExpressions": [expression]}), labels) is selected


def test_labels_and_expressions_must_all_hold() -> None:
    both = {"matchLabels": {"a": "1", "b": "2"}, "matchExpressions": [{"key": "c", "operator": "Exists"}]}
    selector = LabelSelector.model_validate(both)
    everything = {"a": "1", "b": "2", "c": "3"}
    assert selects(selector, everything)
    assert not any(selects(selector, {k: v for k, v in everything.items() if k != missing}) for missing in "abc")


def test_a_reference_to_a_winner_reads_well() -> None:
    assert str(policy("shop").reference) == str(PolicyReference(names.POLICY_KIND, "shop", "shop"))
