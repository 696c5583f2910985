"""What the tests of the injection share: policies, a catalogue, and the injection of a workload called `orders`."""

import pytest

from tracereach.api.acceptance import accept
from tracereach.api.catalogue import Catalogue
from tracereach.api.revision import revision_of
from tracereach.api.workload import WorkloadReference
from tracereach.inject import Injection

CATALOGUE = Catalogue.model_validate(
    {
        "agents": {name: f"registry.example/agent-{name}:1" for name in ("dotnet", "go", "java", "nodejs", "python")},
        "collector": "registry.example/collector:1",
        "gateway": "tracereach-gateway.tracereach-system.svc:4317",
    }
)


def make_injection(*, delivery="ImageVolume", native_sidecars=True, privileged=True, **spec):
    policy = accept(
        {
            "apiVersion": "tracereach.dev/v1alpha1",
            "kind": "TracingPolicy",
            "metadata": {"name": "shop", "namespace": "shop"},
            "spec": {
                "selector": {"matchLabels": {"tracing": "enabled"}},
                "export": {"endpoint": "http://otel-collector.observability:4317"},
                **spec,
            },
        }
    )
    return Injection(
        policy=policy.reference,
        revision=revision_of(policy.spec, CATALOGUE),
        workload=WorkloadReference("shop", "Deployment", "orders"),
        delivery=delivery,
        native_sidecars=native_sidecars,
        privileged=privileged,
    )


@pytest.fixture
def injection():
    return make_injection()
