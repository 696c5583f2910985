"""What the user of a container has set, and what follows for its traces: for reports, and for predicting breaks."""

from collections.abc import Iterator
from functools import lru_cache

from tracereach.api.environment import Group
from tracereach.api.export import GRPC_PORT
from tracereach.api.reasons import Reason
from tracereach.api.revision import Revision
from tracereach.inject.attributes import keys_of
from tracereach.inject.containers import Container, environment, is_set
from tracereach.inject.env_from import hidden_settings
from tracereach.inject.exporting import (
    COLLECTOR_PROTOCOL,
    Destination,
    Present,
    endpoint_port,
    literal,
    user_set,
)
from tracereach.inject.injection import Left, Skipped
from tracereach.inject.own_settings import OwnSettings

_DEFAULT_PROPAGATORS = "tracecontext,baggage"


def left(container: Container, own: OwnSettings, revision: Revision, *, sidecar: bool) -> tuple[Left, ...]:
    """Everything that the injection would set in `container`, and leaves to its user, whose settings are `own`."""
    named = _named(own, revision, sidecar=sidecar) if own.present else ()
    if not container.get("envFrom"):
        return named
    message = "in envFrom may hold variables of OpenTelemetry; those that are added win over them"
    return (*named, *(Left("", f"{source} {message}") for source in hidden_settings(container)))


@lru_cache(maxsize=1024)
def _named(own: OwnSettings, revision: Revision, *, sidecar: bool) -> tuple[Left, ...]:
    """Of the user's variables."""
    present = own.present
    return (
        *_exporter(present, own.place, revision, direct=not sidecar),
        *_sampler(present),
        *_propagators(present, revision),
        *_identity(present),
        *_settings(present, revision),
    )


def disabled(container: Container, own: OwnSettings) -> Skipped | None:
    """Why the container is left alone, where its user has switched the SDK off: an agent would trace nothing."""
    if literal(own.present, "OTEL_SDK_DISABLED").strip().lower() != "true":
        return None
    return Skipped(str(container["name"]), Reason.SDK_DISABLED, "it sets OTEL_SDK_DISABLED")


def effective_propagators(container: Container, policy: tuple[str, ...]) -> tuple[str, ...] | None:
    """The propagators of the container, of which `policy` are those that are asked for; None where nobody can tell."""
    entry = environment(container).get("OTEL_PROPAGATORS")
    if entry is None:
        return policy
    if entry.get("valueFrom"):
        return None
    names = (name.strip() for name in str(entry.get("value") or _DEFAULT_PROPAGATORS).split(","))
    return tuple(name for name in names if name)


def names_service(present: Present) -> bool:
    """Whether the user's `OTEL_RESOURCE_ATTRIBUTES` name the service."""
    return "service.name" in keys_of(literal(present, "OTEL_RESOURCE_ATTRIBUTES"))


def _exporter(present: Present, place: Destination, revision: Revision, *, direct: bool) -> Iterator[Left]:
    touched = ", ".join(user_set(present, Group.EXPORTER))
    match place:
        case Destination.OTHER:
            chosen = literal(present, "OTEL_TRACES_EXPORTER")
            way = "exports no spans" if chosen == "none" else f"exports its spans by {chosen} and not by OTLP"
            yield Left("OTEL_TRACES_EXPORTER", f"{way}: they reach neither the policy's endpoint nor the coverage")
        case Destination.OWN:
            yield Left(touched, f"exports to its own endpoint, where coverage sees nothing of it{_port_hint(present)}")
        case Destination.DEFAULT:
            listener = "nothing listens there" if direct else "the collector listens there"
            yield Left(touched or _blank_exporter(present), f"exports to the agent's default, localhost; {listener}")
        case Destination.OURS if touched:
            spoken = revision.spec.export.protocol if direct else COLLECTOR_PROTOCOL
            hidden = f"comes from a reference; the endpoint that is added speaks {spoken}"
            yield Left(touched, hidden if _is_hidden(present) else "exports by the protocol it names")
    for group in (Group.METRICS, Group.LOGS):
        if own := user_set(present, group):
            yield Left(", ".join(own), f"exports its {group} by itself")


def _is_hidden(present: Present) -> bool:
    """Whether a reference alone says by which protocol is exported."""
    return not any(literal(present, f"OTEL_EXPORTER_OTLP_{signal}PROTOCOL") for signal in ("", "TRACES_"))


def _port_hint(present: Present) -> str:
    says = any(is_set(present.get(f"OTEL_EXPORTER_OTLP_{part}PROTOCOL")) for part in ("", "TRACES_"))
    if says or endpoint_port(present) != GRPC_PORT:
        return ""
    return f"; port {GRPC_PORT} usually speaks grpc, so set OTEL_EXPORTER_OTLP_PROTOCOL too"


def _blank_exporter(present: Present) -> str:
    return ", ".join(sorted(name for name in present if name.startswith("OTEL_EXPORTER_OTLP_")))


def _sampler(present: Present) -> Iterator[Left]:
    if own := user_set(present, Group.SAMPLER):
        yield Left(", ".join(own), "samples as it says itself")
    elif "OTEL_TRACES_SAMPLER" in present or "OTEL_TRACES_SAMPLER_ARG" in present:
        yield Left("OTEL_TRACES_SAMPLER", "is set without a value, so the SDK's default samples")


def _propagators(present: Present, revision: Revision) -> Iterator[Left]:
    entry = present.get("OTEL_PROPAGATORS")
    if entry is None:
        return
    asked = ",".join(revision.spec.propagation.propagators)
    own = literal(present, "OTEL_PROPAGATORS")
    if entry.get("valueFrom"):
        yield Left("OTEL_PROPAGATORS", f"comes from a reference, so nobody can tell whether it is {asked}")
    elif {name.strip() for name in (own or _DEFAULT_PROPAGATORS).split(",")} != set(asked.split(",")):
        shown = own or f"empty, which stands for {_DEFAULT_PROPAGATORS},"
        yield Left("OTEL_PROPAGATORS", f"is {shown} and the policy's is {asked}: traces may break at its neighbours")


def _identity(present: Present) -> Iterator[Left]:
    attributes = present.get("OTEL_RESOURCE_ATTRIBUTES") or {}
    if is_set(present.get("OTEL_SERVICE_NAME")) or names_service(present):
        name = "OTEL_SERVICE_NAME" if is_set(present.get("OTEL_SERVICE_NAME")) else "OTEL_RESOURCE_ATTRIBUTES"
        yield Left(name, "names the service itself")
    elif attributes.get("valueFrom"):
        yield Left(
            "OTEL_RESOURCE_ATTRIBUTES", "comes from a reference; a service.name in it gives way to the added one"
        )


def _settings(present: Present, revision: Revision) -> Iterator[Left]:
    for variable in revision.spec.env:
        if variable.name in present and literal(present, variable.name) != variable.value:
            yield Left(variable.name, "keeps its own value, and not that of spec.env")
    stability = literal(present, "OTEL_SEMCONV_STABILITY_OPT_IN")
    if stability and not {"http", "http/dup"} & {part.strip() for part in stability.split(",")}:
        yield Left("OTEL_SEMCONV_STABILITY_OPT_IN", "lacks http, so that calls may be told without their address")
