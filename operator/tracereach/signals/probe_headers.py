"""What makes a request a probe, over every protocol: a reserved trace id, sampled, and a user agent that names it."""

import secrets
from typing import Literal

from tracereach.signals.probes import PROBE_TRACE_PREFIX, user_agent

Format = Literal["w3c", "b3", "all"]


def new_trace_id() -> str:
    """A trace id of a probe: 32 hexadecimal digits."""
    return PROBE_TRACE_PREFIX + secrets.token_hex(8)


def probe_headers(trace_id: str, headers: Format) -> dict[str, str]:
    """By name in lower case, as HTTP/2 asks for: the user agent, and the trace context in one format or in both."""
    span_id = secrets.token_hex(8)
    context = {"user-agent": user_agent(trace_id)}
    if headers in {"w3c", "all"}:
        context["traceparent"] = f"00-{trace_id}-{span_id}-01"
    if headers in {"b3", "all"}:
        context["b3"] = f"{trace_id}-{span_id}-1"
    return context
