"""What is asked of a Prometheus, and what its answers give: the same counters as the text that it has scraped."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.unit.signals.test_prometheus import ORDERS, PAYMENTS, SCRAPE
from tracereach.coverage.counters import GATEWAY, Call, CollectorCount, Counters
from tracereach.signals.prometheus import NAMES, parse
from tracereach.signals.prometheus_answer import UnusableAnswer, error_in, replicas_in, selector

Labels = Mapping[str, str]
Scrape = Callable[[Labels, Labels], dict[str, str]]
POD = {"job": "monitoring/tracereach", "namespace": "tracing", "pod": "gateway-0", "instance": "10.0.0.7:8889"}
ADDRESS = {"job": "gateway", "instance": "10.0.0.7:8889"}
UP = "otelcol_process_uptime_seconds_total"
ITSELF = Counters(collectors={CollectorCount(GATEWAY, "", "Dropped"): 8})
"""What the gateway says of itself in `SCRAPE`."""
COUNTED = parse("\n".join(line for line in SCRAPE.splitlines() if "servicegraph_dropped" not in line))
"""The rest of it."""


def renamed(exporter: Labels, target: Labels) -> dict[str, str]:
    """As Prometheus does it by default."""
    return {**{f"exported_{name}" if name in target else name: exporter[name] for name in exporter}, **target}


def honoured(exporter: Labels, target: Labels) -> dict[str, str]:
    """As it does it with `honor_labels: true`."""
    return {**target, **exporter}


def series(name: str, value: str = "5", **labels: str) -> dict[str, Any]:
    return {"metric": {"__name__": name, **labels}, "value": [1764280000.123, value]}


def scraped(scrape: Scrape, *targets: Labels) -> list[dict[str, Any]]:
    """The series of `SCRAPE`, scraped from each of the targets."""
    lines = "\n".join(line for line in SCRAPE.splitlines() if line.startswith(NAMES))
    samples = [sample for family in text_string_to_metric_families(lines) for sample in family.samples]
    return [
        series(sample.name, str(sample.value), **scrape(sample.labels, target))
        for target in targets
        for sample in samples
    ]


def answer(result: list[dict[str, Any]], **more: Any) -> bytes:
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": result}, **more}).encode()


def test_asks_for_what_is_read_and_nothing_else() -> None:
    assert selector({}) == f'{{__name__=~"{"|".join(NAMES)}"}}'
    assert selector({"zone": 'a"b\\', "cluster": "öst"}).endswith('",cluster="öst",zone="a\\"b\\\\"}')


def test_pods_are_told_apart_whether_labels_are_honoured_or_not() -> None:
    other = POD | {"pod": "gateway-1", "instance": "10.0.0.8:8889"}
    for scrape in (renamed, honoured):
        replicas = replicas_in(answer(scraped(scrape, POD, other)))
        assert replicas == {
            "tracing/gateway-0": COUNTED,
            "tracing/gateway-0 itself": ITSELF,
            "tracing/gateway-1": COUNTED,
            "tracing/gateway-1 itself": ITSELF,
        }


def test_without_pods_the_address_tells_replicas_apart() -> None:
    replicas = replicas_in(answer(scraped(renamed, ADDRESS, ADDRESS | {"instance": "10.0.0.8:8889"})))
    assert replicas == {
        "10.0.0.7:8889": COUNTED,
        "10.0.0.7 itself": ITSELF,
        "10.0.0.8:8889": COUNTED,
        "10.0.0.8 itself": ITSELF,
    }


def test_a_sidecar_whose_figures_have_lost_their_target_stands_for_itself() -> None:
    replicas = replicas_in(answer(scraped(honoured, ADDRESS)))
    assert replicas.keys() == {"10.0.0.7:8889", "10.0.0.7 itself", f"{ORDERS} one"}
    assert replicas["10.0.0.7:8889"] == Counters(COUNTED.calls, COUNTED.spans)
    assert sum(replicas.values(), Counters()) == parse(SCRAPE)


@pytest.mark.parametrize(
    ("counting", "telling"),
    [
        ({"instance": "10.0.0.7:8889"}, {"instance": "10.0.0.7:8888"}),
        ({"instance": "[fd00::7]:8889"}, {"instance": "[fd00::7]:8888"}),
        ({"instance": "gateway"}, {"instance": "gateway"}),
        ({"pod": "gateway-0", "instance": "10.0.0.7:8889"}, {"pod": "gateway-0", "instance": "elsewhere:8888"}),
    ],
)
def test_what_a_gateway_says_of_itself_is_known_by_what_it_counts(counting: Labels, telling: Labels) -> None:
    span = series("traces_span_metrics_calls_total", service_name=ORDERS, job="gateway", **counting)
    own = [series(UP, job="itself", transport=transport, **telling) for transport in ("grpc", "http")]
    stranger = series(UP, job="itself", instance="10.0.0.9:8888", pod="collector-0")
    found = sum(replicas_in(answer([*own, stranger, span])).values(), Counters())
    assert found.collectors == {CollectorCount(GATEWAY, "", "Uptime"): 10}
    assert replicas_in(answer([*own, stranger])) == {}


def test_what_is_not_there_is_no_replica() -> None:
    assert replicas_in(answer([])) == {}


def test_what_other_collectors_count_by_the_same_names_is_passed_over() -> None:
    foreign = [
        series("traces_service_graph_request_total", client="user", server="frontend", **ADDRESS),
        series("traces_span_metrics_calls_total", service_name="frontend", **ADDRESS),
        series(UP, job="otel-collector", instance="10.0.0.9:8888"),
        series(UP, job="otel-collector", instance="10.0.0.9:8888", exported_job="frontend", exported_instance="x"),
        series(UP, job="a/b/c", instance="10.0.0.9:8888"),
        series("up", job=ORDERS, instance="one"),
    ]
    assert replicas_in(answer(foreign)) == {}


def test_a_sidecar_without_instance_does_not_get_the_targets() -> None:
    replicas = replicas_in(answer([series(UP, exported_job=ORDERS, **ADDRESS)]))
    assert replicas == {"10.0.0.7:8889": Counters(collectors={CollectorCount(ORDERS, "", "Uptime"): 5})}


def test_hints_for_people_do_no_harm() -> None:
    call = series("traces_service_graph_request_total", client=ORDERS, server=PAYMENTS, **ADDRESS)
    replicas = replicas_in(answer([call], infos=["metric might not be a counter"], stats={}))
    assert replicas == {"10.0.0.7:8889": Counters({Call(ORDERS, PAYMENTS): 5})}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>log in</html>", "no answer of Prometheus' query API"),
        (b"[" * 100_000, "no answer of Prometheus' query API"),
        (b"\xff", "no answer of Prometheus' query API"),
        (b"[]", "no answer of Prometheus' query API"),
        (b'{"status": "error", "errorType": "timeout", "error": "too\\nslow"}', "timeout: too slow"),
        (answer([], warnings=["one store did not answer"]), "may not be whole: one store did not answer"),
        (b'{"status": "success"}', "no vector in its answer: data.it"),
        (b'{"status": "success", "data": {"resultType": "scalar", "result": [1, "2"]}}', "no vector .*data.result.0"),
        (answer([{"metric": {}, "value": [1, "many"]}]), "no vector in its answer: data.result.0.value.1"),
        (answer([{"metric": {}, "histogram": [1, {}]}]), "no vector in its answer: data.result.0.value"),
        (answer([series(UP, "NaN", exported_job=ORDERS, **ADDRESS)]), "a counter has no number"),
        (answer([series(UP, "+Inf", exported_job=ORDERS, **ADDRESS)]), "a counter has no number"),
    ],
)
def test_an_answer_that_cannot_be_trusted_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(UnusableAnswer, match=reason):
        replicas_in(body)


def test_what_is_told_of_an_error_is_short_and_on_one_line() -> None:
    long = json.dumps({"status": "error", "errorType": "execution", "error": "x\n" * 10_000}).encode()
    assert error_in(long).startswith("execution: x x")
    assert len(error_in(long)) == 200
    assert error_in(b"Bad Gateway") == ""
