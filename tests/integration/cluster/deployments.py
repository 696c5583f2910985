"""Deployments without pods: the API server and the controllers do all they do, and no image is needed."""

from typing import Any


def deployment(name: str, *, environment: dict[str, str] | None = None) -> dict[str, Any]:
    variables = [{"name": key, "value": value} for key, value in (environment or {}).items()]
    container = {"name": "app", "image": "example.invalid/app:1", "env": variables}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
    }
