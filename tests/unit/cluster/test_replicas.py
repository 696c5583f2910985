import pytest

from tracereach.api.workload import Replicas
from tracereach.cluster.replicas import replicas_of


def _partition(partition: int) -> dict[str, object]:
    return {"replicas": 5, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": partition}}}


def _counts(updated: int, ready: int) -> dict[str, int]:
    return {"replicas": 5, "updatedReplicas": updated, "readyReplicas": ready, "availableReplicas": ready}


def test_counts_that_are_left_out_are_zero_and_one_replica_is_the_default() -> None:
    assert replicas_of("Deployment", {}, {}) == Replicas(desired=1, current=0, updated=0, ready=0, available=0)
    assert replicas_of("Deployment", {"replicas": 0}, {}).desired == 0


def test_a_deployment_with_old_pods_left() -> None:
    status = {"replicas": 4, "updatedReplicas": 3, "readyReplicas": 3, "availableReplicas": 2}
    expected = Replicas(desired=3, current=4, updated=3, ready=3, available=2)
    assert replicas_of("Deployment", {"replicas": 3}, status) == expected


@pytest.mark.parametrize(
    ("partition", "updated", "ready", "expected"),
    [
        (0, 5, 5, Replicas(desired=5, current=5, updated=5, ready=5, available=5)),
        (0, 2, 5, Replicas(desired=5, current=5, updated=2, ready=5, available=5)),
        (3, 2, 5, Replicas(desired=2, current=2, updated=2, ready=2, available=2)),
        (3, 2, 4, Replicas(desired=2, current=2, updated=2, ready=1, available=1)),
        (9, 0, 5, Replicas(desired=0, current=0, updated=0, ready=0, available=0)),
    ],
)
def test_pods_that_a_partition_holds_back_take_no_part(
    partition: int, updated: int, ready: int, expected: Replicas
) -> None:
    assert replicas_of("StatefulSet", _partition(partition), _counts(updated, ready)) == expected


def test_a_daemon_set_counts_nodes() -> None:
    status = {
        "desiredNumberScheduled": 3,
        "currentNumberScheduled": 3,
        "updatedNumberScheduled": 2,
        "numberReady": 2,
        "numberAvailable": 1,
    }
    assert replicas_of("DaemonSet", {}, status) == Replicas(desired=3, current=3, updated=2, ready=2, available=1)
