"""Policies as users write them, for the tests of the contract."""

from typing import Any

from tracereach.api import names
from tracereach.api.acceptance import accept
from tracereach.api.catalogue import Catalogue
from tracereach.api.policy import PolicySpec

SELECTOR = {"matchLabels": {"tracing": "enabled"}}
EXPORT = {"endpoint": "http://otel-collector.observability:4317"}
CATALOGUE = Catalogue(
    agents={"java": "registry.example/agent-java:1", "python": "registry.example/agent-python:1"},
    collector="registry.example/collector:1",
    gateway="tracereach-gateway.tracereach-system.svc:4317",
)


def body(**spec: Any) -> dict[str, Any]:
    """A namespaced policy that is accepted, with the fields of `spec` in it."""
    return {
        "apiVersion": names.API_VERSION,
        "kind": names.POLICY_KIND,
        "metadata": {"name": "shop", "namespace": "shop"},
        "spec": {"selector": SELECTOR, "export": EXPORT, **spec},
    }


def spec_with(**spec: Any) -> PolicySpec:
    return accept(body(**spec)).spec
