"""What is kept of a pod that is in trouble, and how little of one that is not."""

from datetime import UTC, datetime
from typing import Any

from tracereach.api.pod import ContainerHealth, Pod
from tracereach.cluster.pods import pod_of

OWNER = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "orders", "controller": True}
CREATED = "2026-01-02T12:00:00Z"


def found(*statuses: dict[str, Any], ready: tuple[str, str] = ("False", CREATED), init: Any = ()) -> Pod:
    condition = {"type": "Ready", "status": ready[0], "lastTransitionTime": ready[1]}
    pod = pod_of(
        {
            "metadata": {
                "namespace": "shop",
                "name": "orders-0",
                "uid": "u",
                "creationTimestamp": CREATED,
                "ownerReferences": [OWNER],
            },
            "spec": {"containers": [{"name": "app", "image": "app:1"}], "initContainers": [{"name": "copy"}]},
            "status": {
                "conditions": [condition],
                "containerStatuses": list(statuses),
                "initContainerStatuses": list(init),
            },
        }
    )
    assert pod is not None
    return pod


def test_a_pod_that_runs_or_starts_is_kept_without_its_containers() -> None:
    assert found({"name": "app", "state": {"running": {}}, "ready": True}).containers == ()
    assert found({"name": "app", "state": {"waiting": {"reason": "ContainerCreating"}}}).containers == ()
    done = {"name": "copy", "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}
    assert found(init=[done]).containers == ()


def test_a_container_that_crashed_and_waits_tells_how_it_ended() -> None:
    ended = {"exitCode": 3, "reason": "Error", "message": "no such agent"}
    status = {
        "name": "app",
        "restartCount": 1,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s"}},
        "lastState": {"terminated": ended},
    }
    assert found(status).containers == (
        ContainerHealth(
            name="app",
            image="app:1",
            restarts=1,
            waiting="CrashLoopBackOff",
            waiting_message="back-off 10s",
            ended="Error",
            exit_code=3,
            last_words="no such agent",
            is_down=True,
        ),
    )


def test_one_that_runs_again_is_still_told_of() -> None:
    killed = {"exitCode": 137, "reason": "OOMKilled"}
    (container,) = found(
        {"name": "app", "restartCount": 1, "state": {"running": {}}, "lastState": {"terminated": killed}}
    ).containers
    assert (container.ended, container.is_down) == ("OOMKilled", False)


def test_one_that_has_just_ended_is_down() -> None:
    (container,) = found({"name": "app", "state": {"terminated": {"exitCode": 1, "reason": "Error"}}}).containers
    assert container.is_down


def test_readiness_that_was_lost_is_told_from_one_that_never_was() -> None:
    later = "2026-01-02T12:01:00Z"
    assert found(ready=("False", CREATED)).unready_since is None
    assert found(ready=("True", later)).unready_since is None
    assert found(ready=("False", later)).unready_since == datetime(2026, 1, 2, 12, 1, tzinfo=UTC)
