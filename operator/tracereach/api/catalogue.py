"""The operator's own settings that end up in pods: images of agents and collector, and where the gateway listens.

They come from the Helm values, never from a namespaced policy: an image is code in every selected pod.
"""

from typing import Annotated, Literal

from pydantic import Field

from tracereach.api.schema import Model, Name, Text

AutomaticAgent = Literal["java", "nodejs", "python", "dotnet"]
"""Agents that are inert in a process of another language, so that they can be put in unasked."""

PackagedAgent = Literal[AutomaticAgent, "go"]
"""Agents that come as an image. Go's needs privileges, so only a policy or a pod template that names it gets it."""


class Resources(Model):
    """Requests and limits of an injected container, as Kubernetes quantities."""

    cpu_request: Text
    cpu_limit: Text
    memory_request: Text
    memory_limit: Text


class Catalogue(Model):
    """What may be put into pods."""

    agents: dict[PackagedAgent, Text]
    """Image of each agent, in the community layout: `/javaagent.jar`, or `/autoinstrumentation/`. An agent without one
    is put into no pod."""
    collector: Text
    """Image of the sidecar collector."""
    pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    pull_secrets: Annotated[tuple[Name, ...], Field(max_length=8)] = ()
    """Pull Secrets for these images, by name: every namespace with traced workloads has to have them."""
    gateway: Text
    """Where sidecars send their slim copy of the spans: an OTLP gRPC address, `host:port`."""
    collector_resources: Resources = Resources(
        cpu_request="10m", cpu_limit="200m", memory_request="48Mi", memory_limit="128Mi"
    )
    copy_resources: Resources = Resources(
        cpu_request="10m", cpu_limit="500m", memory_request="32Mi", memory_limit="128Mi"
    )
    """Of the init container that copies an agent where image volumes cannot be mounted."""
    collector_memory_mib: Annotated[int, Field(ge=16)] = 100
    """What the collector may hold before it refuses spans; below `collector_resources.memory_limit`."""
