"""Agents that an init container copies, where nodes cannot mount image volumes: the same trace."""

from tests.shop import steps
from tests.shop.kubernetes import get
from tests.shop.services import Services


def test_agents_copied_by_init_containers_give_the_same_trace(shop: Services) -> None:
    originals = steps.pod_templates()
    steps.apply_policy(delivery="InitContainer")
    steps.wait_until_injected()

    pod = get("deployment", "storefront", "--namespace", steps.NAMESPACE)["spec"]["template"]["spec"]
    assert "tracereach-agent-nodejs" in {container["name"] for container in pod["initContainers"]}
    assert not any("image" in volume for volume in pod["volumes"])

    answer = steps.buy(shop, "11")
    spans = steps.wait_for_trace(shop, answer.trace_id)
    assert answer.body["user_id"] == "11"
    assert {span["trace_id"] for span in spans} == {answer.trace_id}

    steps.delete_policy()
    assert steps.pod_templates() == originals
