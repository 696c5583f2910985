"""Who is away for a moment while its pods are replaced. The plan, the operator's events and its status all ask here."""

import re
from collections.abc import Mapping
from typing import Any

_DEFAULT = "25%"
"""Of `maxUnavailable` and `maxSurge`, where a Deployment says nothing."""


def downtime(kind: str, spec: Mapping[str, Any]) -> str | None:
    """Why replacing the pods of a workload leaves moments without any, or None where some are always there.

    `spec` is that of a Deployment, StatefulSet or DaemonSet, from the API server or from a file. Pods of a DaemonSet
    serve their own nodes, one after the other, so there are always some.
    """
    replicas = _count(spec.get("replicas"), default=1)
    if replicas == 0:
        return None
    if kind == "StatefulSet":
        return _of_stateful_set(spec, replicas)
    return _of_deployment(spec, replicas) if kind == "Deployment" else None


def _of_deployment(spec: Mapping[str, Any], replicas: int) -> str | None:
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate":
        return "its strategy is Recreate, so all its pods stop before the first new one starts"
    rolling = strategy.get("rollingUpdate") or {}
    surge = -(-_hundredths(rolling.get("maxSurge"), replicas) // 100)
    unavailable = _hundredths(rolling.get("maxUnavailable"), replicas) // 100
    # Where both come to nothing, the Deployment controller lets one be unavailable, or it would never begin.
    if max(unavailable, not surge) < replicas:
        return None
    pods = "its only pod" if replicas == 1 else f"all its {replicas} pods"
    return f"its maxUnavailable lets {pods} stop before a new one is ready"


def _of_stateful_set(spec: Mapping[str, Any], replicas: int) -> str | None:
    on_delete = (spec.get("updateStrategy") or {}).get("type") == "OnDelete"
    return "it has one replica, which stops before the new one starts" if replicas == 1 and not on_delete else None


def _hundredths(bound: object, replicas: int) -> int:
    """A bound, which is a count or a percentage of `replicas`, in hundredths of a pod: each is rounded its own way."""
    text = str(_DEFAULT if bound is None else bound)
    if percentage := re.fullmatch(r"(\d+)%", text):
        return replicas * int(percentage[1])
    return _count(text, default=0) * 100


def _count(value: object, *, default: int) -> int:
    """A number of pods; a file may hold anything, and what is no number is for the API server to refuse."""
    text = str(default if value is None else value)
    return int(text) if text.isdecimal() else default
