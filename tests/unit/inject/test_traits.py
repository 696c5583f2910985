"""The C library and the JDK of a container, as far as its template tells."""

from typing import Any

import pytest

from tests.unit.inject.pods import template, variable
from tracereach.inject.agents import dotnet, java
from tracereach.inject.traits import launches_recent_jdk, libc, traits

JAVA = ["java", "-jar", "app.jar"]


@pytest.mark.parametrize(
    ("annotation", "image", "expected"),
    [
        (None, "registry.example:5000/shop/app:1.0", "glibc"),
        (None, "python:3.12-alpine", "musl"),
        (None, "eclipse-temurin:21-jre-alpine", "musl"),
        (None, "node:22-alpine3.22@sha256:01", "musl"),
        (None, "shop/app:1.0-musl", "musl"),
        (None, "alpine", "musl"),
        (None, "shop/app:1.0-musltang", "glibc"),
        (None, "alpine-shop/app:1", "glibc"),
        (None, None, "glibc"),
        ("musl", "debian:13", "musl"),
        (" GLIBC", "node:22-alpine", "glibc"),
        ("dietlibc", "node:22-alpine", "musl"),
    ],
)
def test_libc(annotation: str | None, image: str | None, expected: str) -> None:
    pod = template(annotations={"tracereach.dev/libc": annotation} if annotation else None, image=image)
    container = pod["spec"]["containers"][0]
    found, why = libc(pod, container)
    assert found == expected
    assert why
    assert (dotnet.MUSL in traits(pod, container)) is (expected == "musl")


@pytest.mark.parametrize(
    ("command", "image", "version", "recent"),
    [
        (JAVA, "eclipse-temurin:21-jre", None, True),
        (JAVA, "amazoncorretto:11.0.29", None, True),
        (["sh", "-c", "exec java -jar app.jar"], "tomcat:10.1-jdk17", None, True),
        (JAVA, "shop/orders:1-java21", None, True),
        (JAVA, "shop/orders:1", "17.0.9", True),
        (JAVA, "shop/orders:1", "jdk-21.0.5+11", True),
        (JAVA, "eclipse-temurin:21", "8u392", False),
        (JAVA, "eclipse-temurin:8-jre", None, False),
        (JAVA, "openjdk:1.8.0", None, False),
        (JAVA, "shop/orders:21", None, False),
        (JAVA, "tomcat:10", None, False),
        (JAVA, None, None, False),
        (["catalina.sh", "run"], "eclipse-temurin:21", None, False),
        ([], "eclipse-temurin:21", None, False),
        (["sh", "-c", "java -version; ./start"], "eclipse-temurin:21", None, False),
    ],
)
def test_options_of_the_launcher_need_evidence_of_it(
    command: list[str],
    image: str | None,
    version: str | None,
    recent: bool,  # noqa: FBT001 - a table
) -> None:
    fields: dict[str, Any] = {"command": command, "image": image}
    pod = template(**fields, env=[variable("JAVA_VERSION", version)] if version else None)
    container = pod["spec"]["containers"][0]
    assert (launches_recent_jdk(container) is not None) is recent
    assert (java.LAUNCHED in traits(pod, container)) is recent
