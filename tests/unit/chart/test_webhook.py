"""The webhook: what it is asked about, what becomes of a cluster without it, and who renews its certificate."""

from typing import Any

import pytest
from click.testing import CliRunner

from tests.unit.chart.helm import Object, find, render, template
from tracereach.cli.commands.certificates import command as certificates_command

CERT_MANAGER = {"webhook": {"certificates": {"mode": "certManager"}}}
JOB = "tracereach-certificates-"


def calls(values: dict[str, Any] | None = None) -> dict[str, Object]:
    webhooks = find("MutatingWebhookConfiguration", "tracereach-webhook", values)["webhooks"]
    return {each["name"].removesuffix(".tracereach.dev"): each for each in webhooks}


def first_job(values: dict[str, Any] | None = None) -> Object:
    [job] = [each for each in render(values) if each["kind"] == "Job" and each["metadata"]["name"].startswith(JOB)]
    return job


def kinds(values: dict[str, Any]) -> set[str]:
    return {f"{each['apiVersion']}/{each['kind']}" for each in render(values)}


def test_nothing_is_refused_and_nothing_waits_long() -> None:
    for call in calls().values():
        assert call["failurePolicy"] == "Ignore"
        assert call["timeoutSeconds"] == 3
        assert call["sideEffects"] == "None"
        assert call["reinvocationPolicy"] == "Never"


def test_system_namespaces_and_those_that_opted_out_are_not_asked_about() -> None:
    for call in calls().values():
        untouched, opted_out = call["namespaceSelector"]["matchExpressions"]
        assert untouched["operator"] == opted_out["operator"] == "NotIn"
        assert untouched["values"] == ["kube-system", "kube-node-lease", "tracereach-system"]
        assert (opted_out["key"], opted_out["values"]) == ("tracereach.dev/inject", ["false"])


def test_pods_are_asked_about_only_where_they_want_a_merge() -> None:
    call = calls()["pods"]
    assert call["objectSelector"] == {"matchLabels": {"tracereach.dev/merge": "wanted"}}
    assert [(rule["resources"], rule["operations"]) for rule in call["rules"]] == [(["pods"], ["CREATE"])]


def test_workloads_are_asked_about_when_somebody_else_changes_their_pods() -> None:
    call = calls()["workloads"]
    account = find("Deployment", "tracereach-operator")["spec"]["template"]["spec"]["serviceAccountName"]
    by, what = call["matchConditions"]
    assert by["expression"] == f"request.userInfo.username != 'system:serviceaccount:tracereach-system:{account}'"
    assert what["expression"] == "request.operation == 'CREATE' || object.spec.template != oldObject.spec.template"
    [rule] = call["rules"]
    assert rule["resources"] == ["deployments", "statefulsets", "daemonsets"]


def test_the_api_server_calls_a_port_that_the_pods_open() -> None:
    [container] = find("Deployment", "tracereach-webhook")["spec"]["template"]["spec"]["containers"]
    opened = {port["name"] for port in container["ports"]}
    assert opened >= {container[probe]["httpGet"]["port"] for probe in ("livenessProbe", "readinessProbe")}
    found = find("Service", "tracereach-webhook")["spec"]["ports"]
    ports = {port["port"] for port in found if port["targetPort"] in opened}
    for call in calls().values():
        service = call["clientConfig"]["service"]
        assert (service["name"], service["namespace"]) == ("tracereach-webhook", "tracereach-system")
        assert service["port"] in ports


@pytest.mark.parametrize("values", [{}, CERT_MANAGER])
def test_an_upgrade_never_writes_what_is_renewed_in_the_cluster(values: dict[str, Any]) -> None:
    assert not [call for call in calls(values).values() if "caBundle" in call["clientConfig"]]
    assert not [each for each in render(values) if each["kind"] == "Secret" and {"data", "stringData"} & each.keys()]


def test_the_pods_mount_the_secret_that_is_renewed() -> None:
    [secret] = [each for each in render() if each["kind"] == "Secret"]
    pod = find("Deployment", "tracereach-webhook")["spec"]["template"]["spec"]
    [volume] = [volume for volume in pod["volumes"] if "secret" in volume]
    assert volume["secret"]["secretName"] == secret["metadata"]["name"]
    assert f"--secret={secret['metadata']['name']}" in first_job()["spec"]["template"]["spec"]["containers"][0]["args"]


def test_a_replica_goes_only_when_another_has_come() -> None:
    deployment = find("Deployment", "tracereach-webhook")["spec"]
    assert deployment["replicas"] == 2
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    budget = find("PodDisruptionBudget", "tracereach-webhook")["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"] == deployment["selector"]


def test_the_first_job_does_what_the_later_ones_do() -> None:
    later = find("CronJob", "tracereach-certificates")["spec"]["jobTemplate"]["spec"]
    assert first_job()["spec"] == later | {"ttlSecondsAfterFinished": 300}


def test_another_specification_is_another_job() -> None:
    assert first_job()["metadata"]["name"] == first_job({"webhook": {"replicas": 3}})["metadata"]["name"]
    for values in ({"webhook": {"certificates": {"validityDays": 30}}}, {"operator": {"image": {"tag": "fix"}}}):
        assert first_job()["metadata"]["name"] != first_job(values)["metadata"]["name"]


def test_the_command_understands_the_arguments_of_the_job() -> None:
    [container] = first_job()["spec"]["template"]["spec"]["containers"]
    name, *options = container["args"]
    assert name == "certificates"
    # It gets as far as looking for a cluster.
    result = CliRunner().invoke(certificates_command, [*options, "--kubeconfig", "/nowhere"])
    assert (result.exit_code, "no cluster to talk to" in result.output) == (1, True), result.output


def test_the_service_does_not_select_the_pods_of_the_jobs() -> None:
    selector = find("Service", "tracereach-webhook")["spec"]["selector"]
    assert not first_job()["spec"]["template"]["metadata"]["labels"].items() >= selector.items()


def test_cert_manager_takes_the_place_of_the_jobs() -> None:
    found = kinds(CERT_MANAGER)
    assert {"cert-manager.io/v1/Issuer", "cert-manager.io/v1/Certificate"} <= found
    assert {"batch/v1/CronJob", "v1/Secret"}.isdisjoint(found)
    certificate = find("Certificate", "tracereach-webhook", CERT_MANAGER)["spec"]
    assert certificate["dnsNames"] == ["tracereach-webhook.tracereach-system.svc"]
    configuration = find("MutatingWebhookConfiguration", "tracereach-webhook", CERT_MANAGER)
    assert configuration["metadata"]["annotations"] == {
        "cert-manager.io/inject-ca-from": "tracereach-system/tracereach-webhook"
    }
    pod = find("Deployment", "tracereach-webhook", CERT_MANAGER)["spec"]["template"]["spec"]
    assert certificate["secretName"] in [volume.get("secret", {}).get("secretName") for volume in pod["volumes"]]


def test_without_the_webhook_nothing_is_left_of_it() -> None:
    names = {each["metadata"]["name"] for each in render({"webhook": {"enabled": False}})}
    assert not [name for name in names if "webhook" in name or "certificates" in name]


def test_the_network_policy_lets_anybody_ask_and_named_peers_read_metrics() -> None:
    peers = [{"podSelector": {"matchLabels": {"app": "prometheus"}}}]

    def ingress(allowed: list[Object]) -> Any:
        values = {"networkPolicy": {"enabled": True, "allowedPeers": allowed}}
        return find("NetworkPolicy", "tracereach-webhook", values)["spec"]["ingress"]

    assert ingress([]) == [{"ports": [{"port": "https"}]}]
    assert ingress(peers) == [{"ports": [{"port": "https"}]}, {"from": peers, "ports": [{"port": "http"}]}]


@pytest.mark.parametrize(
    ("webhook", "named"),
    [
        pytest.param({"replicas": 0}, "replicas", id="no replica"),
        pytest.param({"certificates": {"mode": "vault"}}, "mode", id="unknown mode"),
        pytest.param({"certificates": {"validityDays": 0}}, "validityDays", id="no time"),
        pytest.param({"failurePolicy": "Fail"}, "failurePolicy", id="a webhook that refuses"),
    ],
)
def test_the_schema_refuses(webhook: dict[str, Any], named: str) -> None:
    done = template({"webhook": webhook})
    assert done.returncode != 0
    assert named in done.stderr
