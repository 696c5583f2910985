"""What is already in a pod that an injection must not meet."""

from dataclasses import replace
from typing import Any

import pytest

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import reasons, template, variable
from tracereach.inject import Injection, PodTemplate, inject


def init_container(**fields: Any) -> dict[str, Any]:
    return {"name": "own", "ports": [{"containerPort": 4317}], **fields}


def refused(pod: PodTemplate, injection: Injection) -> tuple[str, str]:
    """Reason and message with which the whole workload is left as it is."""
    result = inject(pod, injection)
    assert result.template == pod
    assert not result.injected
    (skipped,) = result.skipped
    assert skipped.container == ""
    return str(skipped.reason), skipped.message


PROFILER = "{846F5F1C-F9AE-4B07-969E-05C26BC060D8}"


def with_init_image(image: str) -> PodTemplate:
    return template(spec={"initContainers": [{"name": "copy", "image": image}]})


def labelled(key: str, value: str) -> PodTemplate:
    return template() | {"metadata": {"labels": {key: value}}}


@pytest.mark.parametrize(
    ("other", "pod"),
    [
        ("Datadog", template(env=[variable("DD_TRACE_AGENT_URL", "http://agent:8126")])),
        ("Datadog", template(env=[variable("DD_TRACE_SAMPLE_RATE", "0.1")])),
        ("Datadog", template(command=["node", "-r", "dd-trace/init", "server.js"])),
        ("Datadog", template(env=[variable("CATALINA_OPTS", "-javaagent:/dd-java-agent.jar")])),
        ("Datadog", template(env=[variable("MY_FLAGS", "-Xmx1g -javaagent:/dd-java-agent.jar")])),
        ("Datadog", template(command=["ddtrace-run", "python", "app.py"])),
        ("Datadog", template(command=["sh", "-c", "exec java -javaagent:/opt/dd-java-agent.jar -jar app.jar"])),
        ("Datadog", template(env=[variable("JAVA_TOOL_OPTIONS", "-javaagent:/dd-java-agent.jar")])),
        ("Datadog", template(env=[variable("CORECLR_PROFILER", PROFILER)])),
        ("Datadog", template(annotations={"admission.datadoghq.com/java-lib.version": "v1.53.0"})),
        ("Datadog", labelled("admission.datadoghq.com/enabled", "true")),
        ("Datadog", with_init_image("gcr.io/datadoghq/dd-lib-java-init:v1")),
        ("New Relic", template(env=[variable("JDK_JAVA_OPTIONS", "-javaagent:/opt/newrelic.jar")])),
        ("New Relic", template(env=[variable("NEW_RELIC_LICENSE_KEY", "x")])),
        ("New Relic", template(args=["-r", "newrelic", "server.js"])),
        ("New Relic", template(command=["node", "--require=newrelic", "."])),
        ("New Relic", template(command=["node", "--skip=ddtrace", "--import", "newrelic/esm-loader.mjs", "."])),
        ("New Relic", template(env=[variable("NEW_RELIC_ENABLED", ""), variable("NEW_RELIC_LICENSE_KEY", "x")])),
        ("Elastic APM", template(env=[variable("DD_TRACE_ENABLED", "false"), variable("ELASTIC_APM_SERVER_URL", "x")])),
        ("Lumigo", template(env=[variable("LD_PRELOAD", "/lumigo/lumigo_injector.so")])),
        ("Application Insights", template(env=[variable("JAVA_OPTS", "-javaagent:applicationinsights-agent.jar")])),
        ("New Relic", template(command=["newrelic-admin", "run-program", "gunicorn"])),
        ("New Relic", template(annotations={"instrumentation.newrelic.com/inject-java": "true"})),
        ("Dynatrace", template(env=[variable("LD_PRELOAD", "/opt/dynatrace/oneagent/agent/lib64/liboneagentproc.so")])),
        ("Dynatrace", template(annotations={"oneagent.dynatrace.com/inject": "true"})),
        ("Dynatrace", template(annotations={"dynatrace.com/inject": "true"})),
        ("Elastic APM", template(env=[variable("ELASTIC_APM_SERVER_URL", "http://apm:8200")])),
        ("Elastic APM", template(annotations={"co.elastic.apm/attach": "java"})),
        ("Elastic APM", template(command=["node", "-r", "elastic-apm-node/start.js", "."])),
        ("Elastic APM", with_init_image("docker.elastic.co/observability/apm-agent-java:1.55.0")),
        ("AppDynamics", template(env=[variable("APPDYNAMICS_CONTROLLER_HOST_NAME", "x")])),
        ("AppDynamics", with_init_image("docker.io/appdynamics/java-agent:25.4")),
        ("SkyWalking", template(command=["java", "-javaagent:/skywalking/agent/skywalking-agent.jar"])),
        ("SkyWalking", template(env=[variable("SW_AGENT_NAME", "orders")])),
        ("SkyWalking", labelled("swck-java-agent-injected", "true")),
        ("SkyWalking", with_init_image("apache/skywalking-java-agent:9.5.0-java21")),
        ("Instana", labelled("instana-autotrace", "true")),
        ("Instana", template(env=[variable("INSTANA_AGENT_HOST", "10.0.0.1")])),
        ("Instana", template(env=[variable("NODE_OPTIONS", "--require /instana/@instana/collector/src/immediate")])),
        ("Splunk", template(env=[variable("JAVA_TOOL_OPTIONS", "-javaagent:/splunk-otel-javaagent.jar")])),
        ("Honeycomb", template(env=[variable("HONEYCOMB_API_KEY", "x")])),
        ("Lumigo", template(env=[variable("LUMIGO_TRACER_TOKEN", "x")])),
        ("Lumigo", labelled("lumigo.auto-trace", "true")),
        ("Dash0", labelled("dash0.com/instrumented", "true")),
        ("Dash0", template(env=[variable("LD_PRELOAD", "/__otel_auto_instrumentation/injector.so")])),
        ("Odigos", template(annotations={"odigos.io/instrumented": "true"})),
        ("Odigos", labelled("odigos-instrumentation", "enabled")),
        ("Pinpoint", template(env=[variable("JAVA_OPTS", "-javaagent:/pinpoint-bootstrap-3.0.jar")])),
        ("Application Insights", template(env=[variable("APPLICATIONINSIGHTS_CONNECTION_STRING", "x")])),
        ("Jaeger", template(annotations={"sidecar.jaegertracing.io/inject": "true"})),
        ("Jaeger", template(env=[variable("JAEGER_SAMPLER_TYPE", "const")])),
        ("OpenTelemetry", template(annotations={"instrumentation.opentelemetry.io/inject-java": "true"})),
        ("OpenTelemetry", template(annotations={"instrumentation.opentelemetry.io/inject-java": "shop/mine"})),
        ("OpenTelemetry", template(annotations={"sidecar.opentelemetry.io/inject": "true"})),
        ("OpenTelemetry", template(env=[variable("OTEL_CONFIG_FILE", "/etc/otel.yaml")])),
        ("OpenTelemetry", template(command=["opentelemetry-instrument", "python", "app.py"])),
        ("OpenTelemetry", template(command=["node", "--require=@opentelemetry/auto-instrumentations-node/register"])),
        (
            "OpenTelemetry",
            template(env=[variable("NODE_OPTIONS", "--require @opentelemetry/auto-instrumentations-node/register")]),
        ),
        ("the application's own SDK", template(command=["node", "-r", "./tracing.js", "server.js"])),
        ("the application's own SDK", template(command=["node", "--import", "./src/instrumentation.mjs", "."])),
        ("the application's own SDK", template(env=[variable("NODE_OPTIONS", "--require=/app/otel.cjs")])),
    ],
)
def test_another_agent_keeps_ours_out_and_is_named(injection: Injection, other: str, pod: PodTemplate) -> None:
    reason, message = refused(pod, injection)
    assert reason == "OtherAgent"
    assert message.startswith(f"{other}: ")


def test_an_init_container_of_another_agent_is_enough(injection: Injection) -> None:
    copy = {"name": "copy", "command": ["cp", "/opt/skywalking-agent.jar", "/agent"]}
    reason, message = refused(template(spec={"initContainers": [copy]}), injection)
    assert (reason, message) == ("OtherAgent", "SkyWalking: container copy has skywalking-agent in its command")


@pytest.mark.parametrize(
    "pod",
    [
        template(annotations={"instrumentation.opentelemetry.io/inject-java": "false"}),
        template(annotations={"instrumentation.opentelemetry.io/inject-java": ""}),
        template(annotations={"instrumentation.opentelemetry.io/container-names": "app"}),
        template(annotations={"sidecar.opentelemetry.io/inject": "False"}),
        template(annotations={"oneagent.dynatrace.com/inject": "false"}),
        template(annotations={"metadata-enrichment.dynatrace.com/inject": "true"}),
        template(annotations={"example.com/uses": "datadog"}),
        labelled("admission.datadoghq.com/enabled", "false"),
        labelled("dash0.com/enable", "true"),
        labelled("odigos-instrumentation", "disabled"),
        labelled("tags.datadoghq.com/service", "orders"),
        template(env=[variable("DD_ENV", "prod"), variable("DD_SERVICE", "a"), variable("DD_AGENT_HOST", "10.0.0.1")]),
        template(env=[variable("DD_TRACE_ENABLED", "false")]),
        template(env=[variable("NEW_RELIC_LICENSE_KEY", "")]),
        template(env=[variable("PINPOINT_APPLICATION_ID", "campaigns")]),
        template(env=[variable("DASH0_AUTH_TOKEN", "x")]),
        template(env=[variable("SPLUNK_TRACE_RESPONSE_HEADER_ENABLED", "true")]),
        template(command=["node", ".", "--skip=newrelic"]),
        template(command=["node", ".", "--skip=ddtrace,newrelic-admin"]),
        template(command=["node", "lumigod.js", "odigos"]),
        template(env=[variable("DD_TRACE_ENABLED", "false"), variable("DD_TRACE_SAMPLE_RATE", "0.1")]),
        template(env=[variable("ELASTIC_APM_ACTIVE", "false"), variable("ELASTIC_APM_SERVER_URL", "http://apm:8200")]),
        template(env=[variable("NEW_RELIC_ENABLED", "0"), variable("NEW_RELIC_LICENSE_KEY", "x")]),
        template(command=["node", "-r", "newrelic", "."], env=[variable("NEW_RELIC_ENABLED", "false")]),
        template(env=[variable("SENTRY_DSN", "https://sentry.example/1")]),
        template(env=[variable("GREETING", "newrelic")]),
        template(env=[variable("JAVA_OPTS", "-javaagent:/pyroscope.jar")]),
        template(env=[variable("BACKUP", "cp -r /app/tracing /backup")]),
        template(command=["node", "-r", "dotenv/config", "server.js"]),
        template(command=["java", "-jar", "/app/instanabul.jar"]),
        template(command=["run", "node " * 40_000]),  # minutes, where it is read again from each of them on
        with_init_image("registry.example/shop/agent-config:1"),
    ],
)
def test_a_mention_is_no_agent(injection: Injection, pod: PodTemplate) -> None:
    assert inject(pod, injection).injected


def test_a_pod_of_many_agents_is_left_alone_for_the_first_of_them(injection: Injection) -> None:
    pod = template(env=[variable("SW_AGENT_NAME", "x"), variable("NEW_RELIC_LICENSE_KEY", "x")])
    assert refused(pod, injection) == ("OtherAgent", "SkyWalking: container app has SW_AGENT_NAME")


def test_a_key_from_a_secret_is_set_although_its_value_is_not_seen(injection: Injection) -> None:
    reference = {"secretKeyRef": {"name": "newrelic", "key": "license"}}
    pod = template(env=[{"name": "NEW_RELIC_LICENSE_KEY", "valueFrom": reference}])
    assert refused(pod, injection) == ("OtherAgent", "New Relic: container app has NEW_RELIC_LICENSE_KEY")


@pytest.mark.parametrize(
    ("pod", "message"),
    [
        (template(spec={"volumes": [{"name": "tracereach-data"}]}), "volume tracereach-data"),
        (template(spec={"initContainers": [{"name": "tracereach-copy"}]}), "container tracereach-copy"),
        (
            template(volumeMounts=[{"name": "v", "mountPath": "/otel-auto-instrumentation-java/"}]),
            "container app mounts /otel-auto-instrumentation-java/ itself",
        ),
        (
            template(volumeMounts=[{"name": "v", "mountPath": "/otel-auto-instrumentation-nodejs/./plugins"}]),
            "container app mounts /otel-auto-instrumentation-nodejs/./plugins itself",
        ),
        (
            template() | {"metadata": {"labels": {"tracereach.dev/merge": "wanted"}}},
            "the pod template has a label tracereach.dev/merge of its own",
        ),
        (
            template(annotations={"tracereach.dev/merge-plan": "{}"}),
            "the pod template has an annotation tracereach.dev/merge-plan of its own",
        ),
        (template(ports=[{"containerPort": "4317", "protocol": None}]), "container app listens on 4317"),
        (
            {"spec": {"containers": [{"name": "app"}, {"name": "beside", "image": "otel/opentelemetry-collector:1"}]}},
            "container beside is a collector, which listens on 4317 and 4318 as ours would",
        ),
        (template(ports=[{"containerPort": 8080}, {"containerPort": 4318}]), "container app listens on 4318"),
        (template(spec={"initContainers": [init_container(restartPolicy="Always")]}), "container own listens on 4317"),
    ],
)
def test_a_name_path_or_port_of_ours_that_is_taken(injection: Injection, pod: PodTemplate, message: str) -> None:
    reason, found = refused(pod, injection)
    assert reason == "NameClash"
    assert found.startswith(message)


@pytest.mark.parametrize(
    ("spec", "pod_spec"),
    [({"collector": {"mode": "Direct"}}, {}), ({}, {"hostNetwork": True})],
)
def test_a_port_of_the_collector_is_free_to_take_where_there_is_none(
    spec: dict[str, Any], pod_spec: dict[str, Any]
) -> None:
    pod = template(ports=[{"containerPort": 4317}], spec=pod_spec)
    assert inject(pod, make_injection(**spec)).injected


@pytest.mark.parametrize(
    "app",
    [
        {"ports": [{"containerPort": 4317, "protocol": "UDP"}]},
        {"ports": [{"containerPort": 8080, "hostPort": 4317}]},
        {"volumeMounts": [{"name": "v", "mountPath": "/otel-auto-instrumentation"}]},
        {"volumeMounts": [{"name": "v", "mountPath": "/otel-auto-instrumentation-java-extensions"}]},
        {"volumeMounts": [{"name": "v", "mountPath": "/data", "subPathExpr": "$(POD)/tracereach-data"}]},
    ],
)
def test_a_part_of_the_user_s_that_only_looks_like_ours_is_no_clash(injection: Injection, app: dict[str, Any]) -> None:
    assert inject(template(**app), injection).injected


def test_a_container_s_name_may_be_as_long_as_kubernetes_allows(injection: Injection) -> None:
    pod = {"spec": {"containers": [{"name": "x" * 63}], "shareProcessNamespace": True}}
    assert inject(pod, injection).injected


def test_an_init_container_that_ends_leaves_its_port_to_the_collector(injection: Injection) -> None:
    assert inject(template(spec={"initContainers": [init_container()]}), injection).injected


def test_a_revision_label_of_the_user_is_neither_overwritten_nor_deleted(injection: Injection) -> None:
    pod = template() | {"metadata": {"labels": {"tracereach.dev/revision": "mine"}}}
    message = "the pod template has a label tracereach.dev/revision of its own"
    assert refused(pod, injection) == ("NameClash", message)


def test_known_proxies_and_what_the_policy_excludes_stay_as_they_are() -> None:
    pod = template()
    pod["spec"]["containers"] += [{"name": "istio-proxy"}, {"name": "metrics"}]
    result = inject(pod, make_injection(containers={"exclude": ["metrics"]}))
    assert reasons(result) == [("istio-proxy", "Proxy"), ("metrics", "Excluded")]
    assert result.template["spec"]["containers"][1:3] == pod["spec"]["containers"][1:]


def test_a_pod_of_proxies_alone_is_left_alone_and_says_why(injection: Injection) -> None:
    result = inject({"spec": {"containers": [{"name": "envoy"}]}}, injection)
    assert (reasons(result), result.injected) == ([("envoy", "Proxy")], False)


def test_a_pod_without_containers_has_none_to_inject(injection: Injection) -> None:
    assert reasons(inject({"spec": {"containers": []}}, injection)) == [("", "NoContainer")]


ASKED = {"instrumentation.opentelemetry.io/inject-java": "true"}


def test_a_namespace_may_ask_for_another_agent(injection: Injection) -> None:
    reason, message = refused(template(), replace(injection, namespace_marks=ASKED))
    assert (reason, message) == ("OtherAgent", f"OpenTelemetry: its namespace has {next(iter(ASKED))}")


@pytest.mark.parametrize(
    ("pod", "marks"),
    [
        pytest.param(template(annotations=dict.fromkeys(ASKED, "false")), ASKED, id="the pod says no itself"),
        pytest.param(template(), dict.fromkeys(ASKED, "false"), id="the namespace says no"),
    ],
)
def test_a_namespace_is_not_obeyed_blindly(injection: Injection, pod: PodTemplate, marks: dict[str, str]) -> None:
    assert inject(pod, replace(injection, namespace_marks=marks)).injected
