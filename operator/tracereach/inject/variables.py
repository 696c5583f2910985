"""The environment of one container: what OpenTelemetry needs, less what the user has set.

The user always wins, and by groups: a group of variables (`tracereach.api.environment`) of which the user has set one
is left alone as a whole, because half of each would be a third thing that nobody meant. What `envFrom` takes in is
not seen: an entry of ours wins over a variable of the same name from there.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tracereach.api.environment import group_of, members
from tracereach.inject.agents import AGENTS
from tracereach.inject.attributes import downward_variables, encode, keys_of, resource_attributes, service_name
from tracereach.inject.containers import Container, is_set
from tracereach.inject.evidence import Choice
from tracereach.inject.injection import Injection, PodTemplate

COLLECTOR_ENDPOINT = "http://127.0.0.1:4318"
"""The sidecar. The address and not `localhost`, which some resolvers turn into ::1 first."""
COLLECTOR_PROTOCOL = "http/protobuf"
"""What every agent speaks without further libraries."""
HEADER_VARIABLE = "TRACEREACH_EXPORT_HEADER_{index}"
_RATIO_SAMPLERS = frozenset({"traceidratio", "parentbased_traceidratio"})


def wanted_variables(
    template: PodTemplate, container: Container, injection: Injection, choice: Choice, *, sidecar: bool
) -> list[dict[str, Any]]:
    """Entries of `env` for `container`, in an order in which every `$(…)` refers to an earlier one."""
    spec = injection.revision.spec
    entries = [
        *downward_variables(),
        _literal("OTEL_SERVICE_NAME", service_name(template, injection)),
        _literal("OTEL_RESOURCE_ATTRIBUTES", encode(resource_attributes(template, container, injection))),
        _literal("OTEL_TRACES_EXPORTER", "otlp"),
        _literal("OTEL_METRICS_EXPORTER", "none"),
        _literal("OTEL_LOGS_EXPORTER", "none"),
        *(_exporter_to_collector() if sidecar else _exporter_to_endpoint(injection)),
        _literal("OTEL_PROPAGATORS", ",".join(dict.fromkeys(spec.propagation.propagators))),
        *_sampler(injection),
        *(_literal(variable.name, variable.value) for variable in spec.env),
        # The stable HTTP conventions: the old ones leave out the address that a hop went to.
        _literal("OTEL_SEMCONV_STABILITY_OPT_IN", "http"),
        *(
            _literal(name, value)
            for agent in choice.agents
            if agent in AGENTS
            for name, value in AGENTS[agent].environment.items()
        ),
    ]
    return list({entry["name"]: entry for entry in reversed(entries)}.values())[::-1]


def left_to_user(present: Mapping[str, dict[str, Any]], name: str) -> bool:
    """Whether the user, whose variables are `present`, has set `name` or another variable of its group."""
    if name == "OTEL_SERVICE_NAME" and _names_service(present.get("OTEL_RESOURCE_ATTRIBUTES")):
        return True
    if name in present:
        return True
    group = group_of(name)
    return group is not None and any(is_set(present.get(member)) for member in members(group))


def export_header_variables(injection: Injection) -> list[dict[str, Any]]:
    """The export headers' values, each from a Secret of the workload's namespace; a missing one stops no pod."""
    return [
        {
            "name": HEADER_VARIABLE.format(index=index),
            "valueFrom": {
                "secretKeyRef": {"name": header.secret_key_ref.name, "key": header.secret_key_ref.key, "optional": True}
            },
        }
        for index, header in enumerate(injection.revision.spec.export.headers)
    ]


def _exporter_to_collector() -> Iterator[dict[str, Any]]:
    yield _literal("OTEL_EXPORTER_OTLP_ENDPOINT", COLLECTOR_ENDPOINT)
    yield _literal("OTEL_EXPORTER_OTLP_PROTOCOL", COLLECTOR_PROTOCOL)


def _exporter_to_endpoint(injection: Injection) -> Iterator[dict[str, Any]]:
    export = injection.revision.spec.export
    yield _literal("OTEL_EXPORTER_OTLP_ENDPOINT", export.endpoint)
    yield _literal("OTEL_EXPORTER_OTLP_PROTOCOL", export.protocol)
    if export.headers:
        yield from export_header_variables(injection)
        value = ",".join(
            f"{header.name}=$({HEADER_VARIABLE.format(index=index)})" for index, header in enumerate(export.headers)
        )
        yield _literal("OTEL_EXPORTER_OTLP_HEADERS", value)


def _sampler(injection: Injection) -> Iterator[dict[str, Any]]:
    sampling = injection.revision.spec.sampling
    yield _literal("OTEL_TRACES_SAMPLER", sampling.sampler)
    if sampling.sampler in _RATIO_SAMPLERS:
        yield _literal("OTEL_TRACES_SAMPLER_ARG", sampling.ratio)


def _names_service(entry: dict[str, Any] | None) -> bool:
    return entry is not None and "service.name" in keys_of(str(entry.get("value") or ""))


def _literal(name: str, value: str) -> dict[str, Any]:
    """As the API server stores it, which leaves out an empty value."""
    return {"name": name, "value": value} if value else {"name": name}
