"""Whose pods are read: those of few workloads, so that the cost is that of what goes wrong."""

import pytest

from tests.unit.controller.fake_cluster import FakeCluster
from tests.unit.rollout.fleet import HEALTHY, NEW, NOW, OLD, ROLLING, goal, memory, workload
from tests.unit.rollout.trials import CRASHED_ONCE, pod
from tracereach.api.pod import Pod
from tracereach.api.reasons import Reason, State
from tracereach.api.workload import Replicas, Workload
from tracereach.controller import examination
from tracereach.controller.subjects import Case
from tracereach.rollout.subject import Goal, Subject

LONG_HEALTHY = memory(State.HEALTHY, Reason.INJECTED, revision=OLD)


@pytest.mark.parametrize(
    ("replicas", "wanted", "read"),
    [
        pytest.param(ROLLING, goal(NEW), True, id="down, and a newer revision is to be written"),
        pytest.param(ROLLING, goal(OLD), False, id="down, with what its policy wants"),
        pytest.param(ROLLING, None, False, id="down, and nobody wants it any more"),
        pytest.param(HEALTHY, goal(NEW), False, id="up"),
    ],
)
async def test_pods_that_have_proved_themselves_are_read_before_a_newer_revision_alone(
    monkeypatch: pytest.MonkeyPatch, replicas: Replicas, wanted: Goal | None, *, read: bool
) -> None:
    async def pods_of(_api: object, _workload: Workload) -> list[Pod]:
        return [pod(CRASHED_ONCE)]

    monkeypatch.setattr(examination, "pods_of", pods_of)
    case = Case(Subject(workload(replicas=replicas), wanted, recorded=OLD, memory=LONG_HEALTHY))
    (found,) = await examination.examine(FakeCluster(), [case], NOW)
    assert bool(found.subject.pods) is read


async def test_a_pod_that_nobody_thought_of_costs_its_workload_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def pods_of(_api: object, one: Workload) -> list[Pod]:
        if one.reference.name == "odd":
            raise KeyError("creationTimestamp")
        return [pod(CRASHED_ONCE)]

    monkeypatch.setattr(examination, "pods_of", pods_of)
    down = [workload(name, ROLLING) for name in ("odd", "orders")]
    cases = [Case(Subject(one, goal(NEW), recorded=OLD, memory=LONG_HEALTHY)) for one in down]
    odd, orders = await examination.examine(FakeCluster(), cases, NOW)
    assert (odd.subject.pods, len(orders.subject.pods)) == ((), 1)
    assert "shop/Deployment/odd: its pods are not looked at" in caplog.text
