"""Which pod keeps a restored StatefulSet from going on."""

from typing import Any

import pytest

from tests.unit.rollout.fleet import HEALTHY, NEW, NOW, ROLLING, ago, memory
from tests.unit.rollout.outage import pod
from tracereach.api.pod import Pod
from tracereach.api.reasons import Reason, State
from tracereach.api.workload import Replicas, Workload, WorkloadReference
from tracereach.rollout.subject import Subject
from tracereach.rollout.unblocking import blocking_pod, may_be_blocked


def restored(
    *, kind: str = "StatefulSet", replicas: Replicas = ROLLING, recorded: str = "", **remembered: Any
) -> Subject:
    reference = WorkloadReference("shop", kind, "orders")
    workload = Workload(reference, "uid-orders", "1", labels={}, template=b"{}", replicas=replicas)
    known = memory(State.RESTORING, Reason.OPTED_OUT, attempted_at=ago(60)).model_copy(update=remembered)
    return Subject(workload, None, recorded=recorded, memory=known)


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        pytest.param(restored(), True, id="a while after it was restored"),
        pytest.param(restored(state=State.SKIPPED, reason=Reason.OTHER_AGENT), True, id="restored for an obstacle"),
        pytest.param(restored(kind="Deployment"), False, id="others go on by themselves"),
        pytest.param(restored(replicas=HEALTHY), False, id="all pods are replaced"),
        pytest.param(restored(attempted_at=ago(29)), False, id="a moment after it was restored"),
        pytest.param(restored(attempted_at=ago(4000)), False, id="long after it was restored"),
        pytest.param(restored(attempted_at=None), False, id="never written to"),
        pytest.param(restored(recorded=NEW), False, id="not restored yet"),
        pytest.param(restored(state=State.LATCHED), False, id="taken out by somebody else"),
        pytest.param(restored(state=State.PROGRESSING, revision=NEW), False, id="being injected"),
    ],
)
def test_only_what_we_have_restored_is_looked_at(subject: Subject, *, expected: bool) -> None:
    assert may_be_blocked(subject, NOW) is expected


OLD_READY = pod("orders-0", 60, revision=NEW)
OLD_BROKEN = pod("orders-2", 60, revision=NEW, ready=False)
FRESH = pod("orders-3", 5)


@pytest.mark.parametrize(
    ("pods", "expected"),
    [
        pytest.param([OLD_READY, OLD_BROKEN, FRESH], OLD_BROKEN, id="the broken injected one"),
        pytest.param([pod("orders-10", 60, revision=NEW, ready=False), OLD_BROKEN], OLD_BROKEN, id="in their order"),
        pytest.param([OLD_READY, FRESH], None, id="none is broken"),
        pytest.param([OLD_BROKEN, pod("orders-3", 5, ready=False)], None, id="another starts just now"),
        pytest.param([OLD_BROKEN, pod("orders-3", 5, terminating=True)], None, id="another is going"),
        pytest.param([pod("orders-1", 5, ready=False)], None, id="broken without an injection"),
        pytest.param([], None, id="no pods at all"),
    ],
)
def test_one_broken_pod_goes_at_a_time(pods: list[Pod], expected: Pod | None) -> None:
    assert blocking_pod(pods) == expected
