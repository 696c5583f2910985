"""The operator's own spans leave it only where an endpoint is set."""

import subprocess
import sys

_SCRIPT = """
from tracereach.controller import tracing
configured = tracing.configure()
with tracing.TRACER.start_as_current_span("pass") as span:
    recording = span.is_recording()
print(configured, recording)
"""


def run(**environment: str) -> str:
    """What a process of its own says: the provider of a process can be set only once."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_without_an_endpoint_nothing_is_recorded() -> None:
    assert run() == "False False"


def test_with_an_endpoint_passes_are_recorded() -> None:
    assert run(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_BSP_EXPORT_TIMEOUT="1") == "True True"
