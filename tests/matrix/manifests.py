"""The objects of a case: a namespace, a Deployment and a Service for each service, and the policy."""

from typing import Any

from tests.matrix.case import Case, Service

IMAGE = "localhost/tracereach/hop-{language}:dev"
_RESTRICTED = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
_MEMORY = {"java": "320Mi"}


def namespace_of(case: Case) -> str:
    """Where the case lives. Its name tells people; services in it are called a, b, c, ..."""
    return f"matrix-{case.name}"


def workloads(case: Case) -> list[dict[str, Any]]:
    """The namespace and all services, as their developers would deploy them."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace_of(case)}}
    deployments = [_pod(one, case) if one.outside else _deployment(one, case) for one in case.services]
    services = [_service(name, case) for name in sorted({service.service for service in case.services})]
    return [namespace, *deployments, *services]


def policy(case: Case) -> dict[str, Any]:
    """The policy of the case, quick enough to be watched."""
    spec = {
        "selector": {"matchLabels": {"tracing": "enabled"}},
        "export": {"endpoint": "http://otel-collector.observability:4317"},
        "env": [{"name": "OTEL_BSP_SCHEDULE_DELAY", "value": "500"}],
        "rollout": {
            "canary": 0,
            "waves": ["100%"],
            "maxConcurrent": "100%",
            "minHealthySeconds": 1,
            "bakeSeconds": 0,
            "maxFailures": 10,
        },
        "coverage": {"entrypoints": list(case.entries), "windowSeconds": 120},
    }
    for key, value in case.policy.items():
        spec[key] = {**spec[key], **value} if isinstance(spec.get(key), dict) else value  # type: ignore[dict-item]
    return {
        "apiVersion": "tracereach.dev/v1alpha1",
        "kind": "TracingPolicy",
        "metadata": {"name": "matrix", "namespace": namespace_of(case)},
        "spec": spec,
    }


def _pod(service: Service, case: Case) -> dict[str, Any]:
    template = _deployment(service, case)["spec"]["template"]
    metadata = {**template["metadata"], "name": service.name, "namespace": namespace_of(case)}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}


def _deployment(service: Service, case: Case) -> dict[str, Any]:
    labels = {"app": service.service, "member": service.name}
    traced = {"tracing": "enabled"} if service.traced else {}
    env = {"CALLS": " ".join(_url(call) for call in service.calls), **service.env}
    language = "go" if service.language == "proxy" else service.language
    container = {
        "name": "app",
        "image": IMAGE.format(language=language),
        "imagePullPolicy": "IfNotPresent",
        "env": [{"name": name, "value": str(value)} for name, value in env.items() if value != ""],
        "ports": [{"name": "http", "containerPort": 8080}, {"name": "grpc", "containerPort": 9090}],
        "readinessProbe": {"httpGet": {"path": "/healthz", "port": "http"}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "5m"}, "limits": {"memory": _MEMORY.get(language, "192Mi")}},
        "securityContext": _RESTRICTED,
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": service.name,
            "namespace": namespace_of(case),
            "labels": {**labels, **traced, **service.labels},
        },
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": dict(service.annotations)},
                "spec": {
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "terminationGracePeriodSeconds": 2,
                    "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
                    "containers": [container],
                },
            },
        },
    }


def _service(name: str, case: Case) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace_of(case)},
        "spec": {
            "selector": {"app": name},
            "ports": [
                {"name": what, "port": port, "targetPort": what} for what, port in (("http", 8080), ("grpc", 9090))
            ],
        },
    }


def _url(call: str) -> str:
    if "://" in call:
        return call
    return f"grpc://{call.removeprefix('grpc:')}:9090" if call.startswith("grpc:") else f"http://{call}:8080/"
