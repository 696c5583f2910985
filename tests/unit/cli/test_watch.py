"""`tracereach status --watch`: a line or a bar for each rollout, until all have come to rest."""

from typing import Any

import pytest
from rich.console import Console

from tests.unit.cli.api_server import ObjectServer
from tests.unit.cli.conftest import Call
from tracereach.cli.progress import bars, progress_of
from tracereach.cluster.resources import CLUSTER_POLICIES, POLICIES, TRACED_WORKLOADS


def policy(*, progressing: bool, failed: int = 0, reason: str = "RollingOut", **rollout: Any) -> dict[str, Any]:
    known = {"wave": 2, "waves": 4, "begun": 30, "total": 100, "inProgress": 3, "failed": failed, **rollout}
    conditions = [
        {"type": "Progressing", "status": str(progressing), "reason": reason},
        {"type": "Degraded", "status": str(bool(failed))},
    ]
    return {
        "apiVersion": "tracereach.dev/v1alpha1",
        "kind": "TracingPolicy",
        "metadata": {"name": "shop", "namespace": "shop"},
        "status": {"conditions": conditions, "workloads": {"healthy": 27}, "rollout": known},
    }


def line(found: dict[str, Any]) -> str:
    (progress,) = progress_of([found])
    return str(progress)


def test_it_says_the_wave_what_the_others_wait_for_and_how_long_it_takes() -> None:
    found = policy(progressing=True, waiting={"AwaitsWave": 70}, estimatedSeconds=601, failed=1)
    words = "wave 2 of 4, 3 in progress, 70 AwaitsWave, 1 failed, about 11 min left"
    assert line(found) == f"TracingPolicy/shop/shop   27 of 100   {words}"
    assert "canaries, 3 in progress" in line(policy(progressing=True, canary=True))
    assert "about 3 h left" in line(policy(progressing=True, estimatedSeconds=9000))


def test_a_rollout_that_rests_says_why() -> None:
    assert line(policy(progressing=False, reason="Paused", failed=3)).endswith("27 of 100   paused, 3 failed")
    assert line(policy(progressing=False, reason="AwaitsApproval")).endswith("27 of 100   awaits approval")


def test_a_policy_that_is_rolled_back_says_how_many_are_left() -> None:
    found = policy(progressing=True, reason="RolledBack")
    found["status"]["conditions"][0]["message"] = "2 still to be put back; to bring it back: tracereach retry --policy"
    assert line(found).endswith("27 of 100   rolled back, 2 still to be put back")


@pytest.mark.parametrize(
    ("metadata", "status", "words", "is_over"),
    [
        pytest.param({"generation": 1}, {}, "waits for the operator", False, id="new"),
        pytest.param({"generation": 3}, None, "waits for the operator", False, id="edited"),
        pytest.param(
            {"generation": 2, "deletionTimestamp": "2026-11-28T04:00:00Z"},
            None,
            "being deleted: its workloads are put back",
            False,
            id="deleted",
        ),
        pytest.param({"generation": 1}, {"observedGeneration": 1}, "selects no workload", True, id="of nobody"),
        pytest.param(
            {"generation": 1},
            {"observedGeneration": 1, "conditions": [{"type": "Accepted", "status": "False"}]},
            "not accepted",
            True,
            id="refused",
        ),
    ],
)
def test_a_policy_is_not_over_before_the_operator_has_seen_it_as_it_is(
    metadata: dict[str, Any], status: dict[str, Any] | None, words: str, *, is_over: bool
) -> None:
    found = policy(progressing=False, reason="Complete")
    found["status"]["observedGeneration"] = 2
    found["metadata"] |= metadata
    (progress,) = progress_of([found if status is None else found | {"status": status}])
    assert (progress.words, progress.is_over) == (words, is_over)


def test_on_a_terminal_there_is_a_bar() -> None:
    console = Console(force_terminal=True, width=120, record=True)
    console.print(bars(progress_of([policy(progressing=True)])))
    assert "━" in console.export_text()


def test_it_follows_until_the_rollout_is_over(call: Call, server: ObjectServer) -> None:
    looks = iter([policy(progressing=True), policy(progressing=True), policy(progressing=False, reason="Complete")])
    server.put(CLUSTER_POLICIES.collection())
    server.put(TRACED_WORKLOADS.collection())
    server.put(POLICIES.collection())
    path = POLICIES.collection()

    def look() -> None:
        if current[0] == path:
            server.put(path, next(looks))

    current = [""]
    server.on_path = lambda asked: current.__setitem__(0, asked)
    server.on_list = look
    result = call("status", "--watch")
    lines = result.stdout.splitlines()
    assert [line.split("   ")[-1] for line in lines if line] == ["wave 2 of 4, 3 in progress", "complete"]
    assert result.exit_code == 0


def test_without_a_policy_it_says_so(call: Call, server: ObjectServer) -> None:
    for resource in (CLUSTER_POLICIES, POLICIES, TRACED_WORKLOADS):
        server.put(resource.collection())
    result = call("status", "--watch")
    assert (result.exit_code, result.stdout.strip()) == (0, "No policies.")
