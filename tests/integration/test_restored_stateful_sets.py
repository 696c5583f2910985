"""A StatefulSet whose injected pod is broken gets its pods back, though its own controller waits for the broken one."""

import json

from tests.integration.manifests import Object, deployment, policy
from tests.integration.namespace import TRACED_WORKLOADS, Namespace
from tests.integration.operator_process import OperatorProcess
from tests.waiting import wait_for, wait_for_value
from tracereach.api import names

_SERVE = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"
# Not ready before its first second is over, which a broken one never lives to see.
_READY = {"exec": {"command": ["sh", "-c", "true"]}, "initialDelaySeconds": 1, "periodSeconds": 1}
DELETED = "deleted pod till-1"
BREAKS = {"command": ["sh", "-c", f'[ -z "$OTEL_PROPAGATORS" ] || exit 1; {_SERVE}'], "readinessProbe": _READY}


def stateful_set(name: str) -> Object:
    """One that runs well as long as nothing is injected into it."""
    found = deployment(name, replicas=2, container=BREAKS)
    return found | {"kind": "StatefulSet", "spec": found["spec"] | {"serviceName": name}}


def _ready(namespace: Namespace) -> int:
    return int(namespace.get("statefulset", "till")["status"].get("readyReplicas", 0))


def test_the_broken_pod_is_replaced_after_the_template_is_restored(
    namespace: Namespace, operator: OperatorProcess
) -> None:
    namespace.apply(stateful_set("till"))
    wait_for_value(lambda: _ready(namespace), 2, timeout=90)
    original = namespace.get("statefulset", "till")["spec"]["template"]
    namespace.apply(policy())
    # The operator takes it out by itself at the second crash, perhaps before the pod has been looked at here.
    wait_for(
        lambda: json.dumps(namespace.list("pods")),
        lambda pods: "CrashLoopBackOff" in pods or DELETED in operator.log,
        timeout=120,
    )
    namespace.kubectl("label", "statefulset/till", f"{names.INJECT_LABEL}=false")
    wait_for_value(lambda: namespace.get("statefulset", "till")["spec"]["template"], original)
    wait_for_value(lambda: _ready(namespace), 2, timeout=120)
    wait_for_value(lambda: namespace.list(TRACED_WORKLOADS), {}, timeout=60)
    labels = [pod["metadata"]["labels"] for pod in namespace.list("pods").values()]
    assert all(names.REVISION_LABEL not in one for one in labels)
    assert DELETED in operator.log
