"""Which machines a workload's pods may run on, as far as their template tells. The images are built for one kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from tracereach.api.reasons import Reason
from tracereach.inject.injection import PodTemplate, Skipped

_SUPPORTED = {"os": "linux", "arch": "amd64"}
_PREFIXES = ("kubernetes.io/", "beta.kubernetes.io/")
_LABELS = {f"{prefix}{kind}": value for prefix in _PREFIXES for kind, value in _SUPPORTED.items()}
"""Labels of every node, and the value of each that the images of agents and collector are built for."""

_WINDOWS_BUILD = "node.kubernetes.io/windows-build"
"""A label that only Windows nodes have."""


def other_system(template: PodTemplate) -> Skipped | None:
    """Why the template is left alone, where all machines that it asks for are of a kind for which nothing is built.

    One that may run on others beside is injected: most such do on clusters with but one kind of machine. Tolerations
    say where pods may go, not where they have to, and so nothing here.
    """
    spec = template.get("spec") or {}
    system = (spec.get("os") or {}).get("name")
    if system and system != _SUPPORTED["os"]:
        return _unsupported("spec.os.name is", system)
    selector = spec.get("nodeSelector")
    if selector and (other := next(_others_of_selector(selector), None)):
        return _unsupported("spec.nodeSelector asks for", other)
    terms = [next(_others_of_term(term), None) for term in _terms(spec)]
    if terms and all(terms):
        return _unsupported("spec.affinity.nodeAffinity asks for", " or ".join(dict.fromkeys(map(str, terms))))
    return None


def _unsupported(field: str, found: Any) -> Skipped:
    built_for = "/".join(_SUPPORTED.values())
    message = f"{field} {found}; the images of agents and collector are built for {built_for}"
    return Skipped("", Reason.UNSUPPORTED_SYSTEM, message)


def _others_of_selector(selector: Mapping[str, Any]) -> Iterator[str]:
    yield from (str(value) for label, value in selector.items() if value != _LABELS.get(label, value))
    if _WINDOWS_BUILD in selector:
        yield "windows"


def _terms(spec: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The terms of the required node affinity: a node has to meet one of them. An empty one is met by none."""
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    return [term for term in required.get("nodeSelectorTerms") or [] if term]


def _others_of_term(term: Mapping[str, Any]) -> Iterator[str]:
    """What the expressions of a term ask for, where no machine that the images are built for has it."""
    for expression in term.get("matchExpressions") or []:
        label, values = str(expression.get("key")), expression.get("values") or []
        match expression.get("operator"):
            case "In" if label in _LABELS and values and _LABELS[label] not in values:
                yield str(values[0])
            case "NotIn" if label in _LABELS and _LABELS[label] in values:
                yield f"anything but {_LABELS[label]}"
            case "In" | "Exists" if label == _WINDOWS_BUILD:
                yield "windows"
