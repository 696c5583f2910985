"""Who a service is: `service.name` and the resource attributes."""

from typing import Any
from urllib.parse import unquote

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import injected_variables, template, variable, variables
from tracereach.inject import Injection, Merge, PodTemplate, inject
from tracereach.inject.attributes import encode, resource_attributes


def attributes(pod: PodTemplate, injection: Injection) -> dict[str, str]:
    text = injected_variables(pod, injection)["OTEL_RESOURCE_ATTRIBUTES"]
    pairs = (pair.split("=", 1) for pair in text.split(","))
    return {key: unquote(value) for key, value in pairs}


def test_a_service_is_named_after_its_workload(injection: Injection) -> None:
    found = injected_variables(template(), injection)
    assert found["OTEL_SERVICE_NAME"] == "orders"
    assert attributes(template(), injection) == {
        "k8s.container.name": "app",
        "k8s.deployment.name": "orders",
        "k8s.namespace.name": "shop",
        "k8s.node.name": "$(TRACEREACH_NODE_NAME)",
        "k8s.pod.name": "$(TRACEREACH_POD_NAME)",
        "k8s.pod.uid": "$(TRACEREACH_POD_UID)",
        "service.instance.id": "shop.$(TRACEREACH_POD_NAME).app",
        "service.namespace": "shop",
    }


def test_what_the_kubelet_fills_in_comes_from_the_pod_s_own_fields(injection: Injection) -> None:
    found = injected_variables(template(), injection)
    fields = {name: source["fieldRef"]["fieldPath"] for name, source in found.items() if isinstance(source, dict)}
    assert fields == {
        "TRACEREACH_NODE_NAME": "spec.nodeName",
        "TRACEREACH_POD_NAME": "metadata.name",
        "TRACEREACH_POD_UID": "metadata.uid",
    }


def test_an_annotation_wins_over_what_is_derived_and_over_the_policy() -> None:
    injection = make_injection(resource={"attributes": {"team": "policy", "tier": "1", "k8s.pod.name": "mine"}})
    annotations = {
        "resource.opentelemetry.io/service.name": "checkout",
        "resource.opentelemetry.io/service.namespace": "store",
        "resource.opentelemetry.io/team": "annotation",
        "other.example/team": "no",
    }
    pod = template(annotations=annotations)
    found = attributes(pod, injection)
    assert injected_variables(pod, injection)["OTEL_SERVICE_NAME"] == "checkout"
    assert (found["service.namespace"], found["team"], found["tier"]) == ("store", "annotation", "1")
    assert found["k8s.pod.name"] == "$(TRACEREACH_POD_NAME)", "the policy cannot forge an identity"
    assert "service.name" not in found


@pytest.mark.parametrize(
    ("entry", "ours"),
    [
        (variable("OTEL_RESOURCE_ATTRIBUTES", "service.name=mine"), False),
        (variable("OTEL_RESOURCE_ATTRIBUTES", "team=a, service.name=mine"), False),
        (variable("OTEL_RESOURCE_ATTRIBUTES", "team=a"), True),
        (variable("OTEL_RESOURCE_ATTRIBUTES", "peer.service.name=other"), True),
        (variable("OTEL_RESOURCE_ATTRIBUTES", ""), True),
        (variable("OTEL_SERVICE_NAME", "mine"), False),
    ],
)
def test_a_service_name_of_the_user_keeps_ours_out(injection: Injection, entry: dict[str, Any], *, ours: bool) -> None:
    found = injected_variables(template(env=[entry]), injection)
    assert (found.get("OTEL_SERVICE_NAME") == "orders") is ours
    assert found[entry["name"]] == entry["value"]


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        ("plain-1.2/3:4", "plain-1.2/3:4"),
        ("a b", "a%20b"),
        ("a,b=c;d", "a%2Cb%3Dc%3Bd"),
        ("100 %", "100%20%25"),
        ('"quoted\\"', "%22quoted%5C%22"),
        ("zwölf", "zw%C3%B6lf"),
        ("line\nbreak", "line%0Abreak"),
        ("$(TRACEREACH_POD_NAME)", "$(TRACEREACH_POD_NAME)"),
        ("", ""),
    ],
)
def test_values_are_percent_encoded_and_references_are_not(value: str, encoded: str) -> None:
    assert encode({"key": value}) == f"key={encoded}"


LABELS = {
    "app.kubernetes.io/instance": "shop-prod",
    "app.kubernetes.io/name": "orders-api",
    "app.kubernetes.io/version": "2.1",
}


@pytest.mark.parametrize(
    ("labels", "asked", "expected"),
    [
        (LABELS, True, ("shop-prod", "2.1")),
        (LABELS, False, ("orders", None)),
        ({**LABELS, "app.kubernetes.io/instance": ""}, True, ("orders-api", "2.1")),
        ({"app.kubernetes.io/name": "orders-api"}, True, ("orders-api", None)),
        (None, True, ("orders", None)),
    ],
)
def test_labels_say_who_a_service_is_where_the_policy_asks_for_it(
    labels: dict[str, str] | None,
    asked: bool,  # noqa: FBT001 - a column of a table
    expected: tuple[str, str | None],
) -> None:
    injection = make_injection(resource={"useLabels": asked})
    pod = {"metadata": {"labels": labels}, **template()}
    found = injected_variables(pod, injection)["OTEL_SERVICE_NAME"], attributes(pod, injection).get("service.version")
    assert found == expected


def test_an_annotation_wins_over_a_label_and_the_identity_is_neither() -> None:
    annotations = {f"resource.opentelemetry.io/service.{name}": "annotated" for name in ("name", "version")}
    pod = template(annotations=annotations)
    pod["metadata"]["labels"] = LABELS
    injection = make_injection(resource={"useLabels": True})
    assert injected_variables(pod, injection)["OTEL_SERVICE_NAME"] == "annotated"
    assert attributes(pod, injection)["service.version"] == "annotated"
    injected = inject(pod, injection).template
    assert variables(injected, "tracereach-collector")["TRACEREACH_WORKLOAD"] == "shop/Deployment/orders"


def test_the_image_is_no_version_because_a_release_changes_it_and_not_the_attributes(injection: Injection) -> None:
    pod = template(image="orders:2.1")
    assert "service.version" not in resource_attributes(pod, pod["spec"]["containers"][0], injection)


@pytest.mark.parametrize(
    "text",
    ["team=a", "team=a,", "team=a, ", "=a", "team", "team=%20", " team = a ", "a=b,,c=d", "k8s.pod.name=mine", " "],
)
def test_what_the_user_wrote_stays_byte_for_byte_and_its_keys_win(injection: Injection, text: str) -> None:
    pod = template(env=[variable("OTEL_RESOURCE_ATTRIBUTES", text)])
    merged = injected_variables(pod, injection, Merge.IN_PLACE)["OTEL_RESOURCE_ATTRIBUTES"]
    assert merged.startswith(text)
    keys = [pair.split("=")[0].strip() for pair in merged.split(",") if "=" in pair]
    assert len(keys) == len(set(keys))
    assert {"k8s.node.name", "k8s.pod.uid", "service.instance.id"} <= set(keys)


def test_attributes_are_sorted_so_that_the_same_ones_are_the_same_text() -> None:
    assert encode({"b": "2", "a": "1"}) == encode({"a": "1", "b": "2"}) == "a=1,b=2"
