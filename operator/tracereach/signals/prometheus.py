"""From what a gateway's Prometheus exporter serves to `Counters`: its text, or samples that somebody else has read.

The names are those that the pipelines in `charts/tracereach/files/gateway.yaml` give.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from prometheus_client.parser import text_string_to_metric_families

from tracereach.coverage.counters import GATEWAY, Call, CollectorCount, CollectorFigure, Counters, Side, SpanGroup

CALLS = "traces_service_graph_request_total"
SPANS = "traces_span_metrics_calls_total"
COLLECTORS: dict[str, CollectorFigure] = {
    "otelcol_process_uptime_seconds_total": "Uptime",
    "otelcol_receiver_accepted_spans_total": "Accepted",
    "otelcol_receiver_refused_spans_total": "Refused",
    "otelcol_exporter_sent_spans_total": "Sent",
    "otelcol_exporter_send_failed_spans_total": "Failed",
    "otelcol_exporter_enqueue_failed_spans_total": "Failed",
    "otelcol_connector_servicegraph_dropped_spans_total": "Dropped",
}
"""What collectors count of themselves, by the names of the collector's own telemetry."""
NAMES = (CALLS, SPANS, *COLLECTORS)
"""Every counter that is read."""

Sample = tuple[str, Mapping[str, str], float]
"""The name of a counter, the labels that the exporter gives it, and its value."""

_SIDES: dict[str, Side] = {"client": "client", "server": "server"}


class UnreadableMetrics(ValueError):
    """The text is not in the Prometheus exposition format."""


def parse(text: str) -> Counters:
    """The counters in a scrape; series of other metrics are passed over. Raises `UnreadableMetrics`."""
    relevant = "\n".join(line for line in text.split("\n") if line.startswith(NAMES))
    try:
        families = text_string_to_metric_families(relevant)
        return counters((one.name, one.labels, one.value) for family in families for one in family.samples)
    except (ValueError, OverflowError, KeyError, IndexError) as error:
        raise UnreadableMetrics(f"no Prometheus text: {error}") from error


def counters(samples: Iterable[Sample]) -> Counters:
    """The counters that samples give; other metrics are passed over, and so are labels that do not matter.

    Raises ValueError or OverflowError for a value that is no number, or has no end.
    """
    calls: Counter[Call] = Counter()
    spans: Counter[SpanGroup] = Counter()
    collectors: Counter[CollectorCount] = Counter()
    for name, labels, value in samples:
        if name == CALLS:
            calls[_call(labels)] += int(value)
        elif name == SPANS:
            spans[_group(labels)] += int(value)
        elif figure := COLLECTORS.get(name):
            collectors[_collector(labels, figure)] += int(value)
    return Counters(calls, spans, collectors)


def _call(labels: Mapping[str, str]) -> Call:
    virtual = _SIDES.get(labels.get("virtual_node", ""), "")
    return Call(
        client=labels.get("client", ""),
        server=labels.get("server", ""),
        virtual=virtual,
        connection=labels.get("connection_type", ""),
        begun=labels.get("client_root") == "true",
        failed=virtual == "server" and labels.get("failed") == "true",
    )


def _group(labels: Mapping[str, str]) -> SpanGroup:
    kind = labels.get("span_kind", "").removeprefix("SPAN_KIND_").capitalize()
    language = labels.get("telemetry_sdk_language", "")
    return SpanGroup(labels.get("service_name", ""), kind, labels.get("root") == "true", language)


def _collector(labels: Mapping[str, str], figure: CollectorFigure) -> CollectorCount:
    """Of a sidecar, which says beside whom it stands, or of the gateway itself, which does not."""
    return CollectorCount(labels.get("job") or GATEWAY, labels.get("instance", ""), figure)
