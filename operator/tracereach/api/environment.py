"""The one table of environment variables: which of them go together, and which a policy may set by name.

Sources: the OpenTelemetry specification, *Environment Variable Specification* and *OTLP Exporter Configuration*.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class Group(StrEnum):
    """Variables that only make sense together: where the user has set one of a group, all of it is left alone."""

    EXPORTER = "exporter"
    """Of traces: by their own variables, or by those of every signal."""
    METRICS = "metrics"
    LOGS = "logs"
    SAMPLER = "sampler"


@dataclass(frozen=True)
class Variable:
    """One variable that is known to matter for tracing."""

    name: str
    group: Group | None = None
    from_policy: bool = False
    """Whether `spec.env` may set it. Nothing that loads code, reads a file or names a host is among them."""


_OTLP = ("ENDPOINT", "PROTOCOL", "HEADERS", "CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE", "INSECURE")
_SETTABLE = (
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_LOG_LEVEL",
    "OTEL_NODE_DISABLED_INSTRUMENTATIONS",
    "OTEL_NODE_ENABLED_INSTRUMENTATIONS",
    "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS",
    "OTEL_PYTHON_EXCLUDED_URLS",
    "OTEL_SEMCONV_STABILITY_OPT_IN",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
)

VARIABLES: dict[str, Variable] = {
    variable.name: variable
    for variable in (
        *(Variable(f"OTEL_EXPORTER_OTLP_{suffix}", Group.EXPORTER) for suffix in _OTLP),
        *(Variable(f"OTEL_EXPORTER_OTLP_TRACES_{suffix}", Group.EXPORTER) for suffix in _OTLP),
        *(Variable(f"OTEL_EXPORTER_OTLP_METRICS_{suffix}", Group.METRICS) for suffix in _OTLP),
        *(Variable(f"OTEL_EXPORTER_OTLP_LOGS_{suffix}", Group.LOGS) for suffix in _OTLP),
        Variable("OTEL_METRICS_EXPORTER", Group.METRICS),
        Variable("OTEL_LOGS_EXPORTER", Group.LOGS),
        Variable("OTEL_TRACES_SAMPLER", Group.SAMPLER),
        Variable("OTEL_TRACES_SAMPLER_ARG", Group.SAMPLER),
        Variable("OTEL_SERVICE_NAME"),
        Variable("OTEL_RESOURCE_ATTRIBUTES"),
        Variable("OTEL_PROPAGATORS"),
        Variable("OTEL_TRACES_EXPORTER"),
        Variable("OTEL_SDK_DISABLED"),
        *(Variable(name, from_policy=True) for name in _SETTABLE),
    )
}
SETTABLE: tuple[str, ...] = tuple(sorted(name for name, variable in VARIABLES.items() if variable.from_policy))


def group_of(name: str) -> Group | None:
    """The group that the variable `name` belongs to, if any."""
    variable = VARIABLES.get(name)
    return variable.group if variable else None


@cache
def members(group: Group) -> frozenset[str]:
    """Every variable of `group`."""
    return frozenset(name for name, variable in VARIABLES.items() if variable.group is group)
