"""The collector sidecar: its configuration, which is the same for all workloads of a revision, and its container."""

import json
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from tracereach.api import names
from tracereach.api.export import GRPC_PORT, HTTP_PORT
from tracereach.api.revision import Revision
from tracereach.inject.attributes import NODE_NAME, POD_NAME, POD_UID, downward_variables
from tracereach.inject.confinement import confinement, no_token_mount, resources
from tracereach.inject.exporting import HEADER_VARIABLE, export_header_variables
from tracereach.inject.injection import Injection
from tracereach.inject.tls import tls_settings, tls_variables

PORTS = frozenset({GRPC_PORT, HTTP_PORT})
"""What the sidecar listens on, on loopback only."""

CONFIG_VARIABLE = "TRACEREACH_COLLECTOR_CONFIG"
WORKLOAD_VARIABLE = "TRACEREACH_WORKLOAD"
"""Holds the identity that is stamped on every span; names of Kubernetes objects need no escaping there."""

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

_POD_ATTRIBUTES = {
    "k8s.node.name": NODE_NAME,
    "k8s.pod.name": POD_NAME,
    "k8s.pod.uid": POD_UID,
}
"""Resource attributes that a span gets where its application has attributes of its own instead of ours."""


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


@lru_cache(maxsize=256)
def configuration(revision: Revision) -> str:
    """The collector's configuration as YAML. What differs between pods it reads from its environment."""
    export = revision.spec.export
    catalogue = revision.catalogue
    url = urlsplit(export.endpoint)
    grpc = export.protocol == "grpc"
    return _template().render(
        endpoint=url.netloc if grpc else export.endpoint,
        gateway=catalogue.gateway,
        grpc=grpc,
        headers={
            header.name: f"${{env:{HEADER_VARIABLE.format(index=index)}}}"
            for index, header in enumerate(export.headers)
        },
        identity=f"${{env:{WORKLOAD_VARIABLE}}}",
        identity_attribute=names.WORKLOAD_ATTRIBUTE,
        memory_mib=catalogue.collector_memory_mib,
        pod_attributes=[
            f'set(resource.attributes["{key}"], "${{env:{name}}}") where resource.attributes["{key}"] == nil'
            for key, name in _POD_ATTRIBUTES.items()
        ],
        slim_attributes=list(SLIM_ATTRIBUTES),
        tls=({"insecure": url.scheme == "http"} if grpc else {}) | tls_settings(revision),
    )


def container(injection: Injection, *, guaranteed: bool, shared: bool = False) -> dict[str, Any]:
    """The sidecar. It has no startup probe: a broken collector must not keep the application from starting.

    As a native sidecar it is stopped after the application, so it takes what an agent sends as it ends. A plain
    container is stopped at the same time, and the last spans may find it gone.
    """
    revision, catalogue = injection.revision, injection.revision.catalogue
    sidecar: dict[str, Any] = {
        "name": names.COLLECTOR_CONTAINER,
        "image": catalogue.collector,
        "imagePullPolicy": catalogue.pull_policy,
        "args": [f"--config=env:{CONFIG_VARIABLE}"],
        "env": [
            {"name": CONFIG_VARIABLE, "value": configuration(revision)},
            {"name": WORKLOAD_VARIABLE, "value": str(injection.workload)},
            *downward_variables(),
            {"name": "GOMEMLIMIT", "value": f"{catalogue.collector_memory_mib}MiB"},
            # Rounded up to whole cores by the kubelet; without it there is a thread for each core of the node.
            {
                "name": "GOMAXPROCS",
                "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}},
            },
            *export_header_variables(revision),
            *tls_variables(revision),
        ],
        "resources": resources(catalogue.collector_resources, guaranteed=guaranteed, shared=shared),
        "securityContext": confinement(),
        "volumeMounts": [no_token_mount()],
    }
    if injection.native_sidecars:
        sidecar["restartPolicy"] = "Always"
    return sidecar
