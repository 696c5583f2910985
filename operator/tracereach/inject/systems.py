"""Which machines a workload's pods may run on, as far as their template tells. The agents are built for one kind."""

from collections.abc import Iterator
from typing import Any

from tracereach.api.reasons import Reason
from tracereach.inject.injection import PodTemplate, Skipped

_SUPPORTED = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
"""Labels of every node, and the value of each that the agents are built for."""


def other_system(template: PodTemplate) -> Skipped | None:
    """Why the template is left alone, where it asks for machines on which no agent would start.

    One that names none, or that names others beside, is injected: most do so on clusters with but one kind of machine.
    """
    spec = template.get("spec") or {}
    system = (spec.get("os") or {}).get("name")
    if system and system != _SUPPORTED["kubernetes.io/os"]:
        return _unsupported(system, "kubernetes.io/os")
    for label, supported in _SUPPORTED.items():
        if other := _other_value(spec, label, supported):
            return _unsupported(other, label)
    return None


def _unsupported(found: str, label: str) -> Skipped:
    message = f"its pods run on {found}; the agents are built for {_SUPPORTED[label]}"
    return Skipped("", Reason.UNSUPPORTED_SYSTEM, message)


def _other_value(spec: dict[str, Any], label: str, supported: str) -> str | None:
    """The value of `label` that a node must have for the pods, where that cannot be `supported`."""
    if selected := (spec.get("nodeSelector") or {}).get(label):
        return None if selected == supported else str(selected)
    for expression in _required(spec):
        values = expression.get("values") or []
        match expression.get("key"), expression.get("operator"):
            case (key, "In") if key == label and values and supported not in values:
                return str(values[0])
            case (key, "NotIn") if key == label and supported in values:
                return f"anything but {supported}"
    return None


def _required(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every expression of the required node affinity. A node needs to meet those of one term only."""
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or []:
        yield from term.get("matchExpressions") or []
