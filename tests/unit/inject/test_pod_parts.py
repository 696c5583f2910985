"""What an injection adds to the pod beside agents and collector: certificates, pull Secrets, or no collector at all."""

from dataclasses import replace

from tests.unit.inject.conftest import make_injection
from tests.unit.inject.pods import container, reasons, template, variable, variables
from tracereach.api.revision import revision_of
from tracereach.inject import inject, remove

CA = {"name": "authority", "key": "ca.pem"}


def test_direct_mode_mounts_them_where_the_exporter_looks_and_takes_them_out_again() -> None:
    injection = make_injection(
        export={"endpoint": "https://api.example:4318", "protocol": "http/protobuf", "tls": {"ca": CA}},
        collector={"mode": "Direct"},
        agents=["java"],
    )
    before = template()
    after = inject(before, injection).template
    found = variables(after)
    (mount,) = [mount for mount in container(after)["volumeMounts"] if mount["name"] == "tracereach-tls"]
    assert found["OTEL_EXPORTER_OTLP_CERTIFICATE"].startswith(f"{mount['mountPath']}/")
    assert "tracereach-tls" in {volume["name"] for volume in after["spec"]["volumes"]}
    assert remove(after) == before


def test_a_mount_of_the_user_s_in_its_place_is_a_clash() -> None:
    result = inject(template(volumeMounts=[{"name": "own", "mountPath": "/tracereach-tls"}]), make_injection())
    assert reasons(result) == [("", "NameClash")]


def test_a_pod_whose_spans_go_elsewhere_gets_no_collector() -> None:
    pod = template(env=[variable("OTEL_EXPORTER_OTLP_ENDPOINT", "http://mine:4318")])
    result = inject(pod, make_injection(agents=["java"]))
    assert not result.sidecar
    assert "initContainers" not in result.template["spec"]
    assert result.containers[0].left[0].variables == "OTEL_EXPORTER_OTLP_ENDPOINT"


def test_pull_secrets_of_the_catalogue_are_added_and_taken_out_again() -> None:
    injection = make_injection(agents=["java"])
    catalogue = injection.revision.catalogue.model_copy(update={"pull_secrets": ("mine", "ours")})
    injection = replace(injection, revision=revision_of(injection.revision.spec, catalogue))
    before = template(spec={"imagePullSecrets": [{"name": "mine"}]})
    after = inject(before, injection).template
    assert after["spec"]["imagePullSecrets"] == [{"name": "mine"}, {"name": "ours"}]
    assert remove(after) == before
