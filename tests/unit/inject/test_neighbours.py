"""What is already in a pod that an injection must not meet."""

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


@pytest.mark.parametrize(
    ("other", "pod"),
    [
        ("Datadog", template(env=[variable("DD_TRACE_AGENT_URL", "http://agent:8126")])),
        ("Datadog", template(command=["node", "-r", "dd-trace/init", "server.js"])),
        ("New Relic", template(env=[variable("JDK_JAVA_OPTIONS", "-javaagent:/opt/newrelic.jar")])),
        ("Datadog", template(env=[variable("CATALINA_OPTS", "-javaagent:/dd-java-agent.jar")])),
        ("Datadog", template(command=["ddtrace-run", "python", "app.py"])),
        ("Datadog", template(env=[variable("JAVA_TOOL_OPTIONS", "-javaagent:/dd-java-agent.jar")])),
        ("New Relic", template(env=[variable("NEW_RELIC_LICENSE_KEY", "x")])),
        ("New Relic", template(args=["-r", "newrelic", "server.js"])),
        ("Dynatrace", template(env=[variable("LD_PRELOAD", "/opt/dynatrace/oneagent/agent/lib64/liboneagentproc.so")])),
        ("Elastic APM", template(env=[variable("ELASTIC_APM_SERVER_URL", "http://apm:8200")])),
        ("AppDynamics", template(env=[variable("APPDYNAMICS_CONTROLLER_HOST_NAME", "x")])),
        ("SkyWalking", template(command=["java", "-javaagent:/skywalking/agent/skywalking-agent.jar"])),
        ("Odigos", template(annotations={"odigos.io/instrumented": "true"})),
        ("OpenTelemetry", template(annotations={"instrumentation.opentelemetry.io/inject-java": "true"})),
        ("OpenTelemetry", template(env=[variable("OTEL_CONFIG_FILE", "/etc/otel.yaml")])),
        ("OpenTelemetry", template(command=["opentelemetry-instrument", "python", "app.py"])),
        (
            "OpenTelemetry",
            template(env=[variable("NODE_OPTIONS", "--require @opentelemetry/auto-instrumentations-node/register")]),
        ),
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
        template(annotations={"example.com/uses": "datadog"}),
        template(env=[variable("DD_ENV", "prod")]),
        template(env=[variable("GREETING", "newrelic")]),
    ],
)
def test_a_mention_is_no_agent(injection: Injection, pod: PodTemplate) -> None:
    assert inject(pod, injection).injected


@pytest.mark.parametrize(
    ("pod", "message"),
    [
        (template(spec={"volumes": [{"name": "tracereach-data"}]}), "volume tracereach-data"),
        (template(spec={"initContainers": [{"name": "tracereach-copy"}]}), "container tracereach-copy"),
        (
            template(volumeMounts=[{"name": "v", "mountPath": "/otel-auto-instrumentation-java/"}]),
            "container app mounts /otel-auto-instrumentation-java/ itself",
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
