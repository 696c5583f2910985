"""Keeps the spans of recent probes in memory: a bounded view for people, of nothing that must outlive the process."""

from collections import OrderedDict
from collections.abc import Iterable

from tracereach.coverage.tree import Span

PROBE_TRACE_PREFIX = "7261636572656163"
"""How the trace ids of probes begin: ASCII "racereac". The gateway's filter in the chart names it too.

A prefix of the id survives every propagation format, and proxies that drop `tracestate`; the other half is random.
"""


class ProbeStore:
    """The newest traces of probes. With one too many, the one that began to arrive first is dropped."""

    def __init__(self, *, traces: int = 256, spans_per_trace: int = 512) -> None:
        self._traces: OrderedDict[str, dict[str, Span]] = OrderedDict()
        self._most_traces = traces
        self._most_spans = spans_per_trace

    def add(self, spans: Iterable[Span]) -> int:
        """Keep the spans that belong to probes, and return how many were new. A span sent twice is kept once."""
        kept = 0
        for span in spans:
            if span.trace_id.startswith(PROBE_TRACE_PREFIX):
                trace = self._traces.setdefault(span.trace_id, {})
                if span.span_id not in trace and len(trace) < self._most_spans:
                    trace[span.span_id] = span
                    kept += 1
                if len(self._traces) > self._most_traces:
                    self._traces.popitem(last=False)
        return kept

    def trace(self, trace_id: str) -> tuple[Span, ...]:
        """The spans that have arrived for a trace id, in no order; none for an id that is not known."""
        return tuple(self._traces.get(trace_id.lower(), {}).values())
