"""A workload that the injection hurts is put back by itself, with whatever its user has released meanwhile."""

import json
import subprocess
import sys
from typing import Any

from tests.integration.manifests import Object, deployment, pace, policy, with_environment
from tests.integration.namespace import HEALTHY, INJECTED, POLICIES, TRACED_WORKLOADS, Namespace, condition
from tests.integration.operator_process import OperatorProcess
from tests.waiting import wait_for, wait_for_value
from tracereach.api import names

SERVE = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"
MISSING = "localhost/tracereach/no-such-image:dev"
CRASHED = "RolledBack/Crashed"
WATCHFUL = pace(minHealthySeconds=10)
"""Without a probe a pod is ready as soon as it runs, so it takes a while to see that it does not stay so."""
OWN_RELEASE = "Waiting/OwnReleaseFails"


def hurt(name: str, *, after: int = 0, **environment: str) -> Object:
    """A Deployment that ends by an error some seconds after it finds itself injected."""
    script = f'if [ -n "$OTEL_TRACES_EXPORTER" ]; then sleep {after}; echo traced >&2; exit 7; fi; {SERVE}'
    return with_environment(_running(name, script), **environment)


def sound(name: str, **fields: Any) -> Object:
    """A Deployment that does not mind."""
    return _running(name, SERVE, **fields)


def _running(name: str, script: str, **fields: Any) -> Object:
    container = {"command": ["sh", "-c", script], "terminationMessagePolicy": "FallbackToLogsOnError"} | fields
    return deployment(name, replicas=1, container=container, pod={"terminationGracePeriodSeconds": 1})


def _applied(namespace: Namespace, *manifests: Object) -> dict[str, str]:
    """Apply Deployments, wait until they run, and give their templates."""
    namespace.apply(*manifests)
    namespace.kubectl("wait", "deployments", "--all", "--for=condition=Available", "--timeout=90s")
    return {one["metadata"]["name"]: json.dumps(namespace.template(one["metadata"]["name"])) for one in manifests}


def test_it_is_put_back_with_the_evidence_and_not_tried_again(namespace: Namespace, operator: OperatorProcess) -> None:
    before = _applied(namespace, hurt("orders"))
    namespace.apply(policy(rollout=WATCHFUL))
    namespace.wait_for_state("orders", CRASHED, timeout=90)
    assert json.dumps(namespace.template("orders")) == before["orders"]
    failure = namespace.traced("orders")["failure"]
    assert (failure["container"], failure["exitCode"], failure["message"].strip()) == ("app", 7, "traced")
    assert failure["log"] == ["traced"]
    wait_for_value(namespace.news, ["WaveBegun", "Crashed", "RolloutComplete"])
    operator.restart()
    namespace.wait_for_next_pass()
    assert (namespace.state("orders"), namespace.generation("orders")) == (CRASHED, 3)
    assert namespace.news().count("Crashed") == 1


def test_neither_a_replace_nor_a_deletion_brings_the_revision_back(
    namespace: Namespace, operator: OperatorProcess
) -> None:
    _applied(namespace, hurt("orders"))
    namespace.apply(policy(rollout=WATCHFUL))
    namespace.wait_for_state("orders", CRASHED, timeout=90)
    namespace.kubectl("replace", "-f", "-", stdin=json.dumps(hurt("orders", VERSION="2")))
    namespace.wait_for_next_pass()
    assert (namespace.state("orders"), namespace.record("orders")) == (CRASHED, {})

    namespace.kubectl("delete", "deployment", "orders", "--wait")
    namespace.wait_for_next_pass()
    namespace.apply(hurt("orders", VERSION="3"))
    namespace.wait_for_next_pass()
    assert (namespace.state("orders"), namespace.record("orders")) == (CRASHED, {})
    assert namespace.generation("orders") == 1


def test_what_is_latched_on_a_workload_that_is_gone_goes_with_its_policy(
    namespace: Namespace, operator: OperatorProcess
) -> None:
    _applied(namespace, hurt("orders"), sound("payments"))
    namespace.apply(policy(rollout=WATCHFUL))
    namespace.wait_for_state("orders", CRASHED, timeout=90)
    namespace.wait_for_state("payments", HEALTHY)
    namespace.kubectl("delete", "deployment", "orders", "payments", "--wait")
    wait_for(lambda: namespace.list(TRACED_WORKLOADS), lambda known: set(known) == {"deployment-orders"})
    namespace.kubectl("delete", "tracingpolicies.tracereach.dev", "shop", "--timeout=60s")
    wait_for(lambda: namespace.list(TRACED_WORKLOADS), lambda known: not known)


def test_a_release_between_the_injection_and_the_crash_is_what_stays(
    namespace: Namespace, operator: OperatorProcess
) -> None:
    _applied(namespace, hurt("orders", after=6))
    namespace.apply(policy(rollout=WATCHFUL))
    wait_for(lambda: namespace.record("orders"), bool)
    released = hurt("orders", after=6, VERSION="2")
    namespace.apply(released)
    namespace.wait_for_state("orders", CRASHED, timeout=120)

    namespace.apply(policy(rollout=WATCHFUL | {"paused": True}))
    namespace.reported()
    twin = json.loads(json.dumps(released))
    twin["metadata"]["name"] = "twin"
    namespace.apply(twin)
    assert namespace.template("orders") == namespace.template("twin")


def test_a_release_whose_image_is_missing_is_the_user_s_matter_and_holds_nobody_up(
    namespace: Namespace, operator: OperatorProcess
) -> None:
    """The pods of the injection take a while to be ready, so that the release falls into the middle of it."""
    slow = {"exec": {"command": ["sh", "-c", ":"]}, "initialDelaySeconds": 8, "periodSeconds": 1}
    _applied(namespace, sound("orders", readinessProbe=slow), sound("payments"))
    namespace.apply(policy(rollout=pace(maxConcurrent=1)))
    wait_for(lambda: namespace.record("orders"), bool)
    namespace.kubectl("set", "image", "deployment/orders", f"app={MISSING}")
    namespace.wait_for_state("orders", OWN_RELEASE, timeout=60)
    namespace.wait_for_state("payments", HEALTHY, timeout=60)
    (app,) = namespace.template("orders")["spec"]["containers"]
    assert app["image"] == MISSING
    assert namespace.record("orders"), "the injection stays"

    namespace.apply(sound("orders", readinessProbe=slow))
    namespace.wait_for_state("orders", HEALTHY, timeout=60)


def test_a_good_release_in_the_middle_of_it_stays_and_so_does_the_injection(
    namespace: Namespace, operator: OperatorProcess
) -> None:
    _applied(namespace, sound("orders"))
    namespace.apply(policy(rollout=pace(minHealthySeconds=10)))
    wait_for(lambda: namespace.record("orders"), bool)
    namespace.apply(with_environment(sound("orders"), VERSION="2"))
    namespace.wait_for_state("orders", HEALTHY, timeout=60)
    assert namespace.environment("orders")["VERSION"]["value"] == "2"
    assert namespace.record("orders")


def test_a_crash_of_a_release_after_the_injection_was_healthy_puts_nothing_back(
    namespace: Namespace, operator: OperatorProcess
) -> None:
    _applied(namespace, sound("orders"))
    namespace.apply(policy(rollout=pace(bakeSeconds=300)))
    namespace.wait_for_state("orders", HEALTHY, timeout=60)
    namespace.apply(_running("orders", "exit 9"))
    namespace.wait_for_state("orders", OWN_RELEASE, timeout=90)
    assert namespace.record("orders")


def test_a_rollback_that_does_not_help_is_reported_as_that(namespace: Namespace, operator: OperatorProcess) -> None:
    _applied(namespace, sound("orders"))
    strategy = {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}
    namespace.kubectl("patch", "deployment", "orders", "--patch", json.dumps(strategy))
    namespace.apply(policy(rollout=pace(minHealthySeconds=30)))
    wait_for(lambda: namespace.record("orders"), bool)
    namespace.apply(_running("orders", "exit 9"))
    wait_for(lambda: namespace.state("orders"), lambda state: state.startswith("RollingBack"), timeout=90)
    wait_for(lambda: namespace.record("orders"), lambda record: not record)
    assert namespace.state("orders") == "RollingBack/Crashed", "its pods are waited for"


def test_somebody_who_asks_gets_another_try_and_somebody_who_asks_a_rollback(
    namespace: Namespace, operator: OperatorProcess
) -> None:
    _applied(namespace, sound("orders"))
    namespace.apply(policy())
    namespace.wait_for_state("orders", HEALTHY, timeout=60)
    _annotate(namespace, names.ROLLBACK_ANNOTATION, "1")
    namespace.wait_for_state("orders", "RolledBack/RollbackRequested", timeout=60)
    assert namespace.record("orders") == {}
    _annotate(namespace, names.RETRY_ANNOTATION, "1")
    namespace.wait_for_state("orders", HEALTHY, timeout=60)
    assert namespace.record("orders")


def test_a_whole_policy_is_put_back_and_begins_nothing_until_it_is_tried_again(
    namespace: Namespace, operator: OperatorProcess
) -> None:
    namespace.apply(deployment("orders"), policy())
    namespace.wait_for_state("orders", INJECTED)
    _call("rollback", "--policy", "shop", "-n", namespace.name)
    namespace.apply(deployment("payments"))
    for name in ("orders", "payments"):
        namespace.wait_for_state(name, "Latched/PolicyRolledBack")
        assert namespace.record(name) == {}
    _wait_until_progressing_is(namespace, "RolledBack")
    _call("retry", "--policy", "shop", "-n", namespace.name)
    for name in ("orders", "payments"):
        namespace.wait_for_state(name, INJECTED)
    wait_for(namespace.news, lambda news: {"RolledBack", "Resumed"} <= set(news))


def _call(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "tracereach", *arguments], check=True)


def test_a_paused_policy_begins_nothing_until_it_is_resumed(namespace: Namespace, operator: OperatorProcess) -> None:
    paused = policy()
    paused["metadata"]["annotations"] = {names.PAUSE_ANNOTATION: "true"}
    namespace.apply(paused, deployment("orders"))
    namespace.wait_for_state("orders", "Waiting/Paused")
    _wait_until_progressing_is(namespace, "Paused")
    namespace.kubectl("annotate", "tracingpolicies.tracereach.dev", "shop", f"{names.PAUSE_ANNOTATION}-")
    namespace.wait_for_state("orders", "Waiting/ScaledToZero")
    wait_for(namespace.news, lambda news: news[:2] == ["Paused", "Resumed"])


def test_more_new_workloads_than_allowed_wait_for_approval(namespace: Namespace, operator: OperatorProcess) -> None:
    namespace.apply(deployment("orders"), deployment("payments"))
    namespace.apply(policy(rollout=pace(maxNewTargets=1)))
    namespace.wait_for_state("orders", "Waiting/AwaitsApproval")
    assert f"{names.APPROVAL_ANNOTATION}=2" in namespace.traced("orders")["message"]
    _wait_until_progressing_is(namespace, "AwaitsApproval")
    namespace.kubectl("annotate", "tracingpolicies.tracereach.dev", "shop", f"{names.APPROVAL_ANNOTATION}=2")
    namespace.wait_for_state("orders", "Waiting/ScaledToZero")
    namespace.wait_for_state("payments", "Waiting/ScaledToZero")
    wait_for_value(namespace.news, ["AwaitsApproval", "WaveBegun", "RolloutComplete"])


def _wait_until_progressing_is(namespace: Namespace, reason: str) -> None:
    """Policies are reported on once a second; what is over before that is no news."""
    wait_for_value(lambda: condition(namespace.get(POLICIES, "shop"), "Progressing").get("reason"), reason)


def _annotate(namespace: Namespace, key: str, value: str) -> None:
    namespace.kubectl("annotate", TRACED_WORKLOADS, "deployment-orders", f"{key}={value}", "--overwrite")
