"""What `envFrom` takes in: spelled out where the ConfigMap can be read, and named where nobody can see it."""

from collections.abc import Iterator, Mapping
from typing import Any

from tracereach.inject.containers import Container, environment
from tracereach.inject.injection import ConfigMaps

_SOURCES = {"ConfigMap": "configMapRef", "Secret": "secretRef"}
_PREFIX = "OTEL_"


def spelled_out(container: Container, known: ConfigMaps) -> Container:
    """`container` as if it named in `env` what `envFrom` takes in from ConfigMaps that are `known`, and not there."""
    sources = container.get("envFrom") or []
    if not any(_config_map(source) in known for source in sources):
        return container
    found: dict[str, dict[str, Any]] = {}
    for source in sources:
        prefix = source.get("prefix") or ""
        for key, value in known.get(_config_map(source), {}).items():
            found[f"{prefix}{key}"] = {"name": f"{prefix}{key}", "value": value}
    own = environment(container)
    added = [entry for name, entry in found.items() if name not in own]
    unknown = [source for source in sources if _config_map(source) not in known]
    return {**container, "env": [*added, *(container.get("env") or ())], "envFrom": unknown}


def hiding_source(container: Container, variable: str, known: ConfigMaps) -> str | None:
    """Which ConfigMap or Secret may set `variable`, where nobody can see whether it does, in words."""
    for source in container.get("envFrom") or ():
        if _may_set(source, variable) and _config_map(source) not in known:
            for words in _in_words(source):
                return words
    return None


def hidden_settings(container: Container) -> Iterator[str]:
    """ConfigMaps and Secrets in words, such as `Secret tracing`, that may hold variables of OpenTelemetry."""
    for source in container.get("envFrom") or []:
        prefix = source.get("prefix") or ""
        if _PREFIX.startswith(prefix) or prefix.startswith(_PREFIX):
            yield from _in_words(source)


def _may_set(source: Mapping[str, Any], variable: str) -> bool:
    prefix = source.get("prefix") or ""
    return variable.startswith(prefix) and variable != prefix


def _in_words(source: Mapping[str, Any]) -> Iterator[str]:
    for kind, reference in _SOURCES.items():
        if named := source.get(reference):
            yield f"{kind} {named.get('name') or ''}".rstrip()


def _config_map(source: Mapping[str, Any]) -> str:
    return (source.get("configMapRef") or {}).get("name") or ""
