"""Keeps the spans of recent probes in memory: a bounded view for people, of nothing that must outlive the process."""

import re
from collections import OrderedDict
from collections.abc import Iterable

from tracereach.coverage.tree import Span

PROBE_TRACE_PREFIX = "7261636572656163"
"""How the trace ids of probes begin: ASCII "racereac". The gateway's filter in the chart names it too.

A prefix of the id survives every propagation format, and proxies that drop `tracestate`; the other half is random.
"""
PROBE_USER_AGENT = "tracereach-probe/"
"""How the user agent of a probe begins; its trace id follows. The gateway's filter names it too.

A proxy hands it on even where it drops or replaces the trace headers; a service that makes calls of its own does not.
"""
_USER_AGENT = re.compile(rf"{PROBE_USER_AGENT}({PROBE_TRACE_PREFIX}[0-9a-f]{{16}})")


def user_agent(trace_id: str) -> str:
    """The user agent of the probe with this trace id."""
    return f"{PROBE_USER_AGENT}{trace_id}"


def probe_named_by(text: str) -> str:
    """The trace id of the probe whose user agent this is; empty for every other."""
    found = _USER_AGENT.fullmatch(text)
    return found[1] if found else ""


class ProbeStore:
    """The newest traces of probes. With one too many, the one that began to arrive first is dropped.

    A span belongs to a probe by its trace id; or, where something on the way took the trace headers away, by the user
    agent of the request that it stands for.
    """

    def __init__(self, *, traces: int = 256, spans_per_trace: int = 512) -> None:
        self._traces: OrderedDict[str, dict[str, Span]] = OrderedDict()
        self._most_traces = traces
        self._most_spans = spans_per_trace

    def add(self, spans: Iterable[Span]) -> int:
        """Keep the spans that belong to probes, and return how many were new. A span sent twice is kept once."""
        kept = 0
        for span in spans:
            probe = span.trace_id if span.trace_id.startswith(PROBE_TRACE_PREFIX) else span.probe
            if probe:
                trace = self._traces.setdefault(probe, {})
                if span.span_id not in trace and len(trace) < self._most_spans:
                    trace[span.span_id] = span
                    kept += 1
                if len(self._traces) > self._most_traces:
                    self._traces.popitem(last=False)
        return kept

    def trace(self, trace_id: str) -> tuple[Span, ...]:
        """The spans that have arrived for a trace id, in no order; none for an id that is not known."""
        return tuple(span for span in self._all(trace_id) if span.trace_id == trace_id.lower())

    def strays(self, trace_id: str) -> tuple[Span, ...]:
        """Spans of requests that were this probe, and that are of another trace."""
        return tuple(span for span in self._all(trace_id) if span.trace_id != trace_id.lower())

    def _all(self, trace_id: str) -> Iterable[Span]:
        return self._traces.get(trace_id.lower(), {}).values()
