"""Resource attributes: who a service is.

Names and their order of precedence follow the semantic conventions, *Specify resource attributes using Kubernetes
annotations*: an annotation `resource.opentelemetry.io/KEY` wins over the well-known labels, which a policy has to ask
for, and those over what is derived. What the container already says wins over everything.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
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

_NAME_LABELS = ("app.kubernetes.io/instance", "app.kubernetes.io/name")
_VERSION_LABEL = "app.kubernetes.io/version"
_UNESCAPED = "!#$&'()*+-./:<>?@[]^_`{|}~"
"""Allowed in a value of `OTEL_RESOURCE_ATTRIBUTES` as they are (W3C Baggage, *baggage-octet*), `=` aside."""
_PLAIN = re.compile(rf"[A-Za-z0-9{re.escape(_UNESCAPED)}]*")


def downward_variables() -> list[dict[str, Any]]:
    """Those variables, as the API server stores them."""
    return [
        {"name": name, "valueFrom": {"fieldRef": {"apiVersion": "v1", "fieldPath": path}}}
        for name, path in DOWNWARD.items()
    ]


def service_name(template: PodTemplate, injection: Injection) -> str:
    """The `service.name`: the annotation, else a label if the policy asks for labels, else the workload's name."""
    annotated = _metadata(template, "annotations").get(f"{ANNOTATION_PREFIX}service.name")
    return str(annotated or _label(template, injection, *_NAME_LABELS) or injection.workload.name)


def resource_attributes(template: PodTemplate, container: Container, injection: Injection) -> dict[str, str]:
    """Every attribute but `service.name`, by key. `$(…)` in a value is the kubelet's to expand.

    The image's tag is no `service.version`: in a stored template it would outlive the release that changes the image.
    """
    workload = injection.workload
    version = _label(template, injection, _VERSION_LABEL)
    return {
        **injection.revision.spec.resource.attributes,
        "service.namespace": workload.namespace,
        "service.instance.id": f"{workload.namespace}.$({POD_NAME}).{container['name']}",
        **({"service.version": version} if version else {}),
        "k8s.namespace.name": workload.namespace,
        f"k8s.{workload.kind.lower()}.name": workload.name,
        "k8s.container.name": str(container["name"]),
        "k8s.pod.name": f"$({POD_NAME})",
        "k8s.pod.uid": f"$({POD_UID})",
        "k8s.node.name": f"$({NODE_NAME})",
        **{
            key.removeprefix(ANNOTATION_PREFIX): str(value or "")
            for key, value in _metadata(template, "annotations").items()
            if key.startswith(ANNOTATION_PREFIX) and key != f"{ANNOTATION_PREFIX}service.name"
        },
    }


def encode(attributes: Mapping[str, str]) -> str:
    """As the value of `OTEL_RESOURCE_ATTRIBUTES`: sorted, percent-encoded."""
    return ",".join([f"{key}={_encoded(attributes[key])}" for key in sorted(attributes)])


@lru_cache(maxsize=4096)
def _encoded(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else quote(value, safe=_UNESCAPED)


def keys_of(text: str) -> set[str]:
    """The keys in a user's `OTEL_RESOURCE_ATTRIBUTES`."""
    return {pair.split("=", 1)[0].strip() for pair in text.split(",") if "=" in pair}


def _label(template: PodTemplate, injection: Injection, *keys: str) -> str:
    """The first of the labels that the pods have, where the policy allows labels to say who a service is."""
    if not injection.revision.spec.resource.use_labels:
        return ""
    labels = _metadata(template, "labels")
    return next((str(labels[key]) for key in keys if labels.get(key)), "")


def _metadata(template: PodTemplate, field: str) -> Mapping[str, Any]:
    return (template.get("metadata") or {}).get(field) or {}
