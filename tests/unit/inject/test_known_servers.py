"""Servers that are told by their image and a second sign."""

from typing import Any

import pytest

from tracereach.inject.known_servers import is_store, known_server

PORT_80 = {"ports": [{"containerPort": 80}]}


@pytest.mark.parametrize(
    ("container", "sign"),
    [
        ({"image": "registry.example/redis:8", "ports": [{"containerPort": 6379}]}, "port"),
        ({"image": "registry.example/nginx:1", **PORT_80}, "port"),
        ({"image": "registry.example/nginx:1", **PORT_80, "args": ["-g", "daemon off;"]}, "port"),
        ({"image": "registry.example/shop/php:1", "ports": [{"containerPort": 9000}]}, "port"),
        ({"image": "registry.example/shop/php:8.3-fpm-alpine"}, "tag"),
        ({"image": "registry.example/nginx:stable-alpine"}, "tag"),
        ({"image": "registry.example/shop-php-fpm:1", "ports": [{"containerPort": 9000}]}, "port"),
        ({"image": "registry.example/shop/openresty:1", "name": "openresty-proxy"}, "name"),
        ({"image": "nginx"}, "repository"),
        ({"image": "php:8.3-cli"}, "repository"),
        ({"image": "registry.example/mirror/library/mariadb:11"}, "repository"),
        ({"image": "docker.io/openresty/openresty:alpine"}, "repository"),
        ({"image": "bitnami/rabbitmq:4"}, "repository"),
    ],
    ids=lambda value: value["image"] if isinstance(value, dict) else value,
)
def test_an_image_and_a_second_sign(container: dict[str, Any], sign: str) -> None:
    assert f"which its {sign} confirms" in (known_server({"name": "app"} | container) or "")


@pytest.mark.parametrize(
    "container",
    [
        {"image": "registry.example/nginx:1"},
        {"image": "registry.example/nginx:1", "ports": [{"containerPort": 3000}]},
        {"image": "registry.example/shop-php-fpm:1"},
        {"image": "registry.example/shop/php:unstable"},
        {"image": "shop/app:1", **PORT_80},
        {"image": "node:22", **PORT_80},
        {"image": "nginx:1", **PORT_80, "args": ["/app/server"]},
        {"image": "nginx:1", **PORT_80, "command": ["/app/server"]},
        {},
    ],
)
def test_one_sign_or_a_command_of_its_own_tells_nothing(container: dict[str, Any]) -> None:
    assert known_server({"name": "app"} | container) is None


@pytest.mark.parametrize(
    ("image", "store"),
    [("redis:8", True), ("bitnami/kafka:4", True), ("elasticsearch:9", True), ("nginx", False), ("shop/redis:8", False),
     ("registry.example/orders:1", False)],
)  # fmt: skip
def test_databases_and_brokers_are_where_traces_end(image: str, *, store: bool) -> None:
    assert is_store({"spec": {"containers": [{"name": "app", "image": image}]}}) is store
    assert not is_store({"spec": {}})
