"""What a template makes of its workload's tracing, before and after an injection."""

from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import template, variable
from tracereach.api.tracing import Route, Tracing
from tracereach.inject import Merge, inject, tracing

W3C = ("tracecontext", "baggage")
OTLP = "OTEL_EXPORTER_OTLP_ENDPOINT"
HIDDEN = {"valueFrom": {"configMapKeyRef": {"name": "tracing", "key": "x"}}}


def found(*entries: dict[str, Any], injected: bool = True, **spec: Any) -> Tracing:
    pod = template(env=list(entries))
    result = tracing(inject(pod, make_injection(**spec)).template if injected else pod)
    assert result is not None
    return result


def test_the_injection_is_not_the_users() -> None:
    assert found() == Tracing(W3C, "parentbased_always_on")
    assert found(propagation={"propagators": ["b3"]}).propagators == ("b3",)
    sampling = found(sampling={"sampler": "traceidratio", "ratio": "0.25"})
    assert (sampling.sampler, sampling.ratio, sampling.own) == ("traceidratio", 0.25, frozenset())


def test_what_the_webhook_adds_counts_as_if_it_stood_in_the_template() -> None:
    injection = make_injection(
        agents=["nodejs"],
        propagation={"propagators": ["b3"]},
        sampling={"sampler": "traceidratio", "ratio": "0.25"},
    )
    pod = template(env=[variable("NODE_OPTIONS", "--no-deprecation"), variable("OTEL_TRACES_SAMPLER", "always_off")])
    stamped = tracing(inject(pod, injection, Merge.STAMP).template)
    assert stamped is not None
    assert stamped == tracing(inject(pod, injection, Merge.IN_PLACE).template)
    assert (stamped.propagators, stamped.sampler, stamped.own) == (
        ("b3",), "always_off", frozenset({"OTEL_TRACES_SAMPLER"}),
    )  # fmt: skip


def test_a_stamp_that_cannot_be_read_tells_nothing() -> None:
    metadata = {"labels": {"tracereach.dev/merge": "wanted"}, "annotations": {"tracereach.dev/merge-plan": "{"}}
    assert tracing({"metadata": metadata, **template()}) is None


@pytest.mark.parametrize("injected", [True, False])
def test_what_the_user_sets_is_the_users(*, injected: bool) -> None:
    b3 = found(variable("OTEL_PROPAGATORS", "b3, tracecontext"), injected=injected)
    assert (b3.propagators, b3.own) == (("b3", "tracecontext"), frozenset({"OTEL_PROPAGATORS"}))
    sampler = found(
        variable("OTEL_TRACES_SAMPLER", "traceidratio"), variable("OTEL_TRACES_SAMPLER_ARG", "none"), injected=injected
    )
    assert (sampler.sampler, sampler.ratio) == ("traceidratio", 1.0)


def test_what_a_reference_hides_nobody_can_tell() -> None:
    hidden = found({"name": "OTEL_PROPAGATORS", **HIDDEN}, {"name": "OTEL_TRACES_SAMPLER", **HIDDEN})
    assert (hidden.propagators, hidden.sampler) == (None, "")


@pytest.mark.parametrize(
    ("entries", "spec", "route"),
    [
        ([], {}, Route.SIDECAR),
        ([], {"collector": {"mode": "Direct"}}, Route.DIRECT),
        ([variable(OTLP, "http://mine:4318")], {}, Route.ELSEWHERE),
        ([{"name": OTLP, **HIDDEN}], {}, Route.ELSEWHERE),
        ([variable("OTEL_TRACES_EXPORTER", "none")], {}, Route.NOWHERE),
    ],
)
def test_where_spans_go(entries: list[dict[str, Any]], spec: dict[str, Any], route: Route) -> None:
    assert found(*entries, **spec).route == route


def test_the_users_endpoint_may_be_the_sidecars() -> None:
    pod = inject(template(), make_injection()).template
    pod["spec"]["containers"][0]["env"] = [variable(OTLP, "http://localhost:4318")]
    result = tracing(pod)
    assert result is not None
    assert result.route == Route.SIDECAR


def test_a_template_without_containers_tells_nothing() -> None:
    assert tracing({"spec": {}}) is None
    assert tracing({"metadata": {"annotations": {"tracereach.dev/injection": "{"}}}) is None
