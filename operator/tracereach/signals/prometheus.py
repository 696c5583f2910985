"""From the text that a gateway's Prometheus exporter serves to `Counters`.

The names are those that the pipelines in `charts/tracereach/files/gateway.yaml` give.
"""

from collections import Counter

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
_RELEVANT = (CALLS, SPANS, *COLLECTORS)

_SIDES: dict[str, Side] = {"client": "client", "server": "server"}


class UnreadableMetrics(ValueError):
    """The text is not in the Prometheus exposition format."""


def parse(text: str) -> Counters:
    """The counters in a scrape; series of other metrics are passed over. Raises `UnreadableMetrics`."""
    calls: Counter[Call] = Counter()
    spans: Counter[SpanGroup] = Counter()
    collectors: Counter[CollectorCount] = Counter()
    relevant = "\n".join(line for line in text.splitlines() if line.startswith(_RELEVANT))
    try:
        for family in text_string_to_metric_families(relevant):
            for sample in family.samples:
                if sample.name == CALLS:
                    calls[_call(sample.labels)] += int(sample.value)
                elif sample.name == SPANS:
                    spans[_group(sample.labels)] += int(sample.value)
                elif figure := COLLECTORS.get(sample.name):
                    collectors[_collector(sample.labels, figure)] += int(sample.value)
    except (ValueError, OverflowError, KeyError, IndexError) as error:
        raise UnreadableMetrics(f"no Prometheus text: {error}") from error
    return Counters(calls, spans, collectors)


def _call(labels: dict[str, str]) -> Call:
    return Call(
        client=labels.get("client", ""),
        server=labels.get("server", ""),
        virtual=_SIDES.get(labels.get("virtual_node", ""), ""),
        connection=labels.get("connection_type", ""),
        begun=labels.get("client_root") == "true",
    )


def _group(labels: dict[str, str]) -> SpanGroup:
    kind = labels.get("span_kind", "").removeprefix("SPAN_KIND_").capitalize()
    language = labels.get("telemetry_sdk_language", "")
    return SpanGroup(labels.get("service_name", ""), kind, labels.get("root") == "true", language)


def _collector(labels: dict[str, str], figure: CollectorFigure) -> CollectorCount:
    """Of a sidecar, which says beside whom it stands, or of the gateway itself, which does not."""
    return CollectorCount(labels.get("job") or GATEWAY, labels.get("instance", ""), figure)
