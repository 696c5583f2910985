"""Who has moments without any pod while its pods are replaced."""

from typing import Any

import pytest

from tracereach.rollout.downtime import downtime


def rolling(replicas: int | None, **bounds: int | str) -> dict[str, Any]:
    strategy = {"type": "RollingUpdate", "rollingUpdate": bounds}
    return {"strategy": strategy} | ({} if replicas is None else {"replicas": replicas})


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        pytest.param("Deployment", {"strategy": {"type": "Recreate"}, "replicas": 5}, id="recreate"),
        pytest.param("Deployment", {"strategy": {"type": "Recreate"}}, id="recreate, one replica by default"),
        pytest.param("Deployment", rolling(1, maxSurge=0, maxUnavailable=1), id="the only pod goes first"),
        pytest.param("Deployment", rolling(None, maxSurge=0, maxUnavailable="25%"), id="never less than one"),
        pytest.param("Deployment", rolling(4, maxSurge=1, maxUnavailable="100%"), id="all may go"),
        pytest.param("Deployment", rolling(2, maxSurge=1, maxUnavailable=7), id="more than all may go"),
        pytest.param("StatefulSet", {"replicas": 1}, id="single stateful pod"),
        pytest.param("StatefulSet", {}, id="single stateful pod by default"),
    ],
)
def test_these_are_away_for_a_moment(kind: str, spec: dict[str, Any]) -> None:
    assert downtime(kind, spec)


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        pytest.param("Deployment", {}, id="one replica, and by default a second one is started first"),
        pytest.param("Deployment", {"replicas": 3}, id="defaults"),
        pytest.param("Deployment", rolling(3, maxSurge=0, maxUnavailable=1), id="two stay"),
        pytest.param("Deployment", rolling(3, maxSurge=0, maxUnavailable="34%"), id="a percentage is rounded down"),
        pytest.param("Deployment", rolling(1, maxSurge="1%", maxUnavailable=0), id="a surge is rounded up"),
        pytest.param("Deployment", {"strategy": {"type": "Recreate"}, "replicas": 0}, id="nothing to be away"),
        pytest.param("StatefulSet", {"replicas": 3}, id="one after the other"),
        pytest.param("StatefulSet", {"updateStrategy": {"type": "OnDelete"}}, id="somebody else's moment"),
        pytest.param("DaemonSet", {}, id="one node after the other"),
        pytest.param("Deployment", {"replicas": "many", "strategy": None}, id="no number at all"),
    ],
)
def test_these_are_always_there(kind: str, spec: dict[str, Any]) -> None:
    assert downtime(kind, spec) is None


def test_the_message_says_how() -> None:
    assert downtime("Deployment", rolling(4, maxUnavailable=4)) == (
        "its maxUnavailable lets all its 4 pods stop before a new one is ready"
    )
