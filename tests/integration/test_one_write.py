"""A workload is written once for each policy, and never again without a reason."""

from tests.integration.manifests import Object, deployment, policy
from tests.integration.namespace import HEALTHY, INJECTED, POLICIES, TRACED_WORKLOADS, Namespace
from tests.integration.operator_process import OperatorProcess
from tests.integration.writes import writes_to
from tracereach.api import names

WORKLOADS = ("ledger", "orders", "payments")


def _inject_all(namespace: Namespace) -> None:
    namespace.apply(*(deployment(name) for name in WORKLOADS), policy())
    for name in WORKLOADS:
        namespace.wait_for_state(name, INJECTED)


def _versions(objects: dict[str, Object]) -> dict[str, str]:
    return {name: found["metadata"]["resourceVersion"] for name, found in objects.items()}


def test_injecting_is_one_patch_of_each_workload(namespace: Namespace, operator: OperatorProcess) -> None:
    _inject_all(namespace)
    namespace.wait_for_next_pass()
    assert {name: writes_to(namespace, name) for name in WORKLOADS} == dict.fromkeys(WORKLOADS, 1)
    assert {name: namespace.generation(name) for name in WORKLOADS} == dict.fromkeys(WORKLOADS, 2)


def test_real_pods_are_replaced_once(namespace: Namespace, operator: OperatorProcess) -> None:
    namespace.apply(deployment("orders", replicas=1))
    namespace.kubectl("rollout", "status", "deployment/orders", "--timeout=60s")
    namespace.apply(policy())
    namespace.wait_for_state("orders", HEALTHY, timeout=60)
    assert writes_to(namespace, "orders") == 1
    assert len(namespace.list("replicasets")) == 2
    running = [pod for pod in namespace.list("pods").values() if "deletionTimestamp" not in pod["metadata"]]
    assert [_revision_label(pod) for pod in running] == [namespace.record("orders")["revision"]]


def test_a_restart_writes_nothing(namespace: Namespace, operator: OperatorProcess) -> None:
    _inject_all(namespace)
    with operator.stopped():
        before = _versions(namespace.list("deployments")), _versions(namespace.list(TRACED_WORKLOADS))
    namespace.wait_for_next_pass()
    after = _versions(namespace.list("deployments")), _versions(namespace.list(TRACED_WORKLOADS))
    assert all(old.items() <= new.items() for old, new in zip(before, after, strict=True))


def test_workloads_bear_nothing_but_the_injection(namespace: Namespace, operator: OperatorProcess) -> None:
    namespace.apply(deployment("orders"))
    before = namespace.get("deployment", "orders")["metadata"]
    namespace.apply(policy())
    namespace.wait_for_state("orders", INJECTED)
    after = namespace.get("deployment", "orders")["metadata"]
    theirs = {"annotations", "finalizers", "labels", "ownerReferences"}
    assert {key: after.get(key) for key in theirs} == {key: before.get(key) for key in theirs} | {
        "annotations": after["annotations"]
    }
    assert after["annotations"].keys() - before["annotations"].keys() <= {"deployment.kubernetes.io/revision"}
    found = namespace.kubectl("get", "deployment", "orders", "-o", "json", "--show-managed-fields")
    assert "kopf" not in found


def test_a_policy_owns_the_revision_that_it_injects(namespace: Namespace, operator: OperatorProcess) -> None:
    namespace.apply(deployment("orders"), policy())
    namespace.wait_for_state("orders", INJECTED)
    (name,) = namespace.list("controllerrevisions")
    assert name == f"shop-{namespace.record('orders')['revision']}"
    (owner,) = namespace.get("controllerrevision", name)["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["name"]) == (names.POLICY_KIND, "shop")
    assert owner["uid"] == namespace.get(POLICIES, "shop")["metadata"]["uid"]


def test_another_pace_restarts_nothing(namespace: Namespace, operator: OperatorProcess) -> None:
    _inject_all(namespace)
    namespace.kubectl("patch", POLICIES, "shop", "--type=merge", "--patch", '{"spec": {"rollout": {"maxFailures": 7}}}')
    namespace.reported()
    namespace.wait_for_next_pass()
    assert {name: writes_to(namespace, name) for name in WORKLOADS} == dict.fromkeys(WORKLOADS, 1)


def _revision_label(pod: Object) -> str | None:
    label: str | None = pod["metadata"]["labels"].get(names.REVISION_LABEL)
    return label
