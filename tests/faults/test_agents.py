"""An agent that harms its application: only the canary is hit, it is put back by itself, and everybody says why."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.integration.manifests import Object, deployment, pace, policy
from tests.integration.namespace import POLICIES, Namespace, condition
from tests.integration.operator_process import OperatorProcess
from tests.waiting import wait_for

BROKEN = "localhost/tracereach/agent-broken:dev"
MISSING = "localhost/tracereach/no-such-image:dev"
APPLICATIONS = {"java": "payments", "nodejs": "storefront", "python": "orders"}
"""An application of the demo for each agent; each is ready without any other."""
SECONDS_TO_HEAL = 60
EXPORT = {"endpoint": "http://otel-collector.observability:4318", "protocol": "http/protobuf"}
PACE = pace(canary=1, bakeSeconds=5, maxFailures=9)
DEADLINE_SECONDS = 40


@pytest.fixture
def operator(no_other_operator: None, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[OperatorProcess]:
    """The operator, with one image for every agent."""
    process = OperatorProcess(tmp_path, agents=dict.fromkeys(APPLICATIONS, request.param))
    process.start()
    try:
        yield process
        process.stop()
    finally:
        process.kill()


def application(agent: str, name: str, fault: str) -> Object:
    container = {
        "image": f"localhost/tracereach/demo-{APPLICATIONS[agent]}:dev",
        "command": None,
        "env": [{"name": "AGENT_FAULT", "value": fault}],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "20m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
    }
    pod = {"terminationGracePeriodSeconds": 1}
    return deployment(name, replicas=1, annotations={"tracereach.dev/agents": agent}, container=container, pod=pod)


@pytest.mark.parametrize(
    ("operator", "fault", "reason"),
    [
        pytest.param(BROKEN, "crash", "Crashed", id="crashes at its start"),
        pytest.param(BROKEN, "hang", "DeadlineExceeded", id="is never ready"),
        pytest.param(BROKEN, "greed", "OutOfMemory", id="takes too much memory"),
        pytest.param(MISSING, "none", "ImageUnavailable", id="has an image that is not there"),
    ],
    indirect=["operator"],
)
def test_only_the_canary_is_hit_and_it_is_healthy_again_at_once(
    operator: OperatorProcess, namespace: Namespace, fault: str, reason: str
) -> None:
    canaries = {agent: f"a-{agent}" for agent in APPLICATIONS}
    others = {agent: f"b-{agent}" for agent in APPLICATIONS}
    names = [*canaries.values(), *others.values()]
    namespace.apply(
        *(application(agent, name, fault) for chosen in (canaries, others) for agent, name in chosen.items())
    )
    namespace.kubectl("wait", "deployments", "--all", "--for=condition=Available", "--timeout=180s")
    before = {name: json.dumps(namespace.template(name)) for name in names}

    deadline = {"progressDeadlineSeconds": DEADLINE_SECONDS} if reason == "DeadlineExceeded" else {}
    namespace.apply(policy(agents=["Auto"], export=EXPORT, rollout=PACE | deadline))
    seconds = {}
    for agent, name in canaries.items():
        namespace.wait_for_state(name, f"RolledBack/{reason}", timeout=300)
        failure = namespace.traced(name)["failure"]
        assert failure["agents"] == [agent]
        seconds[agent] = _seconds_to_heal(namespace, name, failure)
        assert json.dumps(namespace.template(name)) == before[name]
        assert namespace.generation(name) == 3, "injected once and put back once"
    print(f"seconds from the verdict to healthy pods: {seconds}")
    assert max(seconds.values()) <= SECONDS_TO_HEAL

    for agent, name in others.items():
        namespace.wait_for_state(name, "Waiting/CanaryFailed")
        assert namespace.traced(name)["message"] == f"agent {agent} failed on {namespace.name}/Deployment/a-{agent}"
        assert namespace.generation(name) == 1
    found = wait_for(lambda: namespace.get(POLICIES, "shop"), lambda found: len(_failures(found)) == len(canaries))
    assert {one["reason"] for one in _failures(found)} == {reason}
    assert "tracereach retry" in condition(found, "Degraded")["message"]


def _failures(found: Object) -> list[Object]:
    failures: list[Object] = found["status"].get("failures", [])
    return failures


def _seconds_to_heal(namespace: Namespace, name: str, failure: Object) -> float:
    """From the verdict until the Deployment had all its pods from the user's template again."""
    found = namespace.get("deployment", name)
    complete = datetime.fromisoformat(condition(found, "Progressing")["lastUpdateTime"])
    return (complete - datetime.fromisoformat(failure["at"])).total_seconds()
