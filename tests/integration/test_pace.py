"""No more workloads are in progress at once than `spec.rollout.maxConcurrent` allows, as seen by a watch."""

from pathlib import Path

from tests.integration.manifests import deployment, pace, policy
from tests.integration.namespace import HEALTHY, POLICIES, TRACED_WORKLOADS, Namespace
from tests.integration.operator_process import OperatorProcess
from tests.integration.watching import all_injected, being_restored, in_progress, objects, watching
from tests.integration.writes import writes_to
from tests.waiting import wait_for, wait_for_value

WORKLOADS = ("ledger", "orders", "payments", "storefront")


def test_workloads_go_one_after_the_other_and_come_back_so(
    namespace: Namespace, operator: OperatorProcess, tmp_path: Path
) -> None:
    namespace.apply(*(deployment(name, replicas=1) for name in WORKLOADS))
    namespace.kubectl("wait", "deployments", "--all", "--for=condition=Available", "--timeout=90s")
    with watching(namespace, tmp_path / "watch.json", len(WORKLOADS)) as watched:
        namespace.apply(policy(rollout=pace(maxConcurrent=1)))
        for name in WORKLOADS:
            namespace.wait_for_state(name, HEALTHY, timeout=90)
        seen = wait_for(lambda: objects(watched), lambda seen: not in_progress(seen[-1:]) and all_injected(seen))
        at_once = [in_progress(seen[: length + 1]) for length in range(len(seen))]
        assert max(len(workloads) for workloads in at_once) == 1
        assert set().union(*at_once) == set(WORKLOADS)

        namespace.kubectl("delete", POLICIES, "shop", "--timeout=120s")
        wait_for_value(lambda: namespace.list(TRACED_WORKLOADS), {})
        seen = objects(watched)
    at_once = [being_restored(seen[: length + 1]) for length in range(len(seen))]
    assert max(len(workloads) for workloads in at_once) == 1
    assert set().union(*at_once) == set(WORKLOADS)


def test_an_operator_that_is_killed_again_and_again_keeps_the_pace_and_writes_nobody_twice(
    namespace: Namespace, operator: OperatorProcess, tmp_path: Path
) -> None:
    workloads = [f"w{number}" for number in range(8)]
    slots, kills = 2, 4
    namespace.apply(*(deployment(name, replicas=1) for name in workloads))
    namespace.kubectl("wait", "deployments", "--all", "--for=condition=Available", "--timeout=120s")
    with watching(namespace, tmp_path / "watch.json", len(workloads)) as watched:
        rollout = pace(canary=1, waves=["25%", "100%"], maxConcurrent=slots, minHealthySeconds=2, bakeSeconds=2)
        namespace.apply(policy(rollout=rollout))
        for kill in range(kills):
            wait_for(lambda: _injected_by_now(watched), lambda count, least=kill + 1: count >= least, timeout=90)
            operator.kill()
            operator.start()
        for name in workloads:
            namespace.wait_for_state(name, HEALTHY, timeout=120)
        seen = objects(watched)
    assert max(len(in_progress(seen[: length + 1])) for length in range(len(seen))) <= slots
    assert {name: writes_to(namespace, name) for name in workloads} == dict.fromkeys(workloads, 1)


def _injected_by_now(watched: Path) -> int:
    return len({found["metadata"]["name"] for found in objects(watched) if all_injected([found])})
