"""One edit of a policy's propagators is two rollouts: first all get both, then the old one goes."""

from tests.unit.controller.passes import Cluster
from tests.unit.controller.shop import SHOP, policies, policy_body, remembered, workload
from tests.unit.inject.conftest import CATALOGUE
from tracereach.api.acceptance import PolicyReference
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.cluster.projections import TracedWorkloadRecord
from tracereach.cluster.resources import DEPLOYMENTS, POLICIES
from tracereach.controller.transition import in_transition

W3C = ("tracecontext", "baggage")
ASKED = policies(policy_body())


def injected(*propagators: str, revision: str = "1111-cafe") -> TracedWorkloadRecord:
    status = TracedWorkloadStatus(
        state=State.HEALTHY, reason=Reason.INJECTED, revision=revision, propagators=propagators
    )
    return remembered(workload(), status)


def test_while_somebody_has_the_old_one_alone_both_are_in_force() -> None:
    found = in_transition(ASKED, [injected("b3")], CATALOGUE)
    assert found.accepted[SHOP].spec.propagation.propagators == (*W3C, "b3")
    assert found.revisions[SHOP].name != ASKED.revisions[SHOP].name
    assert found.bridging == {SHOP: ("b3",)}


def test_when_all_have_both_the_old_one_goes() -> None:
    assert in_transition(ASKED, [injected(*W3C, "b3")], CATALOGUE) == ASKED


def test_what_is_not_injected_any_more_is_not_waited_for() -> None:
    assert in_transition(ASKED, [injected("b3", revision="")], CATALOGUE) == ASKED


def propagators_of(cluster: Cluster, name: str) -> str:
    (app,) = cluster.api.objects[DEPLOYMENTS.item("shop", name)]["spec"]["template"]["spec"]["containers"]
    return str(next(entry["value"] for entry in app["env"] if entry["name"] == "OTEL_PROPAGATORS"))


def ask(cluster: Cluster, reference: PolicyReference, *propagators: str) -> None:
    path = POLICIES.item("shop", reference.name)
    body = cluster.api.objects[path]
    changed = body | {"spec": body["spec"] | {"propagation": {"propagators": list(propagators)}}}
    cluster.api.objects[path] = changed
    cluster.inbox.deliver(reference, changed)


async def test_one_edit_goes_by_way_of_both() -> None:
    cluster = Cluster()
    reference = cluster.policy("orders")
    ask(cluster, reference, "b3")
    cluster.deployment("orders")
    await cluster.look()
    assert propagators_of(cluster, "orders") == "b3"
    ask(cluster, reference, *W3C)
    for _ in range(2):  # announced, then written
        await cluster.look()
    assert propagators_of(cluster, "orders") == "tracecontext,baggage,b3"
    status = cluster.api.objects[POLICIES.item("shop", "orders")]["status"]
    assert any("b3 stays until every workload" in warning for warning in status["warnings"])
    await cluster.look()
    assert propagators_of(cluster, "orders") == "tracecontext,baggage,b3", "its pods are not known to have both yet"
    for _ in range(2):
        await cluster.look()
    assert propagators_of(cluster, "orders") == "tracecontext,baggage"


async def test_a_policy_that_takes_over_brings_its_own_in_one_rollout() -> None:
    cluster = Cluster()
    ask(cluster, cluster.policy("orders"), "b3")
    cluster.deployment("orders")
    await cluster.look()
    ask(cluster, cluster.policy("second", selects="orders", priority=1), "jaeger")
    seen = []
    for _ in range(4):
        await cluster.look()
        seen.append(propagators_of(cluster, "orders"))
    assert seen == ["jaeger"] * 4
