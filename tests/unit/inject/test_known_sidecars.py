"""Which containers are somebody's sidecar, by name or by image, and which only sound like one."""

import pytest

from tracereach.inject.known_sidecars import is_collector, known_sidecar


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("istio-proxy", "the Istio proxy"),
        ("linkerd-proxy", "the Linkerd proxy"),
        ("envoy", "Envoy"),
        ("kuma-sidecar", "the Kuma data plane"),
        ("consul-dataplane", "Consul"),
        ("daprd", "Dapr"),
        ("cloud-sql-proxy", "the Cloud SQL proxy"),
        ("vault-agent", "a Vault agent"),
        ("oauth2-proxy", "an OAuth2 proxy"),
        ("kube-rbac-proxy", "kube-rbac-proxy"),
        ("otc-container", "an OpenTelemetry Collector"),
        ("filebeat", "a log shipper"),
        ("git-sync", "git-sync"),
    ],
)
def test_by_name(name: str, what: str) -> None:
    assert known_sidecar({"name": name, "image": "registry.example/any:1"}) == f"{what}, by its name"


@pytest.mark.parametrize(
    ("image", "what"),
    [
        ("docker.io/istio/proxyv2:1.28.0-distroless", "the Istio proxy"),
        ("cr.l5d.io/linkerd/proxy:edge-26.1.1", "the Linkerd proxy"),
        ("envoyproxy/envoy-distroless:v1.36", "Envoy"),
        ("envoyproxy/envoy@sha256:0123", "Envoy"),
        ("840364872350.dkr.ecr.eu-west-1.amazonaws.com/aws-appmesh-envoy:v1", "Envoy"),
        ("kong/kuma-dp:2", "the Kuma data plane"),
        ("hashicorp/consul-dataplane:1", "Consul"),
        ("daprio/daprd:1.16", "Dapr"),
        ("gcr.io/cloudsql-docker/gce-proxy:1.33", "the Cloud SQL proxy"),
        ("gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.19", "the Cloud SQL proxy"),
        ("gcr.io/alloydb-connectors/alloydb-auth-proxy:1", "the AlloyDB proxy"),
        ("hashicorp/vault:1.21", "a Vault agent"),
        ("quay.io/oauth2-proxy/oauth2-proxy:v7", "an OAuth2 proxy"),
        ("quay.io/brancz/kube-rbac-proxy:v0.20", "kube-rbac-proxy"),
        ("bitnami/pgbouncer:1", "PgBouncer"),
        ("otel/opentelemetry-collector-contrib:0.151.0", "an OpenTelemetry Collector"),
        ("public.ecr.aws/aws-observability/aws-otel-collector:v0.46", "an OpenTelemetry Collector"),
        ("jaegertracing/jaeger-agent:1.62", "the Jaeger agent"),
        ("gcr.io/datadoghq/agent:7", "the Datadog agent"),
        ("fluent/fluent-bit:4", "a log shipper"),
        ("docker.elastic.co/beats/filebeat:9.0", "a log shipper"),
        ("registry.k8s.io/git-sync/git-sync:v4", "git-sync"),
        ("quay.io/prometheus-operator/prometheus-config-reloader:v0.86", "a config reloader"),
        ("quay.io/kiwigrid/k8s-sidecar:1.30", "k8s-sidecar"),
        ("oliver006/redis_exporter:v1", "a Prometheus exporter"),
        ("quay.io/prometheus/node-exporter:v1", "a Prometheus exporter"),
        ("nginx/nginx-prometheus-exporter:1", "a Prometheus exporter"),
    ],
)
def test_by_image(image: str, what: str) -> None:
    found = known_sidecar({"name": "beside", "image": image})
    assert found is not None
    assert found.startswith(f"{what}, by its image ")


@pytest.mark.parametrize(
    ("name", "image"),
    [
        ("order-exporter", "registry.example/shop/order-exporter:1"),
        ("proxy", "registry.example/shop/proxy:1"),
        ("agent", "registry.example/shop/agent:7"),
        ("app", "registry.example/shop/myenvoy:1"),
        ("vault", "registry.example/bank/vault:2"),
        ("app", "registry.example/envoyproxy/envoy/app:1"),
        ("app", ""),
        ("app", None),
        ("app", 1),
    ],
)
def test_an_application_may_have_such_a_name(name: str, image: object) -> None:
    assert known_sidecar({"name": name, "image": image}) is None


def test_a_collector_is_known_as_one() -> None:
    assert is_collector({"name": "beside", "image": "otel/opentelemetry-collector:1"})
    assert not is_collector({"name": "beside", "image": "fluent/fluent-bit:4"})
