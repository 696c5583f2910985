"""The sidecar collector: its configuration says what was meant, whatever the strings in it look like."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from tests.unit.inject.conftest import CATALOGUE, make_injection
from tests.unit.inject.pods import container, template, variables
from tracereach.api.revision import revision_of
from tracereach.inject import Injection, inject
from tracereach.inject.collector import SLIM_ATTRIBUTES, configuration


def parsed(injection: Injection) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(configuration(injection.revision))
    return found


def sidecar_variables(injection: Injection) -> dict[str, Any]:
    return variables(inject(template(), injection).template, "tracereach-collector")


HOSTILE = [
    'say "hello"',
    "it's",
    "two\nlines",
    "\ttab",
    "back\\slash",
    "{{ identity }}{% raw %}",
    "key: value # comment",
    "[a, b]: {c: d}",
    "*alias &anchor !tag",
    "| block",
    "---",
    "null",
    "017",
    "5 $",
    "zwölf",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_string_stays_the_string_it_was(text: str) -> None:
    catalogue = CATALOGUE.model_copy(update={"gateway": text})
    injection = make_injection()
    revision = revision_of(injection.revision.spec, catalogue)
    found = parsed(replace(injection, revision=revision))
    assert found["exporters"]["otlp_grpc/gateway"]["endpoint"] == text
    assert found["service"]["pipelines"] == parsed(injection)["service"]["pipelines"]
    (reader,) = found["service"]["telemetry"]["metrics"]["readers"]
    assert reader["periodic"]["exporter"]["otlp"]["endpoint"] == f"http://{text}"


@pytest.mark.parametrize("text", ['"', "'", "{{ gateway }}", " # comment", ": x", "]}", "%00", "\\n"])
def test_an_endpoint_stays_the_endpoint_it_was(text: str) -> None:
    endpoint = f"https://api.example/{text}"
    found = parsed(make_injection(export={"endpoint": endpoint, "protocol": "http/protobuf"}))
    assert found["exporters"]["otlp_http/backend"]["endpoint"] == endpoint


@pytest.mark.parametrize(
    ("export", "exporter", "expected"),
    [
        (
            {"endpoint": "http://otel:4317", "protocol": "grpc"},
            "otlp_grpc/backend",
            {"endpoint": "otel:4317", "tls": {"insecure": True}},
        ),
        (
            {"endpoint": "https://api.example:443", "protocol": "grpc"},
            "otlp_grpc/backend",
            {"endpoint": "api.example:443", "tls": {"insecure": False}},
        ),
        (
            {"endpoint": "https://api.example/otlp", "protocol": "http/protobuf"},
            "otlp_http/backend",
            {"endpoint": "https://api.example/otlp"},
        ),
    ],
)
def test_the_backend_is_reached_by_its_own_protocol(
    export: dict[str, str], exporter: str, expected: dict[str, Any]
) -> None:
    found = parsed(make_injection(export=export))
    assert found["exporters"].keys() == {exporter, "otlp_grpc/gateway"}
    assert found["exporters"][exporter].items() >= expected.items()
    assert ("tls" in found["exporters"][exporter]) is (exporter == "otlp_grpc/backend")
    assert found["service"]["pipelines"]["traces/backend"]["exporters"] == [exporter]


def test_headers_come_from_the_collector_s_own_environment_and_never_as_text() -> None:
    headers = [
        {"name": "authorization", "secretKeyRef": {"name": "backend", "key": "token"}},
        {"name": "x-tenant", "secretKeyRef": {"name": "backend", "key": "tenant"}},
    ]
    injection = make_injection(export={"endpoint": "http://otel:4317", "headers": headers})
    assert parsed(injection)["exporters"]["otlp_grpc/backend"]["headers"] == {
        "authorization": "${env:TRACEREACH_EXPORT_HEADER_0}",
        "x-tenant": "${env:TRACEREACH_EXPORT_HEADER_1}",
    }
    injected = inject(template(), injection).template
    found = variables(injected, "tracereach-collector")
    assert found["TRACEREACH_EXPORT_HEADER_1"] == {
        "secretKeyRef": {"name": "backend", "key": "tenant", "optional": True}
    }
    assert not [name for name in variables(injected) if name.startswith("TRACEREACH_EXPORT")]


def test_the_identity_is_stamped_over_anything_an_application_says(injection: Injection) -> None:
    found = parsed(injection)
    assert found["processors"]["resource/identity"]["attributes"] == [
        {"key": "tracereach.workload", "value": "${env:TRACEREACH_WORKLOAD}", "action": "upsert"}
    ]
    for pipeline in found["service"]["pipelines"].values():
        assert pipeline["processors"][:2] == ["memory_limiter", "resource/identity"]
        assert pipeline["processors"][-1] == "batch"
    assert sidecar_variables(injection)["TRACEREACH_WORKLOAD"] == "shop/Deployment/orders"


def test_workloads_of_a_revision_share_one_configuration() -> None:
    one, other = make_injection(), make_injection()
    assert one.revision is not other.revision
    assert configuration(one.revision) is configuration(other.revision)
    assert "orders" not in configuration(one.revision)


def test_what_an_application_does_not_say_of_its_pod_the_collector_says(injection: Injection) -> None:
    statements = parsed(injection)["processors"]["transform/pod"]["trace_statements"]
    named = {statement.split('"')[3].removeprefix("${env:").removesuffix("}") for statement in statements}
    assert len(statements) == 3
    assert all(statement.endswith(" == nil") for statement in statements)
    found = sidecar_variables(injection)
    assert {name for name in named if "fieldRef" in found[name]} == named


@pytest.mark.parametrize("exporter", ["otlp_grpc/backend", "otlp_grpc/gateway"])
def test_nothing_is_queued_or_tried_without_bound(injection: Injection, exporter: str) -> None:
    found = parsed(injection)["exporters"][exporter]
    assert found["sending_queue"]["queue_size"] <= 1000
    assert found["retry_on_failure"]["max_elapsed_time"] in {"30s", "60s"}
    assert found["timeout"] == "5s"


def test_the_second_copy_is_slim_and_the_first_is_whole(injection: Injection) -> None:
    found = parsed(injection)
    pipelines = found["service"]["pipelines"]
    assert "transform/slim" not in pipelines["traces/backend"]["processors"]
    assert "transform/slim" in pipelines["traces/coverage"]["processors"]
    resource, span = found["processors"]["transform/slim"]["trace_statements"]
    kept = '"tracereach.workload", "service.name", "telemetry.sdk.language", "k8s.pod.uid"'
    assert resource == f"keep_keys(resource.attributes, [{kept}])"
    assert all(f'"{name}"' in span for name in SLIM_ATTRIBUTES)


def test_it_listens_on_loopback_only(injection: Injection) -> None:
    protocols = parsed(injection)["receivers"]["otlp"]["protocols"]
    assert {name: one["endpoint"] for name, one in protocols.items()} == {
        "grpc": "127.0.0.1:4317",
        "http": "127.0.0.1:4318",
    }


def test_everything_a_pipeline_names_is_configured(injection: Injection) -> None:
    found = parsed(injection)
    for pipeline in found["service"]["pipelines"].values():
        for kind, used in pipeline.items():
            assert set(used) <= found[kind].keys()


@pytest.mark.parametrize("native", [True, False])
def test_it_is_a_native_sidecar_where_nodes_know_them(native: bool) -> None:  # noqa: FBT001 - a table of two
    injected = inject(template(), make_injection(native_sidecars=native)).template
    place = "initContainers" if native else "containers"
    (sidecar,) = [one for one in injected["spec"][place] if one["name"] == "tracereach-collector"]
    assert sidecar.get("restartPolicy") == ("Always" if native else None)
    assert not {"startupProbe", "livenessProbe", "readinessProbe"} & sidecar.keys()


def test_it_reads_the_configuration_that_it_was_given(injection: Injection) -> None:
    sidecar = container(inject(template(), injection).template, "tracereach-collector")
    found = variables({"spec": {"containers": [sidecar]}}, "tracereach-collector")
    assert sidecar["args"] == ["--config=env:TRACEREACH_COLLECTOR_CONFIG"]
    assert found["TRACEREACH_COLLECTOR_CONFIG"] == configuration(injection.revision)
    assert found["GOMEMLIMIT"] == "100MiB"
    assert found["GOMAXPROCS"] == {"resourceFieldRef": {"resource": "limits.cpu", "divisor": "0"}}
