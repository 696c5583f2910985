"""What else must be known of a container to load an agent in it: its C library, and its JDK.

A trait is named by the agent that has variants for it.
"""

import re
from typing import Literal

from tracereach.api import names
from tracereach.inject.agents import dotnet, java
from tracereach.inject.command_line import programs
from tracereach.inject.containers import Container, command, environment
from tracereach.inject.image_reference import ImageReference, image_of
from tracereach.inject.injection import PodTemplate

Libc = Literal["glibc", "musl"]

_MUSL = re.compile(r"(^|[-._])(alpine|musl)[\d.]*($|[-._])")
_JDK_IN_TAG = re.compile(r"(?:jdk|jre|java)-?(\d+)")
_JDK_IMAGES = frozenset({"amazoncorretto", "eclipse-temurin", "ibm-semeru-runtimes", "openjdk", "zulu-openjdk"})
"""Images whose tag begins with the version of the JDK."""


def traits(template: PodTemplate, container: Container) -> frozenset[str]:
    """The traits of `container`: keys of `Agent.variants`."""
    found = {
        dotnet.MUSL: libc(template, container)[0] == "musl",
        java.LAUNCHED: launches_recent_jdk(container) is not None,
    }
    return frozenset(trait for trait, has in found.items() if has)


def libc(template: PodTemplate, container: Container) -> tuple[Libc, str]:
    """The C library of the container's image, and why it is taken to be that one."""
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    said = str(annotations.get(names.LIBC_ANNOTATION) or "").strip().lower()
    if said in ("glibc", "musl"):
        return "musl" if said == "musl" else "glibc", f"annotation: metadata.annotations[{names.LIBC_ANNOTATION}]"
    image = image_of(container)
    if _MUSL.search(image.tag) or image.name == "alpine":
        return "musl", f"image: its tag is {image.tag}" if image.tag else "image: it is alpine"
    return "glibc", "most images have it"


def launches_recent_jdk(container: Container) -> str | None:
    """Why the container's command is known to be `java` of JDK 9 or newer, the one that reads `JDK_JAVA_OPTIONS`.

    None where it is not known: a JVM that a script or another launcher starts may read `JAVA_TOOL_OPTIONS` alone.
    """
    started = programs(command(container))
    if not started or started[-1].name != "java":
        return None
    version = (environment(container).get("JAVA_VERSION") or {}).get("value")
    if version is not None:
        return "environment: JAVA_VERSION" if _is_recent(str(version)) else None
    return f"image: its tag is {image_of(container).tag}" if _is_recent(_version_in_tag(image_of(container))) else None


def _version_in_tag(image: ImageReference) -> str:
    if match := _JDK_IN_TAG.search(image.tag):
        return match.group(1)
    return image.tag if image.name in _JDK_IMAGES else ""


def _is_recent(version: str) -> bool:
    match = re.match(r"(?:jdk-?)?(\d+)", version)
    return match is not None and int(match.group(1)) >= 9
