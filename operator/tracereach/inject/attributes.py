"""Resource attributes: who a service is.

Names and their order of precedence follow the semantic conventions, *Kubernetes attributes*: an annotation
`resource.opentelemetry.io/KEY` wins over what is derived, and what the container already says wins over everything.
"""

from typing import Any
from urllib.parse import quote

from tracereach.inject.containers import Container
from tracereach.inject.injection import Injection, PodTemplate

ANNOTATION_PREFIX = "resource.opentelemetry.io/"
POD_NAME = "TRACEREACH_POD_NAME"
POD_UID = "TRACEREACH_POD_UID"
NODE_NAME = "TRACEREACH_NODE_NAME"
DOWNWARD = {POD_NAME: "metadata.name", POD_UID: "metadata.uid", NODE_NAME: "spec.nodeName"}
"""Variables that the kubelet fills in for each pod, and the pod's field each one holds."""

_UNESCAPED = "!#$&'()*+-./:<>?@[]^_`{|}~"
"""Allowed in a value of `OTEL_RESOURCE_ATTRIBUTES` as they are (W3C Baggage, *baggage-octet*), `=` aside."""


def downward_variables() -> list[dict[str, Any]]:
    """The entries of `env` for `DOWNWARD`, as the API server stores them."""
    return [
        {"name": name, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}}
        for name, path in DOWNWARD.items()
    ]


def service_name(template: PodTemplate, injection: Injection) -> str:
    """The `service.name`: the annotation, else the workload's name."""
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    return str(annotations.get(f"{ANNOTATION_PREFIX}service.name") or injection.workload.name)


def resource_attributes(template: PodTemplate, container: Container, injection: Injection) -> dict[str, str]:
    """Every attribute but `service.name`, by key. `$(…)` in a value is the kubelet's to expand."""
    workload = injection.workload
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    return {
        **injection.revision.spec.resource.attributes,
        "service.namespace": workload.namespace,
        "service.instance.id": f"{workload.namespace}.$({POD_NAME}).{container['name']}",
        "k8s.namespace.name": workload.namespace,
        f"k8s.{workload.kind.lower()}.name": workload.name,
        "k8s.container.name": str(container["name"]),
        "k8s.pod.name": f"$({POD_NAME})",
        "k8s.pod.uid": f"$({POD_UID})",
        "k8s.node.name": f"$({NODE_NAME})",
        **{
            key.removeprefix(ANNOTATION_PREFIX): str(value or "")
            for key, value in annotations.items()
            if key.startswith(ANNOTATION_PREFIX) and key != f"{ANNOTATION_PREFIX}service.name"
        },
    }


def encode(attributes: dict[str, str]) -> str:
    """As the value of `OTEL_RESOURCE_ATTRIBUTES`: sorted, percent-encoded."""
    return ",".join(f"{key}={quote(value, safe=_UNESCAPED)}" for key, value in sorted(attributes.items()))


def keys_of(text: str) -> set[str]:
    """The keys in a user's `OTEL_RESOURCE_ATTRIBUTES`."""
    return {pair.split("=", 1)[0].strip() for pair in text.split(",") if "=" in pair}


def merge(user: str, ours: dict[str, str]) -> str:
    """The user's attributes, and those of ours whose keys the user does not set."""
    added = {key: value for key, value in ours.items() if key not in keys_of(user)}
    return f"{user.rstrip(', ')},{encode(added)}" if added else user
