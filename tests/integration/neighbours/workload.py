"""An injected Deployment under the hands of others: what it looked like, and what was written to it since."""

from dataclasses import dataclass

from tests.integration.manifests import Object, deployment, with_environment
from tests.integration.namespace import INJECTED, Namespace
from tests.integration.writes import writes_to
from tracereach.inject import merge
from tracereach.inject.containers import environment

AGENT = "-javaagent:/otel-auto-instrumentation-java/javaagent.jar"
GREETING = {"GREETING": "hello"}
MEMORY = {"JAVA_TOOL_OPTIONS": "-Xmx64m"}
B3 = {"OTEL_PROPAGATORS": "b3"}
ELSEWHERE = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://elsewhere:4317"}
GOES_WITH_THE_ENDPOINT = {"OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"}
"""What is left to a user who exports to an endpoint of their own."""


def manifest(name: str, **variables: str) -> Object:
    """A Deployment without replicas, whose one container has a greeting and `variables`."""
    return with_environment(deployment(name), **GREETING, **variables)


@dataclass(frozen=True)
class Workload:
    """A Deployment as it was at one moment."""

    namespace: Namespace
    name: str
    template: Object
    generation: int
    writes: int
    """How often the operator had written it."""

    def released(self, *, times: int = 1) -> None:
        """Assert that it was changed that often since, and not once by the operator."""
        self.namespace.wait_for_next_pass()
        assert self.namespace.generation(self.name) == self.generation + times
        assert writes_to(self.namespace, self.name) == self.writes


def injected(namespace: Namespace, name: str) -> Workload:
    """The Deployment once the operator has injected it."""
    namespace.wait_for_state(name, INJECTED)
    found = namespace.get("deployment", name)
    return Workload(
        namespace, name, found["spec"]["template"], found["metadata"]["generation"], writes_to(namespace, name)
    )


def in_its_pods(template: Object) -> dict[str, str | None]:
    """The variables, with their literal values, that the container gets in each pod: by the template or by a merge."""
    (container,) = merge(template)["spec"]["containers"]
    return {name: entry.get("value") for name, entry in environment(container).items()}
