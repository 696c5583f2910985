"""Whether a pod may have a collector beside its application."""

from tracereach.inject.containers import uses_host_network
from tracereach.inject.injection import Injection, PodTemplate


def may_have_sidecar(template: PodTemplate, injection: Injection) -> bool:
    """Whether a collector may go into the pod; on the network of the node its ports would be the node's."""
    return injection.revision.spec.collector.mode == "Sidecar" and not uses_host_network(template)
