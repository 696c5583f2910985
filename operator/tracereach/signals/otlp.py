"""The part of OTLP's JSON encoding that probes need, as the gateway's exporter sends it to `POST /v1/traces`."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from tracereach.api import names
from tracereach.coverage.tree import Span
from tracereach.signals.probes import probe_named_by

_KINDS = ("Unspecified", "Internal", "Server", "Client", "Producer", "Consumer")
_STATUSES = ("Unset", "Ok", "Error")
_TEXT = 256
"""Characters kept of a name; a store of probes must stay small whatever is sent to it."""


class MalformedTelemetry(ValueError):
    """The body is no OTLP trace request in JSON."""


class _Message(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class _Attribute(_Message):
    key: str
    value: dict[str, Any] = {}


class _Described(_Message):
    attributes: tuple[_Attribute, ...] = ()

    def text(self, *keys: str) -> str:
        """The value of the first attribute that is there and a string."""
        values = (one.value.get("stringValue") for key in keys for one in self.attributes if one.key == key)
        return next((value[:_TEXT] for value in values if isinstance(value, str)), "")


class _Status(_Message):
    code: Annotated[int, Field(ge=0, lt=len(_STATUSES))] = 0


_TraceId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{32}$", to_lower=True)]
_SpanId = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{16}$", to_lower=True)]
_ParentId = Annotated[str, StringConstraints(pattern=r"^([0-9a-fA-F]{16})?$", to_lower=True)]


class _Span(_Described):
    trace_id: _TraceId
    span_id: _SpanId
    parent_span_id: _ParentId = ""
    name: str = ""
    kind: Annotated[int, Field(ge=0, lt=len(_KINDS))] = 0
    start_time_unix_nano: int = 0
    end_time_unix_nano: int = 0
    status: _Status = _Status()


class _ScopeSpans(_Message):
    spans: tuple[_Span, ...] = ()


class _ResourceSpans(_Message):
    resource: _Described = _Described()
    scope_spans: tuple[_ScopeSpans, ...] = ()


class _Request(_Message):
    resource_spans: tuple[_ResourceSpans, ...] = ()


def spans_from(body: bytes) -> tuple[Span, ...]:
    """The spans of an ExportTraceServiceRequest in JSON. Raises `MalformedTelemetry` and says where it is wrong."""
    try:
        request = _Request.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "body"
        raise MalformedTelemetry(f"no OTLP trace request in JSON: {place}: {first['msg']}") from None
    return tuple(_read(request))


def _read(request: _Request) -> Iterator[Span]:
    for group in request.resource_spans:
        workload, service = group.resource.text(names.WORKLOAD_ATTRIBUTE), group.resource.text("service.name")
        for span in (span for scope in group.scope_spans for span in scope.spans):
            yield Span(
                trace_id=span.trace_id,
                span_id=span.span_id,
                parent_id=span.parent_span_id,
                name=span.name[:_TEXT],
                kind=_KINDS[span.kind],
                workload=workload,
                service=service,
                start=span.start_time_unix_nano,
                end=span.end_time_unix_nano,
                status=_STATUSES[span.status.code],
                peer=span.text("server.address", "net.peer.name"),
                probe=probe_named_by(span.text("user_agent.original", "http.user_agent")),
            )
