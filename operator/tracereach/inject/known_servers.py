"""Well-known servers that no agent is for, recognised by their image where the template does not say what they run.

Anybody may call an image `nginx`, so a second sign has to agree: the container's name, a port, the tag, or that the
image is the one that all others are named after. To be wrong about it costs a trace, and never a start.
"""

import re

from tracereach.inject.agents.agent import words
from tracereach.inject.containers import Container, command, containers
from tracereach.inject.image_reference import ImageReference, image_of
from tracereach.inject.injection import PodTemplate

_WEB = frozenset({80, 443, 8080, 8443})
_STORES = {
    **dict.fromkeys(words("elasticsearch opensearch"), frozenset({9200})),
    **dict.fromkeys(words("mariadb mysql"), frozenset({3306})),
    **dict.fromkeys(words("mongo mongodb"), frozenset({27017})),
    **dict.fromkeys(words("postgres postgresql"), frozenset({5432})),
    **dict.fromkeys(words("redis valkey"), frozenset({6379})),
    "cassandra": frozenset({9042}),
    "clickhouse-server": frozenset({8123, 9000}),
    "etcd": frozenset({2379}),
    "influxdb": frozenset({8086}),
    "kafka": frozenset({9092}),
    "memcached": frozenset({11211}),
    "minio": frozenset({9000}),
    "nats": frozenset({4222}),
    "rabbitmq": frozenset({5672}),
    "zookeeper": frozenset({2181}),
}
"""Databases and brokers: where each listens, by the names of their images."""

_PORTS = {
    **_STORES,
    **dict.fromkeys(words("caddy haproxy httpd nginx nginx-unprivileged openresty traefik varnish"), _WEB),
    "envoy": frozenset({9901, 10000}),
    "php": frozenset({9000}),
    "php-fpm": frozenset({9000}),
}
"""The same of every such server."""

_TAGS = {"nginx": "mainline|stable", "php": "fpm|apache"}
"""What stands in the tags of their images alone."""

_ORIGINAL = re.compile(
    r"((.+/)?library/|docker\.io/)?[^/]+|(.+/)?(bitnami|bitnamilegacy)/[^/]+"
    r"|(.+/)?(envoyproxy/envoy|nginxinc/nginx-unprivileged|openresty/openresty)"
)
"""Repositories of images as their makers publish them. Without a registry and a folder it is the Docker library."""


def known_server(container: Container) -> str | None:
    """Why `container` is such a server, in words; None where it is not, or starts something else."""
    starts_another = container.get("command") or not all(word.startswith("-") for word in command(container)[:1])
    image = image_of(container)
    server = _server(image)
    if starts_another or server is None:
        return None
    sign = _second_sign(container, image, server)
    return f"its image is named {image.name}, which {sign} confirms, and no agent is for that" if sign else None


def is_store(template: PodTemplate) -> bool:
    """Whether the pods are a database or a broker, by their first container: traces end there by nature."""
    first = next(iter(containers(template)), None)
    return first is not None and _server(image_of(first)) in _STORES and known_server(first) is not None


def _server(image: ImageReference) -> str | None:
    if image.name in _PORTS:
        return image.name
    return "php-fpm" if re.search(r"(^|[-_.])php[-_]?fpm", image.name) else None


def _second_sign(container: Container, image: ImageReference, server: str) -> str | None:
    ports = {port.get("containerPort") for port in container.get("ports") or []}
    if server in container["name"]:
        return "its name"
    if ports & _PORTS[server]:
        return "its port"
    if server in _TAGS and re.search(rf"(^|[-.])({_TAGS[server]})", image.tag):
        return "its tag"
    return "its repository" if _ORIGINAL.fullmatch(image.repository) else None
