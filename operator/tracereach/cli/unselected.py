"""Why no policy selects a workload, in the words of what was most likely meant.

Who finds a workload unselected has nearly always met one of three things: a policy serves its own namespace, it selects
by the workload's own labels and not by its pods', and a cluster policy needs the labels of the namespace.
"""

from collections.abc import Iterator

from tracereach.api.acceptance import Policy
from tracereach.api.policy import LabelSelector
from tracereach.cli.workloads import ManifestNamespace, ManifestWorkload
from tracereach.rollout.selection import Labels, selects


def why_unselected(workload: ManifestWorkload, policies: tuple[Policy, ...], namespace: ManifestNamespace) -> str:
    """In one line, for a workload in `namespace`."""
    near = [f"{policy.reference} {miss}" for policy in policies for miss in _near_misses(workload, policy, namespace)]
    if near:
        return "; ".join(near)
    wanted = "; ".join(f"{policy.reference} selects {_in_words(policy.spec.selector)}" for policy in policies)
    return f"its labels are {_labels(workload.labels)}, and {wanted}"


def _near_misses(workload: ManifestWorkload, policy: Policy, namespace: ManifestNamespace) -> Iterator[str]:
    """What alone keeps `policy` from selecting `workload`, if it is one thing."""
    own = selects(policy.spec.selector, workload.labels)
    in_pods = selects(policy.spec.selector, workload.pod_labels)
    there = namespace.name
    if policy.namespace_selector is None:
        reaches = policy.reference.namespace == there
        elsewhere = f"serves its own namespace alone, and the workload is in {there}: is --namespace right?"
    else:
        reaches = selects(policy.namespace_selector, namespace.labels)
        wanted = _in_words(policy.namespace_selector)
        unknown = "" if namespace.known else f", whose labels are unknown here: add Namespace {there} to the files"
        elsewhere = f"serves namespaces with {wanted}, and the workload is in {there}{unknown}"
    if own and not reaches:
        yield elsewhere
    if in_pods and not own and reaches:
        yield f"selects {_in_words(policy.spec.selector)}, which its pods have, and metadata.labels of its own lack"


def _in_words(selector: LabelSelector) -> str:
    """As `kubectl get --selector` takes it."""
    labels = (f"{key}={value}" for key, value in selector.match_labels.items())
    expressions = (
        " ".join((one.key, one.operator, *(["(" + ", ".join(one.values) + ")"] if one.values else [])))
        for one in selector.match_expressions
    )
    return ",".join((*labels, *expressions))


def _labels(labels: Labels) -> str:
    return ", ".join(f"{key}={value}" for key, value in labels.items()) or "none"
