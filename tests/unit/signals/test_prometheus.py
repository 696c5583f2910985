"""Reading what a gateway's Prometheus exporter serves."""

import pytest

from tracereach.coverage.counters import GATEWAY, Call, CollectorCount, Counters, SpanGroup
from tracereach.signals.prometheus import UnreadableMetrics, parse

SCRAPE = """\
# HELP traces_service_graph_request_total
# TYPE traces_service_graph_request_total counter
traces_service_graph_request_total{client="shop/Deployment/orders",connection_type="",failed="false",otel_scope_name="g",server="shop/Deployment/payments",virtual_node=""} 20
traces_service_graph_request_total{client="shop/Deployment/orders",connection_type="",failed="true",otel_scope_name="g",server="shop/Deployment/payments",virtual_node=""} 3
traces_service_graph_request_total{client="shop/Deployment/orders",connection_type="virtual_node",failed="false",server="unknown",virtual_node="server"} 7
traces_service_graph_request_total{client="shop/Deployment/orders",connection_type="virtual_node",failed="true",otel_scope_name="g",server="unknown",virtual_node="server"} 2
traces_service_graph_request_total{client="user",connection_type="virtual_node",failed="false",server="shop/Deployment/orders",virtual_node="client"} 1e+03
traces_service_graph_request_total{client="shop/Deployment/orders",connection_type="database",failed="false",server="stock",virtual_node=""} 4
traces_service_graph_request_client_seconds_bucket{client="a",server="b",le="+Inf"} 99
traces_span_metrics_calls_total{job="shop/Deployment/orders",root="true",service_name="shop/Deployment/orders",span_kind="SPAN_KIND_SERVER",telemetry_sdk_language="java"} 20
traces_span_metrics_calls_total{job="shop/Deployment/orders",root="false",service_name="shop/Deployment/orders",span_kind="SPAN_KIND_CLIENT"} 21
otelcol_process_uptime_seconds_total{instance="one",job="shop/Deployment/orders",otel_scope_name="s"} 44.998830765
otelcol_receiver_accepted_spans_total{instance="one",job="shop/Deployment/orders",receiver="otlp",transport="http"} 50
otelcol_receiver_accepted_spans_total{instance="one",job="shop/Deployment/orders",receiver="otlp",transport="grpc"} 7
otelcol_exporter_sent_spans_total{exporter="otlp_grpc/backend",instance="one",job="shop/Deployment/orders"} 40
otelcol_exporter_send_failed_spans_total{exporter="otlp_grpc/backend",instance="one",job="shop/Deployment/orders"} 3
otelcol_exporter_enqueue_failed_spans_total{exporter="otlp_grpc/backend",instance="one",job="shop/Deployment/orders"} 2
otelcol_connector_servicegraph_dropped_spans_total{otel_scope_name="s"} 8
go_goroutines 12
"""  # noqa: E501 - as exporters write it

ORDERS, PAYMENTS = "shop/Deployment/orders", "shop/Deployment/payments"


def test_reads_calls_and_spans_and_nothing_else() -> None:
    assert parse(SCRAPE) == Counters(
        calls={
            Call(ORDERS, PAYMENTS): 23,
            Call(ORDERS, "unknown", "server", "virtual_node"): 7,
            Call(ORDERS, "unknown", "server", "virtual_node", failed=True): 2,
            Call("user", ORDERS, "client", "virtual_node"): 1000,
            Call(ORDERS, "stock", "", "database"): 4,
        },
        spans={
            SpanGroup(ORDERS, "Server", root=True, language="java"): 20,
            SpanGroup(ORDERS, "Client", root=False): 21,
        },
        collectors={
            CollectorCount(ORDERS, "one", "Uptime"): 44,
            CollectorCount(ORDERS, "one", "Accepted"): 57,
            CollectorCount(ORDERS, "one", "Sent"): 40,
            CollectorCount(ORDERS, "one", "Failed"): 5,
            CollectorCount(GATEWAY, "", "Dropped"): 8,
        },
    )


@pytest.mark.parametrize("text", ["", "\n\n", "# TYPE x counter\n", "go_goroutines 12\n", "<html>hello</html>"])
def test_a_gateway_that_has_seen_no_span_counts_nothing(text: str) -> None:
    assert parse(text) == Counters()


@pytest.mark.parametrize(
    "line",
    [
        "traces_service_graph_request_total{client=",
        'traces_service_graph_request_total{client="a"} many',
        "traces_span_metrics_calls_total",
        'traces_span_metrics_calls_total{root="true"} NaN',
        'traces_span_metrics_calls_total{root="true"} +Inf',
    ],
)
def test_nonsense_is_refused(line: str) -> None:
    with pytest.raises(UnreadableMetrics, match="no Prometheus text"):
        parse(line)


@pytest.mark.parametrize("character", ["\u2028", "\x85", "\x0b", "\x1c", "\r"])
def test_only_a_line_feed_ends_a_line(character: str) -> None:
    """Addresses are what applications say, and exporters escape nothing else in them."""
    address = f"pay{character}ments"
    line = f'traces_service_graph_request_total{{client="{ORDERS}",server="{address}",virtual_node="server"}} 7'
    assert parse(f"{line}\ngo_goroutines 12\n").calls == {Call(ORDERS, address, "server"): 7}
