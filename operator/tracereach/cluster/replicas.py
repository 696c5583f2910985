"""The progress of a rollout in one form for all three kinds, so that one rule can judge them.

The rule is the one of `kubectl rollout status`. Counts that the API server leaves out are zero.
"""

from tracereach.api.workload import Replicas
from tracereach.cluster.resources import Object


def replicas_of(kind: str, spec: Object, status: Object) -> Replicas:
    """Of a Deployment, StatefulSet or DaemonSet, from its specification and its status."""
    return _BY_KIND[kind](spec, status)


def _of_deployment(spec: Object, status: Object) -> Replicas:
    return Replicas(
        desired=spec.get("replicas", 1),
        current=status.get("replicas", 0),
        updated=status.get("updatedReplicas", 0),
        ready=status.get("readyReplicas", 0),
        available=status.get("availableReplicas", 0),
    )


def _of_stateful_set(spec: Object, status: Object) -> Replicas:
    """Pods below the partition keep the old template on purpose. They take no part in the rollout, and so are taken off
    every count; taken off the available ones too, a held pod that is down still makes the whole look unavailable,
    as kubectl has it.
    """
    desired = spec.get("replicas", 1)
    partition = ((spec.get("updateStrategy") or {}).get("rollingUpdate") or {}).get("partition") or 0
    held = min(partition, desired)
    return Replicas(
        desired=desired - held,
        current=max(0, status.get("replicas", 0) - held),
        updated=status.get("updatedReplicas", 0),
        ready=max(0, status.get("readyReplicas", 0) - held),
        available=max(0, status.get("availableReplicas", 0) - held),
    )


def _of_daemon_set(_spec: Object, status: Object) -> Replicas:
    """The specification has no count: it is one pod for each node that it is meant for."""
    return Replicas(
        desired=status.get("desiredNumberScheduled", 0),
        current=status.get("currentNumberScheduled", 0),
        updated=status.get("updatedNumberScheduled", 0),
        ready=status.get("numberReady", 0),
        available=status.get("numberAvailable", 0),
    )


_BY_KIND = {"Deployment": _of_deployment, "StatefulSet": _of_stateful_set, "DaemonSet": _of_daemon_set}
