"""Containers that well-known systems put beside an application. They are not the application, and get no agent.

A sidecar is known by its container's name or by its image's repository. Names are in the table only where nobody would
give them to an application: `order-exporter` is as good a name for one as `redis-exporter` is for a sidecar.
"""

import re
from dataclasses import dataclass
from functools import cache

from tracereach.inject.containers import Container
from tracereach.inject.image_reference import image_of


@dataclass(frozen=True)
class _Sidecar:
    """How one system's containers are called."""

    what: str
    names: frozenset[str] = frozenset()
    images: str = ""
    """A regular expression for the end of the image's repository."""


def _sidecar(what: str, names: str, images: str) -> _Sidecar:
    return _Sidecar(what, frozenset(names.split()), images)


_COLLECTOR = "an OpenTelemetry Collector"

_SIDECARS = (
    _sidecar("the Istio proxy", "istio-proxy", "proxyv2"),
    _sidecar("the Linkerd proxy", "linkerd-proxy linkerd2-proxy", "linkerd/proxy"),
    _sidecar("Envoy", "envoy envoy-proxy envoy-sidecar", "envoyproxy/envoy(-[a-z]+)?|aws-appmesh-envoy"),
    _sidecar("the Kuma data plane", "kuma-sidecar", "kuma-dp"),
    _sidecar("Consul", "consul-dataplane consul-connect-envoy-sidecar", "consul-dataplane|consul-k8s(-control-plane)?"),
    _sidecar("Dapr", "daprd", "daprio/daprd?|daprd"),
    _sidecar("the Cloud SQL proxy", "cloud-sql-proxy cloudsql-proxy", "cloud-sql-proxy|cloudsql-docker/gce-proxy"),
    _sidecar("the AlloyDB proxy", "alloydb-auth-proxy", "alloydb-auth-proxy"),
    _sidecar("a Vault agent", "vault-agent", "hashicorp/vault(-k8s)?"),
    _sidecar("an OAuth2 proxy", "oauth2-proxy oauth-proxy", "oauth2-proxy|(origin|ose)-oauth-proxy"),
    _sidecar("kube-rbac-proxy", "kube-rbac-proxy", "kube-rbac-proxy"),
    _sidecar("PgBouncer", "pgbouncer", "pgbouncer"),
    _sidecar(_COLLECTOR, "otc-container", r"opentelemetry-collector[\w-]*|aws-otel-collector|splunk-otel-collector"),
    _sidecar("the Jaeger agent", "jaeger-agent", "jaegertracing/jaeger-agent"),
    _sidecar("the X-Ray daemon", "xray-daemon", "aws-xray-daemon"),
    _sidecar("the CloudWatch agent", "cloudwatch-agent", "cloudwatch-agent"),
    _sidecar("the Datadog agent", "datadog-agent", "datadog/agent|datadoghq/agent"),
    _sidecar("Telegraf", "telegraf", "telegraf"),
    _sidecar("Grafana's agent", "grafana-agent", "grafana/(agent|alloy)"),
    _sidecar("Vector", "", "timberio/vector"),
    _sidecar("a log shipper", "filebeat fluent-bit fluentbit fluentd promtail", "filebeat|fluent-?(bit|d)|promtail"),
    _sidecar("git-sync", "git-sync", "git-sync"),
    _sidecar("a config reloader", "config-reloader configmap-reload", "(prometheus-)?config-reloader|configmap-reload"),
    _sidecar("k8s-sidecar", "", "k8s-sidecar"),
    _sidecar("a secrets provider", "", "secrets-store-csi-driver-provider-[a-z]+|secrets-store/driver"),
    _sidecar(
        "a Prometheus exporter",
        "",
        "((apache|blackbox|elasticsearch|haproxy|jmx|kafka|memcached|mongodb|mysqld?|nginx|node|php-?fpm|postgres"
        "|postgresql|rabbitmq|redis|statsd|valkey)[-_](prometheus[-_])?exporter|nginx-prometheus-exporter)",
    ),
)  # fmt: skip


@cache
def _by_repository(repository: str) -> str | None:
    return next((one.what for one in _SIDECARS if re.search(rf"(^|/)({one.images})$", repository)), None)


_BY_NAME = {name: one.what for one in _SIDECARS for name in one.names}


def known_sidecar(container: Container) -> str | None:
    """Which well-known sidecar `container` is, and by which of its fields, in words."""
    name = container["name"]
    if name in _BY_NAME:
        return f"{_BY_NAME[name]}, by its name"
    repository = image_of(container).repository
    found = _by_repository(repository) if repository else None
    return f"{found}, by its image {repository}" if found else None


def is_collector(container: Container) -> bool:
    """Whether `container` is an OpenTelemetry Collector, which listens for OTLP unless it is told otherwise."""
    return (known_sidecar(container) or "").startswith(_COLLECTOR)
