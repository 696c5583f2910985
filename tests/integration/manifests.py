"""The Deployments and policies that the tests apply."""

from typing import Any

from tracereach.api import names

Object = dict[str, Any]

_IMAGE = "localhost/tracereach/agent-java:dev"  # a small one with a shell that every cluster of the testbed has
_SERVE = "trap 'exit 0' TERM; while :; do sleep 1 & wait $!; done"
SELECTED = {"tracing": "enabled"}
"""Labels of workloads that the policies select."""
REFUSED_BY_THE_OPERATOR = {"attributes": {"key-" * 300: "too long a key, which no schema of the API server bounds"}}
"""Of `spec.resource`: what the API server lets pass, so that the operator is the one to refuse it."""


def deployment(
    name: str,
    *,
    replicas: int = 0,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    container: Object | None = None,
    pod: Object | None = None,
) -> Object:
    """A selected Deployment; without replicas it needs no image, and has rolled out as soon as it is written.

    `annotations` are the pod template's; `container` and `pod` are further fields of its one container and of its pods.
    """
    app = {"name": "app", "image": _IMAGE, "command": ["sh", "-c", _SERVE]} | (container or {})
    metadata: Object = {"labels": {"app": name}} | ({"annotations": annotations} if annotations else {})
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": SELECTED | (labels or {})},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": metadata, "spec": {"containers": [app]} | (pod or {})},
        },
    }


def with_environment(manifest: Object, **variables: str) -> Object:
    """`manifest` with its container's environment as given."""
    entries = [{"name": name, "value": value} for name, value in variables.items()]
    template = manifest["spec"]["template"]
    (app,) = template["spec"]["containers"]
    spec = template["spec"] | {"containers": [app | {"env": entries}]}
    return manifest | {"spec": manifest["spec"] | {"template": template | {"spec": spec}}}


def policy(name: str = "shop", **fields: Any) -> Object:
    """A TracingPolicy that needs no image and lets everything go at once; `fields` replace those of its spec."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.POLICY_KIND,
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": SELECTED},
            "agents": ["sdk"],
            "collector": {"mode": "Direct"},
            "export": {"endpoint": "http://otel-collector.observability:4317"},
            "rollout": pace(),
        }
        | fields,
    }


def cluster_policy(name: str, *, namespace: str, **fields: Any) -> Object:
    """The same as a ClusterTracingPolicy that selects one namespace."""
    selector = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    return policy(name, **{"namespaceSelector": selector} | fields) | {"kind": names.CLUSTER_POLICY_KIND}


def pace(**fields: Any) -> Object:
    """`spec.rollout` without any waiting; `fields` are added."""
    return {
        "canary": 0,
        "waves": ["100%"],
        "maxConcurrent": "100%",
        "minHealthySeconds": 0,
        "bakeSeconds": 0,
    } | fields
