"""The user always wins, and by groups: half of the user's exporter and half of ours would be a third thing."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import injected_variables, template, variable, variables
from tracereach.inject import inject
from tracereach.inject.agents import AGENTS
from tracereach.inject.variables import propagators_for

EXPORTER = {"OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"}
SAMPLER = {"OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"}
RATIO = make_injection(agents=["java"], sampling={"sampler": "parentbased_traceidratio", "ratio": "0.25"})
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


@pytest.mark.parametrize(
    "env",
    [
        [variable("OTEL_TRACES_SAMPLER", "")],
        [variable("OTEL_TRACES_SAMPLER_ARG", "")],
        [{"name": "OTEL_TRACES_SAMPLER"}],
        [variable("OTEL_TRACES_SAMPLER", ""), variable("OTEL_TRACES_SAMPLER_ARG", "0.5")],
    ],
)
def test_a_sampler_that_could_only_be_set_by_half_is_not_set(env: list[dict[str, Any]]) -> None:
    found = injected_variables(template(env=env), RATIO)
    assert SAMPLER & found.keys() == {entry["name"] for entry in env}


@pytest.mark.parametrize(
    "name", ["OTEL_PROPAGATORS", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER", "OTEL_SERVICE_NAME", "OTEL_LOG_LEVEL"]
)
@pytest.mark.parametrize("value", [{"value": "mine"}, {"value": ""}, {"valueFrom": FROM_CONFIG_MAP}])
def test_a_variable_without_a_group_is_left_alone_by_itself(name: str, value: dict[str, Any]) -> None:
    injection = make_injection(agents=["java"], env=[variable("OTEL_LOG_LEVEL", "debug")])
    found = injected_variables(template(env=[{"name": name, **value}]), injection)
    assert found[name] == next(iter(value.values()))
    assert any(ours.endswith("_ENDPOINT") for ours in found)


def test_each_container_has_groups_of_its_own() -> None:
    neighbour = {"name": "neighbour", "env": [variable("OTEL_TRACES_SAMPLER", "always_off")]}
    pod = template(env=[variable("OTEL_EXPORTER_OTLP_ENDPOINT", "http://mine:4318")])
    pod["spec"]["containers"].append(neighbour)
    injected = inject(pod, RATIO).template
    app, other = variables(injected), variables(injected, "neighbour")
    assert (EXPORTER - app.keys(), SAMPLER - app.keys()) == ({"OTEL_EXPORTER_OTLP_PROTOCOL"}, set())
    assert (EXPORTER - other.keys(), SAMPLER - other.keys()) == (set(), {"OTEL_TRACES_SAMPLER_ARG"})


def test_of_equal_names_the_last_counts_as_in_the_kubelet() -> None:
    twice = [variable("OTEL_EXPORTER_OTLP_ENDPOINT", "http://mine"), variable("OTEL_EXPORTER_OTLP_ENDPOINT", "")]
    found = injected_variables(template(env=twice), RATIO)
    assert found["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] == "http://127.0.0.1:4318/v1/traces"


@pytest.mark.parametrize(
    ("env", "silenced"),
    [
        ([], {"METRICS", "LOGS"}),
        ([variable("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")], {"METRICS", "LOGS"}),
        ([variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://mine")], {"METRICS", "LOGS"}),
        # An application that exports to an endpoint of its own may send more than traces there.
        ([variable("OTEL_EXPORTER_OTLP_ENDPOINT", "http://mine")], set()),
        ([variable("OTEL_METRICS_EXPORTER", "otlp")], {"LOGS"}),
        ([variable("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://mine")], {"LOGS"}),
        ([variable("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc")], {"METRICS"}),
    ],
)
def test_a_signal_that_the_user_exports_goes_on(env: list[dict[str, Any]], silenced: set[str]) -> None:
    found = injected_variables(template(env=env), RATIO)
    assert {name for name in ("METRICS", "LOGS") if found.get(f"OTEL_{name}_EXPORTER") == "none"} == silenced


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
    ("agents", "asked", "named"),
    [
        (("java",), ["tracecontext", "jaeger"], ("tracecontext", "jaeger")),
        (("dotnet",), ["tracecontext", "jaeger"], ("tracecontext",)),
        (("dotnet", "java"), ["tracecontext", "jaeger"], ("tracecontext", "jaeger")),
        (("dotnet",), ["jaeger"], ("jaeger",)),
        (("sdk",), ["jaeger", "none"], ("jaeger", "none")),
    ],
)
def test_only_propagators_that_an_agent_has_are_named(
    agents: tuple[str, ...], asked: list[str], named: tuple[str, ...]
) -> None:
    revision = make_injection(propagation={"propagators": asked}).revision
    assert propagators_for(revision, agents) == named


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


def test_every_setting_of_an_agent_is_recognized_where_a_user_makes_it() -> None:
    assert all(name.startswith("OTEL_") for agent in AGENTS.values() for name in agent.environment)
    found = injected_variables(template(env=[variable("OTEL_NODE_RESOURCE_DETECTORS", "none")]), make_injection())
    assert found["OTEL_NODE_RESOURCE_DETECTORS"] == "none"


def test_without_a_sidecar_the_sdk_exports_to_the_endpoint_with_the_headers_by_reference() -> None:
    header = {"name": "authorization", "secretKeyRef": {"name": "backend", "key": "token"}}
    export = {"endpoint": "https://api.example:4318", "protocol": "http/protobuf", "headers": [header]}
    injection = make_injection(agents=["java"], collector={"mode": "Direct"}, export=export)
    found = injected_variables(template(), injection)
    assert found["OTEL_EXPORTER_OTLP_ENDPOINT"] == "https://api.example:4318"
    assert found["OTEL_EXPORTER_OTLP_PROTOCOL"] == "http/protobuf"
    assert found["OTEL_EXPORTER_OTLP_HEADERS"] == "authorization=$(TRACEREACH_EXPORT_HEADER_0)"
    assert found["TRACEREACH_EXPORT_HEADER_0"] == {
        "secretKeyRef": {"name": "backend", "key": "token", "optional": True}
    }
