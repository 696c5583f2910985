"""Which policy a workload belongs to. The operator and the offline commands both ask here, so they cannot differ."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tracereach.api import names
from tracereach.api.acceptance import Policy
from tracereach.api.policy import LabelRequirement, LabelSelector

Labels = Mapping[str, str]

_NO = frozenset({"0", "disabled", "false", "no", "off"})
"""What opts out as a value. Only "false" is promised; who writes another of them means the same."""


class OptOut(Enum):
    """Where the opt-out, such as `tracereach.dev/inject: "false"`, was found."""

    WORKLOAD = "workload"
    POD_TEMPLATE = "pod template"
    NAMESPACE = "namespace"


@dataclass(frozen=True)
class Match:
    """Who selects a workload: the winner, and those who would have it otherwise, in their order of precedence."""

    winner: Policy | None
    others: tuple[Policy, ...] = ()
    opted_out: OptOut | None = None


def match(
    policies: Iterable[Policy],
    *,
    namespace: str,
    labels: Labels,
    namespace_labels: Labels,
    pods_opt_out: bool,
) -> Match:
    """The policy that a workload with `labels`, in `namespace`, belongs to.

    `pods_opt_out` is what `pod_template_opts_out` says of it. Opt-out comes first; then a namespaced policy
    before a cluster policy, higher priority, older, and by name.
    """
    selecting = sorted((p for p in policies if _selects(p, namespace, labels, namespace_labels)), key=_precedence)
    if selecting and _opts_out(labels):
        return Match(None, tuple(selecting), OptOut.WORKLOAD)
    if selecting and pods_opt_out:
        return Match(None, tuple(selecting), OptOut.POD_TEMPLATE)
    if selecting and _opts_out(namespace_labels):
        return Match(None, tuple(selecting), OptOut.NAMESPACE)
    return Match(selecting[0] if selecting else None, tuple(selecting[1:]))


def pod_template_opts_out(template: Mapping[str, Any]) -> bool:
    """Whether a pod template has the opt-out as a label or an annotation, where other injectors look for theirs."""
    metadata = template.get("metadata") or {}
    return any(_opts_out(metadata.get(field) or {}) for field in ("labels", "annotations"))


def selects(selector: LabelSelector, labels: Labels) -> bool:
    """Whether `selector` selects an object with `labels`, by the rules of Kubernetes."""
    return all(labels.get(key) == value for key, value in selector.match_labels.items()) and all(
        _meets(requirement, labels) for requirement in selector.match_expressions
    )


def _opts_out(labels: Mapping[str, str | None]) -> bool:
    # In any case: templating tools in Python and other languages write "False". In a file a value may be null.
    return (labels.get(names.INJECT_LABEL) or "").lower() in _NO


def _selects(policy: Policy, namespace: str, labels: Labels, namespace_labels: Labels) -> bool:
    if policy.namespace_selector is None:
        in_reach = policy.reference.namespace == namespace
    else:
        in_reach = selects(policy.namespace_selector, namespace_labels)
    return in_reach and selects(policy.spec.selector, labels)


def _precedence(policy: Policy) -> tuple[bool, int, str, str]:
    is_cluster_wide = policy.reference.kind == names.CLUSTER_POLICY_KIND
    return (is_cluster_wide, -policy.spec.priority, policy.created, policy.reference.name)


def _meets(requirement: LabelRequirement, labels: Labels) -> bool:
    match requirement.operator:
        case "In":
            return labels.get(requirement.key) in requirement.values
        case "NotIn":
            return labels.get(requirement.key) not in requirement.values
        case "Exists":
            return requirement.key in labels
        case "DoesNotExist":
            return requirement.key not in labels
