"""The user always wins, and by groups: half of the user's exporter and half of ours would be a third thing."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import injected_variables, template, variable

EXPORTER = {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"}
SAMPLER = {"OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"}
RATIO = make_injection(sampling={"sampler": "parentbased_traceidratio", "ratio": "0.25"})
FROM_CONFIG_MAP = {"configMapKeyRef": {"name": "settings", "key": "endpoint"}}


def test_with_nothing_set_both_groups_are_ours() -> None:
    found = injected_variables(template(), RATIO)
    assert {name: found[name] for name in EXPORTER | SAMPLER} == {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.25",
    }


@pytest.mark.parametrize(
    ("entry", "left", "ours"),
    [
        (variable("OTEL_EXPORTER_OTLP_ENDPOINT", "http://mine:4317"), EXPORTER, SAMPLER),
        (variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://mine:4317"), EXPORTER, SAMPLER),
        (variable("OTEL_EXPORTER_OTLP_HEADERS", "a=b"), EXPORTER, SAMPLER),
        (variable("OTEL_EXPORTER_OTLP_CERTIFICATE", "/tls/ca.crt"), EXPORTER, SAMPLER),
        ({"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "valueFrom": FROM_CONFIG_MAP}, EXPORTER, SAMPLER),
        (variable("OTEL_TRACES_SAMPLER", "always_off"), SAMPLER, EXPORTER),
        (variable("OTEL_TRACES_SAMPLER_ARG", "0.1"), SAMPLER, EXPORTER),
    ],
)
def test_one_variable_of_the_user_keeps_its_group_and_no_other(
    entry: dict[str, Any], left: set[str], ours: set[str]
) -> None:
    found = injected_variables(template(env=[entry]), RATIO)
    assert found[entry["name"]] == entry.get("value", entry.get("valueFrom"))
    assert not (left - {entry["name"]}) & found.keys()
    assert ours <= found.keys()


def test_an_empty_variable_is_unset_and_still_not_overwritten() -> None:
    found = injected_variables(template(env=[variable("OTEL_TRACES_SAMPLER", "")]), RATIO)
    assert found["OTEL_TRACES_SAMPLER"] == ""
    assert found["OTEL_TRACES_SAMPLER_ARG"] == "0.25"


@pytest.mark.parametrize(
    "name", ["OTEL_PROPAGATORS", "OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_SERVICE_NAME", "OTEL_LOG_LEVEL"]
)
def test_a_variable_without_a_group_is_left_alone_by_itself(name: str) -> None:
    injection = make_injection(env=[variable("OTEL_LOG_LEVEL", "debug")])
    found = injected_variables(template(env=[variable(name, "mine")]), injection)
    assert found[name] == "mine"
    assert found.keys() >= EXPORTER


@pytest.mark.parametrize(
    ("propagators", "value"),
    [
        (["tracecontext", "baggage"], "tracecontext,baggage"),
        (["b3multi", "tracecontext"], "b3multi,tracecontext"),
        (["b3", "b3"], "b3"),
    ],
)
def test_propagators_keep_the_order_of_the_policy(propagators: list[str], value: str) -> None:
    injection = make_injection(propagation={"propagators": propagators})
    assert injected_variables(template(), injection)["OTEL_PROPAGATORS"] == value


@pytest.mark.parametrize(
    ("sampler", "argument"),
    [
        ("always_on", None),
        ("parentbased_always_on", None),
        ("parentbased_always_off", None),
        ("traceidratio", "0.5"),
        ("parentbased_traceidratio", "0.5"),
    ],
)
def test_only_a_sampler_by_ratio_has_an_argument(sampler: str, argument: str | None) -> None:
    found = injected_variables(template(), make_injection(sampling={"sampler": sampler, "ratio": "0.5"}))
    assert (found["OTEL_TRACES_SAMPLER"], found.get("OTEL_TRACES_SAMPLER_ARG")) == (sampler, argument)


def test_spans_and_nothing_else_are_exported() -> None:
    found = injected_variables(template(), make_injection())
    exporters = [found[f"OTEL_{signal}_EXPORTER"] for signal in ("TRACES", "METRICS", "LOGS")]
    assert exporters == ["otlp", "none", "none"]


def test_a_variable_of_the_policy_wins_over_our_own_setting() -> None:
    ours = injected_variables(template(), make_injection())
    asked = injected_variables(template(), make_injection(env=[variable("OTEL_SEMCONV_STABILITY_OPT_IN", "http/dup")]))
    assert [found["OTEL_SEMCONV_STABILITY_OPT_IN"] for found in (ours, asked)] == ["http", "http/dup"]


def test_without_a_sidecar_the_sdk_exports_to_the_endpoint_with_the_headers_by_reference() -> None:
    header = {"name": "authorization", "secretKeyRef": {"name": "backend", "key": "token"}}
    export = {"endpoint": "https://api.example:4318", "protocol": "http/protobuf", "headers": [header]}
    found = injected_variables(template(), make_injection(collector={"mode": "Direct"}, export=export))
    assert found["OTEL_EXPORTER_OTLP_ENDPOINT"] == "https://api.example:4318"
    assert found["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf"
    assert found["OTEL_EXPORTER_OTLP_HEADERS"] == "authorization=$(TRACEREACH_EXPORT_HEADER_0)"
    assert found["TRACEREACH_EXPORT_HEADER_0"] == {
        "secretKeyRef": {"name": "backend", "key": "token", "optional": True}
    }
