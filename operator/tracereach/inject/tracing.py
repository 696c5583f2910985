"""What a pod template makes of its workload's tracing, injected or not: for predicting and explaining breaks."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from tracereach.api import names
from tracereach.api.propagators import DEFAULT_PROPAGATORS
from tracereach.api.tracing import Route, Tracing
from tracereach.inject.containers import Container, containers, environment, every_container
from tracereach.inject.exporting import Destination, destination, literal
from tracereach.inject.injection import PodTemplate
from tracereach.inject.record import DamagedRecord, Record, read_record
from tracereach.inject.stamp import DamagedStamp, StampedContainer, read_stamp

_DEFAULT_SAMPLER = "parentbased_always_on"
_LOOPBACK = ("http://localhost:", "http://127.0.0.1:", "localhost:", "127.0.0.1:")


def tracing(template: PodTemplate) -> Tracing | None:
    """The settings of the template's application: of its first injected container, else of its first one.

    What the webhook adds to each pod counts as if it stood in the template. None where there is no container, or where
    record or stamp cannot be read.
    """
    try:
        record, stamp = read_record(template), read_stamp(template)
    except (DamagedRecord, DamagedStamp):
        return None
    stamped = {name: _entries(one) for name, one in stamp.containers.items()} if stamp else {}
    container = next(_applications(template, record, stamped), None)
    if container is None:
        return None
    own = environment(container)
    merged = {name: entry for name, entry in stamped.get(container["name"], {}).items() if name not in own}
    present = own | merged
    added = merged.keys() | (record.added_to.get(_env_path(container), {}) if record else {}).keys()
    user = {name: entry for name, entry in present.items() if name.startswith("OTEL_") and name not in added}
    return Tracing(
        propagators=_propagators(present),
        sampler=_plain(present, "OTEL_TRACES_SAMPLER", _DEFAULT_SAMPLER),
        ratio=_ratio(present),
        route=_route(user, sidecar=_has_sidecar(template)),
        own=frozenset(user),
    )


def _applications(template: PodTemplate, record: Record | None, stamped: Collection[str]) -> Iterator[Container]:
    every = containers(template)
    added_to = record.added_to if record else {}
    yield from (one for one in every if _env_path(one) in added_to or one["name"] in stamped)
    yield from every


def _entries(stamped: StampedContainer) -> dict[str, Mapping[str, Any]]:
    """The variables that the webhook adds, by name."""
    return {entry["name"]: entry for entry in (*stamped.first, *stamped.env)}


def _env_path(container: Container) -> str:
    return f"/spec/containers/{container['name']}/env"


def _has_sidecar(template: PodTemplate) -> bool:
    return any(container["name"] == names.COLLECTOR_CONTAINER for container in every_container(template))


def _route(user: Mapping[str, Mapping[str, Any]], *, sidecar: bool) -> Route:
    match destination(user):
        case Destination.OTHER:
            return Route.NOWHERE
        case Destination.OWN if not (sidecar and _is_loopback(user)):
            return Route.ELSEWHERE
        case _:
            return Route.SIDECAR if sidecar else Route.DIRECT


def _is_loopback(user: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the user's own endpoint is where the sidecar listens."""
    endpoints = (literal(user, f"OTEL_EXPORTER_OTLP_{signal}ENDPOINT") for signal in ("TRACES_", ""))
    return next((endpoint for endpoint in endpoints if endpoint), "").startswith(_LOOPBACK)


def _propagators(present: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...] | None:
    text = _plain(present, "OTEL_PROPAGATORS", ",".join(DEFAULT_PROPAGATORS))
    return tuple(name.strip() for name in text.split(",") if name.strip()) or None


def _ratio(present: Mapping[str, Mapping[str, Any]]) -> float:
    """The argument of a ratio sampler; 1, as in every SDK, where it is missing or no number."""
    try:
        return float(literal(present, "OTEL_TRACES_SAMPLER_ARG") or 1)
    except ValueError:
        return 1.0


def _plain(present: Mapping[str, Mapping[str, Any]], name: str, default: str) -> str:
    """The value, or the SDK's default where there is none; empty where a reference hides it."""
    if (present.get(name) or {}).get("valueFrom"):
        return ""
    return literal(present, name) or default
