"""The operator traces itself with the OpenTelemetry SDK, where the environment names an endpoint for it."""

import os
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from tracereach import __version__

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")

TRACER = trace.get_tracer("tracereach", __version__)
"""Makes spans of passes and of writes; they go nowhere unless `configure` found an endpoint."""


def configure(environment: Mapping[str, str] = os.environ) -> bool:
    """Export the operator's own spans by OTLP over HTTP, if an endpoint is set; whether it is."""
    if not any(environment.get(name) for name in _ENDPOINTS):
        return False
    resource = Resource.create({"service.name": "tracereach-operator", "service.version": __version__})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return True
