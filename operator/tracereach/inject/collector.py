"""The collector sidecar: its configuration, and its container."""

import json
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from tracereach.api import names
from tracereach.inject.confinement import confinement, no_token_mount, resources
from tracereach.inject.injection import Injection
from tracereach.inject.variables import HEADER_VARIABLE, export_header_variables

PORTS = frozenset({4317, 4318})
"""What the sidecar listens on, on loopback only."""

CONFIG_VARIABLE = "TRACEREACH_COLLECTOR_CONFIG"

SLIM_ATTRIBUTES = (
    "db.name",
    "db.namespace",
    "db.system",
    "db.system.name",
    "http.target",
    "http.user_agent",
    "messaging.destination.name",
    "messaging.system",
    "net.peer.name",
    "net.peer.port",
    "peer.service",
    "rpc.service",
    "rpc.system",
    "server.address",
    "server.port",
    "service.peer.name",
    "url.path",
    "user_agent.original",
)
"""Span attributes that the coverage gateway reads: who was called, and whether it was a health check."""


@cache
def _template() -> Template:
    """The configuration's template. Every value is output as JSON, so no text of a user can become YAML."""
    loader = PackageLoader("tracereach", "templates")
    environment = Environment(
        loader=loader,
        finalize=json.dumps,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # noqa: S701 - YAML, not HTML; `finalize` does what escaping is for
    )
    return environment.get_template("collector.yaml.j2")


def configuration(injection: Injection) -> str:
    """The collector's configuration as YAML."""
    export = injection.revision.spec.export
    catalogue = injection.revision.catalogue
    url = urlsplit(export.endpoint)
    grpc = export.protocol == "grpc"
    return _template().render(
        endpoint=url.netloc if grpc else export.endpoint,
        gateway=catalogue.gateway,
        grpc=grpc,
        headers=[
            {"name": header.name, "value": f"${{env:{HEADER_VARIABLE.format(index=index)}}}"}
            for index, header in enumerate(export.headers)
        ],
        identity=str(injection.workload),
        identity_attribute=names.WORKLOAD_ATTRIBUTE,
        insecure=url.scheme == "http",
        memory_mib=catalogue.collector_memory_mib,
        slim_attributes=list(SLIM_ATTRIBUTES),
    )


def container(injection: Injection, *, guaranteed: bool) -> dict[str, Any]:
    """The sidecar. It has no startup probe: a broken collector must not keep the application from starting."""
    catalogue = injection.revision.catalogue
    sidecar: dict[str, Any] = {
        "name": names.COLLECTOR_CONTAINER,
        "image": catalogue.collector,
        "imagePullPolicy": catalogue.pull_policy,
        "args": [f"--config=env:{CONFIG_VARIABLE}"],
        "env": [
            {"name": CONFIG_VARIABLE, "value": configuration(injection)},
            {"name": "GOMEMLIMIT", "value": f"{catalogue.collector_memory_mib}MiB"},
            *export_header_variables(injection),
        ],
        "resources": resources(catalogue.collector_resources, guaranteed=guaranteed),
        "securityContext": confinement(),
        "volumeMounts": [no_token_mount()],
    }
    if injection.native_sidecars:
        sidecar["restartPolicy"] = "Always"
    return sidecar
