"""What stays with the user is reported, in words that say what follows from it."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import template, variable
from tracereach.inject.own_settings import NO_SETTINGS, read_own_settings
from tracereach.inject.sidecar import may_have_sidecar
from tracereach.inject.user_settings import disabled, effective_propagators, left

P = "OTEL_EXPORTER_OTLP_"
SECRET = {"valueFrom": {"secretKeyRef": {"name": "tracing", "key": "x"}}}
INJECTION = make_injection(env=[variable("OTEL_LOG_LEVEL", "info")])


def reports(*entries: tuple[str, str] | dict[str, Any], injection: Any = INJECTION, **app: Any) -> dict[str, str]:
    env = [variable(*entry) if isinstance(entry, tuple) else entry for entry in entries]
    pod = template(env=env, **app)
    sidecar = may_have_sidecar(pod, injection)
    (container,) = pod["spec"]["containers"]
    own = read_own_settings(container)
    return dict(left(container, own, injection.revision, sidecar=sidecar))


@pytest.mark.parametrize(
    ("entries", "variables", "message"),
    [
        ([(f"{P}ENDPOINT", "http://mine:4318")], f"{P}ENDPOINT", "exports to its own endpoint"),
        ([(f"{P}ENDPOINT", "http://mine:4317")], f"{P}ENDPOINT", "port 4317 usually speaks grpc"),
        (
            [(f"{P}PROTOCOL", "grpc"), (f"{P}ENDPOINT", "http://mine:4317")],
            f"{P}ENDPOINT, {P}PROTOCOL",
            "coverage sees nothing of it",
        ),
        ([(f"{P}PROTOCOL", "grpc")], f"{P}PROTOCOL", "by the protocol it names"),
        ([(f"{P}HEADERS", "a=b")], f"{P}HEADERS", "default, localhost; the collector listens there"),
        (
            [(f"{P}ENDPOINT", ""), (f"{P}TRACES_ENDPOINT", "")],
            f"{P}ENDPOINT, {P}TRACES_ENDPOINT",
            "default, localhost",
        ),
        ([("OTEL_TRACES_EXPORTER", "none")], "OTEL_TRACES_EXPORTER", "exports no spans"),
        ([("OTEL_TRACES_EXPORTER", "jaeger")], "OTEL_TRACES_EXPORTER", "by jaeger and not by OTLP"),
        (
            [("OTEL_METRICS_EXPORTER", "otlp"), (f"{P}METRICS_ENDPOINT", "http://mine")],
            f"{P}METRICS_ENDPOINT, OTEL_METRICS_EXPORTER",
            "exports its metrics by itself",
        ),
        ([("OTEL_LOGS_EXPORTER", "otlp")], "OTEL_LOGS_EXPORTER", "exports its logs by itself"),
        ([("OTEL_TRACES_SAMPLER", "always_off")], "OTEL_TRACES_SAMPLER", "samples as it says itself"),
        ([("OTEL_TRACES_SAMPLER_ARG", "0.1")], "OTEL_TRACES_SAMPLER_ARG", "samples as it says itself"),
        (
            [("OTEL_TRACES_SAMPLER", ""), ("OTEL_TRACES_SAMPLER_ARG", "0.1")],
            "OTEL_TRACES_SAMPLER_ARG",
            "samples as it says itself",
        ),
        ([("OTEL_TRACES_SAMPLER", "")], "OTEL_TRACES_SAMPLER", "is set without a value"),
        ([("OTEL_PROPAGATORS", "b3")], "OTEL_PROPAGATORS", "is b3 and the policy's is tracecontext,baggage"),
        ([("OTEL_PROPAGATORS", "none")], "OTEL_PROPAGATORS", "is none and"),
        ([{"name": "OTEL_PROPAGATORS", **SECRET}], "OTEL_PROPAGATORS", "nobody can tell"),
        ([("OTEL_SERVICE_NAME", "mine")], "OTEL_SERVICE_NAME", "names the service itself"),
        ([("OTEL_RESOURCE_ATTRIBUTES", "a=b,service.name=c")], "OTEL_RESOURCE_ATTRIBUTES", "names the service itself"),
        ([{"name": "OTEL_RESOURCE_ATTRIBUTES", **SECRET}], "OTEL_RESOURCE_ATTRIBUTES", "gives way to the added one"),
        ([("OTEL_LOG_LEVEL", "debug")], "OTEL_LOG_LEVEL", "and not that of spec.env"),
        ([("OTEL_SEMCONV_STABILITY_OPT_IN", "database")], "OTEL_SEMCONV_STABILITY_OPT_IN", "lacks http"),
    ],
)
def test_each_is_reported_once(entries: list[Any], variables: str, message: str) -> None:
    found = reports(*entries)
    assert list(found) == [variables]
    assert message in found[variables]


@pytest.mark.parametrize(
    "entry",
    [
        ("SHOP", "1"),
        ("OTEL_PROPAGATORS", "baggage, tracecontext"),
        ("OTEL_PROPAGATORS", ""),
        ("OTEL_TRACES_EXPORTER", "otlp"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team=a"),
        ("OTEL_LOG_LEVEL", "info"),
        ("OTEL_SEMCONV_STABILITY_OPT_IN", "database,http/dup"),
        (f"{P}ENDPOINT", ""),
    ],
)
def test_what_changes_nothing_is_not(entry: tuple[str, str]) -> None:
    assert reports(entry) == {}


@pytest.mark.parametrize(
    ("export", "spoken"),
    [
        ({}, "http/protobuf"),
        ({"collector": {"mode": "Direct"}, "export": {"endpoint": "http://a:4317", "protocol": "grpc"}}, "grpc"),
    ],
)
def test_a_protocol_that_nobody_sees_may_not_be_that_of_the_endpoint(export: dict[str, Any], spoken: str) -> None:
    said = reports({"name": f"{P}PROTOCOL", **SECRET}, injection=make_injection(**export))
    assert said == {f"{P}PROTOCOL": f"comes from a reference; the endpoint that is added speaks {spoken}"}


def test_without_a_collector_nothing_listens_at_the_default() -> None:
    direct = make_injection(collector={"mode": "Direct"})
    assert "nothing listens there" in reports((f"{P}HEADERS", "a=b"), injection=direct)[f"{P}HEADERS"]


@pytest.mark.parametrize(
    ("source", "hidden"),
    [
        ({"secretRef": {"name": "tracing"}}, "Secret tracing"),
        ({"prefix": "OTEL_", "configMapRef": {"name": "tracing"}}, "ConfigMap tracing"),
        ({"prefix": "OTEL_EXPORTER_", "configMapRef": {"name": "tracing"}}, "ConfigMap tracing"),
        ({"prefix": "O", "configMapRef": {"name": "tracing"}}, "ConfigMap tracing"),
        ({"prefix": "SHOP_", "configMapRef": {"name": "tracing"}}, None),
    ],
)
def test_what_may_hide_in_envfrom_is_said(source: dict[str, Any], hidden: str | None) -> None:
    expected = [f"{hidden} in envFrom may hold variables of OpenTelemetry; those that are added win over them"]
    assert list(reports(envFrom=[source]).values()) == (expected if hidden else [])


@pytest.mark.parametrize(("value", "skipped"), [("true", True), ("TRUE ", True), ("false", False), ("", False)])
def test_a_container_with_its_sdk_switched_off_is_left_alone(
    value: str,
    skipped: bool,  # noqa: FBT001 - a column of a table
) -> None:
    container = {"name": "app", "env": [variable("OTEL_SDK_DISABLED", value)]}
    found = disabled(container, read_own_settings(container))
    assert (str(found.reason) if found else None) == ("SdkDisabled" if skipped else None)
    assert disabled({"name": "app"}, NO_SETTINGS) is None


@pytest.mark.parametrize(
    ("entry", "propagators"),
    [
        (None, ("tracecontext",)),
        (variable("OTEL_PROPAGATORS", "b3, baggage"), ("b3", "baggage")),
        (variable("OTEL_PROPAGATORS", ""), ("tracecontext", "baggage")),
        ({"name": "OTEL_PROPAGATORS"}, ("tracecontext", "baggage")),
        ({"name": "OTEL_PROPAGATORS", **SECRET}, None),
    ],
)
def test_the_propagators_that_take_effect(entry: dict[str, Any] | None, propagators: tuple[str, ...] | None) -> None:
    container = {"name": "app", "env": [entry] if entry else None}
    assert effective_propagators(container, ("tracecontext",)) == propagators
