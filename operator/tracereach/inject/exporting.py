"""Where a container's spans go: to the collector or the policy's endpoint, unless its user says otherwise.

Endpoint, protocol, headers and certificates are one group, of which half would be a third thing that nobody meant. A
user's protocol alone is the exception: it names no place, so ours is added in the form that the protocol asks for.
"""

from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from tracereach.api.environment import Group, members
from tracereach.api.export import GRPC_PORT
from tracereach.api.reasons import Reason
from tracereach.api.revision import Revision
from tracereach.inject.agents import AGENTS
from tracereach.inject.containers import is_set
from tracereach.inject.evidence import Choice
from tracereach.inject.injection import Skipped
from tracereach.inject.tls import tls_files

Present = Mapping[str, Mapping[str, Any]]
"""What the user has set: entries of `env` by name."""

COLLECTOR_ENDPOINTS = {"grpc": "http://127.0.0.1:4317", "http/protobuf": "http://127.0.0.1:4318"}
"""The sidecar. The address and not `localhost`, which some resolvers turn into ::1 first."""
COLLECTOR_PROTOCOL = "http/protobuf"
"""What every agent speaks without further libraries."""
HEADER_VARIABLE = "TRACEREACH_EXPORT_HEADER_{index}"

_OURS = "OTEL_"
_EVERY_SIGNAL, _TRACES = "OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_TRACES_"


class Destination(Enum):
    """Where a container's spans go."""

    OURS = "ours"
    """As the policy asks: through the collector, or to the policy's endpoint."""
    OWN = "own"
    """To an endpoint that the user has set."""
    DEFAULT = "default"
    """To the agent's default, localhost: the user has set others of the group, and no endpoint."""
    OTHER = "other"
    """By an exporter that is not OTLP, or by none."""


def destination(present: Present) -> Destination:
    """What the user's variables make of the exporter."""
    if not any(name.startswith(_OURS) for name in present):
        return Destination.OURS
    exporters = (literal(present, "OTEL_TRACES_EXPORTER") or "otlp").split(",")
    if "otlp" not in (exporter.strip() for exporter in exporters):
        return Destination.OTHER
    touched = {name.rpartition("OTLP_")[2].removeprefix("TRACES_") for name in user_set(present, Group.EXPORTER)}
    if "ENDPOINT" in touched:
        return Destination.OWN
    return Destination.DEFAULT if touched - {"PROTOCOL"} or _prefix(present) is None else Destination.OURS


def needs_certificates(place: Destination, revision: Revision, *, sidecar: bool) -> bool:
    """Whether the container exports to the policy's endpoint by itself, with certificates of the policy's."""
    return not sidecar and revision.spec.export.tls is not None and place is Destination.OURS


def left_exporter(present: Present, place: Destination, name: str) -> bool:
    """Whether the variable `name` of the exporter's group stays with the user."""
    if place is Destination.OURS:
        return name in present
    return not name.endswith("_PROTOCOL") or _sets_protocol(present)


def able_to_export(
    choice: Choice, present: Present, place: Destination, revision: Revision, *, container: str, sidecar: bool
) -> Choice | Skipped:
    """The choice, without those of its guessed agents that do not speak the protocol by which they would export.

    An agent that lacks its exporter ends with an error and traces nothing, so one that is meant is not put in at all.
    """
    needed = _needed_protocol(present, place, revision, sidecar=sidecar)
    if needed is None:
        return choice
    spoken = revision.spec.export.protocol
    if not sidecar and place is Destination.OURS and needed != spoken:
        message = f"it exports by {needed} as its environment says, and spec.export speaks {spoken}"
        return Skipped(container, Reason.PROTOCOL_UNSUPPORTED, message)
    if able := choice.speaking(needed):
        return able
    message = f"it has to export by {needed}, which not every one of {', '.join(choice.agents)} speaks"
    return Skipped(container, Reason.PROTOCOL_UNSUPPORTED, message)


def exporter_variables(
    present: Present, place: Destination, revision: Revision, agents: Collection[str], *, sidecar: bool
) -> Iterator[dict[str, Any]]:
    """The variables of the exporter's group that are added to those of the user, which go to `place`."""
    if place is Destination.OURS:
        prefix = _prefix(present) or _EVERY_SIGNAL
        yield from _to_collector(present, prefix) if sidecar else _to_endpoint(present, revision, prefix)
    elif place is not Destination.OTHER and not _sets_protocol(present) and _speaks_http_only(agents):
        # Its default would be grpc, for which it has no exporter.
        yield {"name": f"{_EVERY_SIGNAL}PROTOCOL", "value": COLLECTOR_PROTOCOL}


def export_header_variables(revision: Revision) -> list[dict[str, Any]]:
    """The export headers' values, each from a Secret of the workload's namespace; a missing one stops no pod."""
    return [
        {
            "name": HEADER_VARIABLE.format(index=index),
            "valueFrom": {
                "secretKeyRef": {"name": header.secret_key_ref.name, "key": header.secret_key_ref.key, "optional": True}
            },
        }
        for index, header in enumerate(revision.spec.export.headers)
    ]


def user_set(present: Present, group: Group) -> list[str]:
    """The variables of `group` to which the user gives a value, sorted."""
    return sorted(name for name in present.keys() & members(group) if is_set(present[name]))


def literal(present: Present, name: str) -> str:
    """The value that the user writes out for `name`; empty where there is none, or a reference."""
    return str((present.get(name) or {}).get("value") or "")


def endpoint_port(present: Present) -> int | None:
    """The port of the user's endpoint, where it is written out."""
    endpoint = literal(present, f"{_TRACES}ENDPOINT") or literal(present, f"{_EVERY_SIGNAL}ENDPOINT")
    try:
        return urlsplit(endpoint).port
    except ValueError:
        return None


def _to_collector(present: Present, prefix: str) -> Iterator[dict[str, Any]]:
    protocol = _user_protocol(present) or COLLECTOR_PROTOCOL
    endpoint = COLLECTOR_ENDPOINTS.get(protocol, COLLECTOR_ENDPOINTS[COLLECTOR_PROTOCOL])
    yield {"name": f"{prefix}ENDPOINT", "value": _for_traces(endpoint, protocol, prefix)}
    if not _sets_protocol(present):
        yield {"name": f"{prefix}PROTOCOL", "value": protocol}


def _to_endpoint(present: Present, revision: Revision, prefix: str) -> Iterator[dict[str, Any]]:
    export = revision.spec.export
    yield {"name": f"{prefix}ENDPOINT", "value": _for_traces(export.endpoint, export.protocol, prefix)}
    if not _sets_protocol(present):
        yield {"name": f"{prefix}PROTOCOL", "value": export.protocol}
    if export.headers:
        yield from export_header_variables(revision)
        value = ",".join(
            f"{header.name}=$({HEADER_VARIABLE.format(index=index)})" for index, header in enumerate(export.headers)
        )
        yield {"name": f"{prefix}HEADERS", "value": value}
    for suffix, path in tls_files(revision).items():
        yield {"name": f"{prefix}{suffix}", "value": path}


def _prefix(present: Present) -> str | None:
    """How our variables begin: for traces alone where the user exports other signals, or leaves the others blank."""
    if not any(name.startswith(_OURS) for name in present):
        return _EVERY_SIGNAL
    others = user_set(present, Group.METRICS) or user_set(present, Group.LOGS)
    if not others and not _blank(present, _EVERY_SIGNAL):
        return _EVERY_SIGNAL
    return None if _blank(present, _TRACES) else _TRACES


def _blank(present: Present, prefix: str) -> bool:
    """Whether a variable that we would set is there without a value: OpenTelemetry takes it as unset."""
    return any(
        f"{prefix}{suffix}" in present and not is_set(present[f"{prefix}{suffix}"])
        for suffix in ("ENDPOINT", "PROTOCOL", "HEADERS")
    )


def _for_traces(endpoint: str, protocol: str, prefix: str) -> str:
    """The endpoint of every signal, to which SDKs add the signal's path over HTTP; that of one signal is used as is."""
    return f"{endpoint.rstrip('/')}/v1/traces" if prefix == _TRACES and protocol != "grpc" else endpoint


def _needed_protocol(present: Present, place: Destination, revision: Revision, *, sidecar: bool) -> str | None:
    """What the agents have to speak; None where nothing is exported by OTLP, or nobody can tell."""
    if place is Destination.OTHER:
        return None
    if _sets_protocol(present):
        return _user_protocol(present) or None
    if place is Destination.OURS and not sidecar:
        return revision.spec.export.protocol
    return "grpc" if place is Destination.OWN and endpoint_port(present) == GRPC_PORT else COLLECTOR_PROTOCOL


def _user_protocol(present: Present) -> str:
    return literal(present, f"{_TRACES}PROTOCOL") or literal(present, f"{_EVERY_SIGNAL}PROTOCOL")


def _sets_protocol(present: Present) -> bool:
    return is_set(present.get(f"{_EVERY_SIGNAL}PROTOCOL")) or is_set(present.get(f"{_TRACES}PROTOCOL"))


def _speaks_http_only(agents: Collection[str]) -> bool:
    return any(AGENTS[name].protocols == {COLLECTOR_PROTOCOL} for name in agents if name in AGENTS)
