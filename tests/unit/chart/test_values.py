"""What the chart's values do, and which of them are refused before anything is installed."""

import functools
from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.chart import helm
from tests.unit.chart.helm import find, render, template

DIGEST = "sha256:" + "0123456789abcdef" * 4
EVERYTHING = {
    "image": {"registry": "registry.example.com/mirror", "tag": "1.2.3", "pullSecrets": ["mirror"]},
    "commonLabels": {"team": "platform"},
    "operator": {
        "priorityClassName": "system-cluster-critical",
        "podAnnotations": {"example.com/note": "yes"},
        "podLabels": {"tier": "control"},
        "nodeSelector": {"pool": "system"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
    },
    "podMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
    "networkPolicy": {
        "enabled": True,
        "allowedPeers": [{"podSelector": {"matchLabels": {"app": "prometheus"}}}],
    },
}
READING = {
    "gateway": {
        "prometheus": {"url": "https://prometheus:9090", "labels": {"a": "b"}, "tokenSecret": {"name": "reader"}}
    },
    "podMonitor": {"enabled": True},
    "networkPolicy": {"enabled": True},
}


def merged(values: Any, other: Any) -> Any:
    """`values` with `other` laid over it, as Helm does it."""
    if not isinstance(values, Mapping) or not isinstance(other, Mapping):
        return other
    return {**values, **{name: merged(values.get(name), value) for name, value in other.items()}}


def without(values: Mapping[str, Any], path: list[str]) -> dict[str, Any]:
    """`values` but for what stands at `path`."""
    first, *rest = path
    if not rest:
        return {name: value for name, value in values.items() if name != first}
    below = values.get(first)
    return {**values, first: without(below, rest)} if isinstance(below, Mapping) else dict(values)


def images(component: str, values: dict[str, Any]) -> list[str]:
    pod = find("Deployment", f"tracereach-{component}", values)["spec"]["template"]["spec"]
    return [container["image"] for container in pod["containers"]]


@pytest.mark.parametrize(
    "values",
    [
        {},
        EVERYTHING,
        {"crds": {"enabled": False}, "uninstall": {"enabled": False}, "webhook": {"enabled": False}},
        {"webhook": {"certificates": {"mode": "certManager"}}},
    ],
)
def test_lint_is_content(values: dict[str, Any]) -> None:
    done = helm.lint(values)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("image", "want"),
    [
        ({}, "ghcr.io/tracereach/operator:0.1.0"),
        ({"tag": "dev"}, "ghcr.io/tracereach/operator:dev"),
        ({"digest": DIGEST}, f"ghcr.io/tracereach/operator@{DIGEST}"),
        ({"tag": "dev", "digest": DIGEST}, f"ghcr.io/tracereach/operator@{DIGEST}"),
        ({"repository": "own/operator"}, "ghcr.io/tracereach/own/operator:0.1.0"),
    ],
)
def test_a_digest_wins_over_a_tag_over_the_version(image: dict[str, str], want: str) -> None:
    assert images("operator", {"operator": {"image": image}}) == [want]


@pytest.mark.parametrize("registry", ["localhost:5000", "127.0.0.1:5000/a", "ghcr.io/a/b-c_d.e", "registry", "a__b/c"])
def test_a_registry_may_have_a_port_and_a_path(registry: str) -> None:
    assert images("operator", {"image": {"registry": registry}}) == [f"{registry}/operator:0.1.0"]


def test_a_tag_for_all_gives_way_to_a_component_of_its_own() -> None:
    values = {"image": {"registry": "localhost/demo", "tag": "dev"}, "operator": {"image": {"tag": "fix"}}}
    assert images("operator", values) == ["localhost/demo/operator:fix"]
    assert images("gateway", values) == ["localhost/demo/gateway:dev"]


def test_placement_labels_and_pull_secrets_reach_the_pod() -> None:
    template = find("Deployment", "tracereach-operator", EVERYTHING)["spec"]["template"]
    spec = template["spec"]
    assert template["metadata"]["labels"].items() >= {"team": "platform", "tier": "control"}.items()
    assert template["metadata"]["annotations"]["example.com/note"] == "yes"
    assert spec["priorityClassName"] == "system-cluster-critical"
    assert spec["nodeSelector"] == {"pool": "system", "kubernetes.io/os": "linux"}
    assert spec["tolerations"] == [{"key": "dedicated", "operator": "Exists"}]
    assert spec["affinity"] == {"nodeAffinity": {}}
    assert spec["imagePullSecrets"] == [{"name": "mirror"}]


def test_common_labels_are_on_every_object() -> None:
    unlabelled = [each["metadata"]["name"] for each in render(EVERYTHING) if "team" not in each["metadata"]["labels"]]
    assert unlabelled == []


def test_monitoring_and_network_policies_are_off_until_asked_for() -> None:
    optional = {"PodMonitor", "NetworkPolicy"}
    assert optional.isdisjoint(each["kind"] for each in render())
    assert optional <= {each["kind"] for each in render(EVERYTHING)}


def test_the_network_policy_lets_only_gateway_and_named_peers_reach_the_operator() -> None:
    policy = find("NetworkPolicy", "tracereach-operator", EVERYTHING)
    [rule] = policy["spec"]["ingress"]
    gateway, peer = rule["from"]
    assert gateway["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "gateway"
    assert peer == {"podSelector": {"matchLabels": {"app": "prometheus"}}}


def test_several_gateways_share_the_traces_and_reach_each_other() -> None:
    values = {"gateway": {"replicas": 3}, "networkPolicy": {"enabled": True}}
    deployment = find("Deployment", "tracereach-gateway", values)["spec"]
    (container,) = deployment["template"]["spec"]["containers"]
    assert (deployment["replicas"], deployment["strategy"]["type"]) == (3, "RollingUpdate")
    files = {argument.rpartition("/")[2] for argument in container["args"]}
    assert files == find("ConfigMap", "tracereach-gateway", values)["data"].keys()
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    assert environment["GATEWAY_HOST"] == "tracereach-gateway.tracereach-system.svc"
    policy = find("NetworkPolicy", "tracereach-gateway", values)["spec"]
    assert {"port": "replicas"} in [port for rule in policy["ingress"] for port in rule["ports"]]
    assert {"port": "replicas"} in [port for rule in policy["egress"] for port in rule["ports"]]


def test_one_gateway_hands_nothing_on() -> None:
    assert list(find("ConfigMap", "tracereach-gateway")["data"]) == ["config.yaml"]
    assert find("Deployment", "tracereach-gateway")["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        pytest.param({"operater": {}}, "operater", id="typo at the top"),
        pytest.param({"operator": {"patches": {"persecond": 5}}}, "persecond", id="typo below"),
        pytest.param({"operator": {"image": {"digest": "sha256:12"}}}, "digest", id="short digest"),
        pytest.param({"operator": {"paused": "yes"}}, "paused", id="a word for a switch"),
        pytest.param({"operator": {"patches": {"burst": 0}}}, "burst", id="a limit that lets nothing through"),
        pytest.param({"image": {"pullPolicy": "Sometimes"}}, "pullPolicy", id="unknown pull policy"),
        pytest.param({"image": {"registry": "ghcr.io/tracereach/"}}, "registry", id="registry with a slash at its end"),
        pytest.param({"image": {"registry": "https://ghcr.io/tracereach"}}, "registry", id="registry with a scheme"),
        pytest.param({"image": {"registry": "ghcr.io//tracereach"}}, "registry", id="registry with an empty folder"),
        pytest.param({"agents": {"go": {"image": "https://ghcr.io/go:1"}}}, "go", id="reference with a scheme"),
        pytest.param({"collector": {"memoryMib": 8}}, "memoryMib", id="too little for a collector"),
        pytest.param({"collector": {"resources": {"limits": {"cpu": None}}}}, "limits", id="sidecar without a limit"),
        pytest.param({"gateway": {"replicas": 0}}, "replicas", id="no gateway"),
        pytest.param({"gateway": {"goMemoryLimit": "400Mi"}}, "goMemoryLimit", id="a quantity where Go wants its own"),
        pytest.param(
            {"gateway": {"prometheus": {"url": "prometheus:9090"}}}, "prometheus", id="an address without scheme"
        ),
        pytest.param({"gateway": {"prometheus": {"labels": {"a-b": "c"}}}}, "a-b", id="no label of Prometheus"),
        pytest.param(
            {"gateway": {"prometheus": {"url": "http://p:9090", "tokenSecret": {"name": "reader"}}}},
            "url",
            id="a token that everybody on the way could read",
        ),
        pytest.param({"uninstall": {"timeoutSeconds": "5m"}}, "timeoutSeconds", id="duration in words"),
    ],
)
def test_the_schema_refuses(values: dict[str, Any], named: str) -> None:
    done = template(values)
    assert done.returncode != 0
    assert "don't meet the specifications of the schema" in done.stderr
    assert named in done.stderr


@pytest.mark.parametrize(
    "missing",
    [
        "gateway.prometheus",
        "gateway.prometheus.labels",
        "gateway.prometheus.tokenSecret",
        "gateway.prometheus.tokenSecret.key",
        "operator.paused",
        "operator.readConfigMaps",
        "operator.readLogs",
        "operator.tracing",
        "podMonitor",
        "podMonitor.interval",
        "networkPolicy",
    ],
)
@pytest.mark.parametrize("others", [{}, READING], ids=["defaults", "prometheus"])
def test_values_of_an_older_release_have_the_defaults_of_what_they_lack(missing: str, others: dict[str, Any]) -> None:
    """As by `helm upgrade --reuse-values`: a null takes a default of the chart out."""
    missed = functools.reduce(lambda value, name: {name: value}, reversed(missing.split(".")), None)
    lacking, whole = render(merged(others, missed)), render(without(others, missing.split(".")))
    assert lacking == whole


@pytest.mark.parametrize("release", ["a", "tracereach", "a1-b", "a" * 39])
def test_a_release_whose_objects_can_be_named_after_it(release: str) -> None:
    assert template({}, release=release).returncode == 0


@pytest.mark.parametrize("release", ["a" * 40, "trace.reach", "1st"])
def test_a_release_whose_objects_could_not_be_named_after_it(release: str) -> None:
    done = template({}, release=release)
    assert done.returncode != 0
    assert f"the release's name, {release}, must have at most 39 characters" in done.stderr


@pytest.mark.parametrize("label", ["name", "instance", "component"])
@pytest.mark.parametrize("path", ["commonLabels", "operator.podLabels", "webhook.podLabels", "gateway.podLabels"])
def test_no_label_takes_a_pod_away_from_its_deployment(path: str, label: str) -> None:
    labels = {f"app.kubernetes.io/{label}": "shop"}
    done = template(functools.reduce(lambda value, name: {name: value}, reversed(path.split(".")), labels))
    assert done.returncode != 0
    assert f"{path} must not have app.kubernetes.io/{label}: " in done.stderr


@pytest.mark.parametrize(
    ("limit", "mib"),
    [("101Mi", 100), ("0.5Gi", 511), ("1G", 953), ("104857601", 100), ("103000Ki", 100), ("104857601000m", 100)],
)
def test_a_sidecar_refuses_spans_before_the_kernel_kills_it(limit: str, mib: int) -> None:
    values = {"collector": {"resources": {"limits": {"memory": limit}}, "memoryMib": mib}}
    assert template(values).returncode == 0


@pytest.mark.parametrize(
    ("limit", "mib"), [("100Mi", 100), ("64Mi", 100), ("0.5Gi", 512), ("1G", 954), ("100M", 100), ("128", 100)]
)
def test_a_sidecar_that_may_hold_more_than_its_limit(limit: str, mib: int) -> None:
    done = template({"collector": {"resources": {"limits": {"memory": limit}}, "memoryMib": mib}})
    assert done.returncode != 0
    assert f"collector.memoryMib, {mib}, must be below collector.resources.limits.memory, {limit}" in done.stderr
