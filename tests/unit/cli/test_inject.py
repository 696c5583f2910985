import json
from difflib import ndiff
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.cli.conftest import DATA, POLICY, Call
from tracereach.cli.catalogue import load_installation
from tracereach.cli.decisions import OfflineSettings, decide
from tracereach.cli.offline import injected, restored
from tracereach.cli.policies import read_policies
from tracereach.cli.sources import join, split

SHOP = str(DATA / "shop.yaml")
FILES = ["shop.yaml", "list.json", "unusual.yaml"]


@pytest.mark.parametrize(
    ("file", "extended"),
    [
        (
            "shop.yaml",
            [
                "annotations: {prometheus.io/scrape: 'true'}",
                "labels: {app: orders}",
                "volumes: []",
                'value: "-Xmx512m"',
                "value: team=orders",
            ],
        ),
        ("list.json", ['"metadata": {"labels": {"app": "agent"}},', '"env": []', "]"]),
        ("unusual.yaml", []),
    ],
)
def test_only_lines_in_brackets_and_merged_values_change(call: Call, file: str, extended: list[str]) -> None:
    before = (DATA / file).read_text().splitlines()
    after = call("inject", "-f", str(DATA / file), "-p", POLICY).stdout.splitlines()
    assert [line[2:].strip() for line in ndiff(before, after) if line.startswith("- ")] == extended


@pytest.mark.parametrize("file", FILES)
def test_injecting_again_changes_nothing_and_removing_gives_the_file_back(call: Call, file: str) -> None:
    before = (DATA / file).read_text()
    once = call("inject", "-f", str(DATA / file), "-p", POLICY).stdout
    assert "tracereach.dev/injection" in once or file == "unusual.yaml"
    assert call("inject", "-f", "-", "-p", POLICY, stdin=once).stdout == once
    assert call("remove", "-f", "-", stdin=once).stdout == before


def test_the_output_is_valid_and_holds_the_agents(call: Call) -> None:
    result = call("inject", "-f", SHOP, "-p", POLICY, "--catalogue", str(DATA / "catalogue.yaml"))
    pods = {
        body["metadata"]["name"]: body["spec"]["template"]["spec"]
        for body in yaml.safe_load_all(result.stdout)
        if body and body["kind"] in {"Deployment", "StatefulSet"}
    }
    orders = {entry["name"]: entry.get("value") for entry in pods["orders"]["containers"][0]["env"]}
    assert orders["JAVA_TOOL_OPTIONS"] == "-Xmx512m -javaagent:/otel-auto-instrumentation-java/javaagent.jar"
    assert orders["OTEL_PROPAGATORS"] == "b3"
    assert orders["OTEL_RESOURCE_ATTRIBUTES"].startswith("team=orders,k8s.")
    copier, collector = pods["storefront"]["initContainers"]
    assert copier["image"] == "registry.example/agent-nodejs:7"
    assert collector["restartPolicy"] == "Always"
    assert pods["unlabelled"] == {"containers": [{"name": "app", "image": "busybox"}]}


@pytest.mark.parametrize(
    ("arguments", "present", "absent"),
    [
        ((), "name: tracereach-agent-nodejs", "reference: ghcr.io"),
        (("--delivery", "ImageVolume"), "reference: ghcr.io/tracereach/agent-nodejs:", "tracereach-agent-nodejs"),
        (("--no-native-sidecars",), "- name: tracereach-collector", "restartPolicy: Always"),
    ],
)
def test_the_command_line_says_what_the_cluster_can_do(
    call: Call, arguments: tuple[str, ...], present: str, absent: str
) -> None:
    output = call("inject", "-f", SHOP, "-p", POLICY, *arguments).stdout
    assert present in output
    assert absent not in output


def test_an_opt_out_on_the_namespace_in_the_same_files_counts(call: Call, tmp_path: Path) -> None:
    policy = tmp_path / "private.yaml"
    policy.write_text(Path(POLICY).read_text().replace("namespace: shop", "namespace: private"))
    result = call("inject", "-f", str(DATA / "unusual.yaml"), "-p", str(policy), "--explain")
    assert "  workload: left alone, OptedOut: tracereach.dev/inject says no on the namespace. " in result.stderr
    assert result.stdout == (DATA / "unusual.yaml").read_text()


def test_a_cluster_policy_selects_namespaces_by_their_name(call: Call) -> None:
    result = call("inject", "-f", str(DATA / "list.json"), "-p", str(DATA / "cluster-policy.yaml"), "--explain")
    assert "shop/DaemonSet/agent: injected, policy ClusterTracingPolicy/everywhere\n" in result.stderr
    assert json.loads(result.stdout)["items"][1]["spec"]["template"]["spec"]["initContainers"]


def test_a_dry_run_policy_writes_nothing(call: Call, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(Path(POLICY).read_text() + "  mode: DryRun\n")
    result = call("inject", "-f", SHOP, "-p", str(policy), "--explain")
    assert result.stdout == Path(SHOP).read_text()
    assert "Nothing was injected: DryRun." in result.stderr


def test_as_json_the_objects_are_a_list(call: Call) -> None:
    result = call("inject", "-f", SHOP, "-p", POLICY, "-o", "json")
    as_yaml = call("inject", "-f", SHOP, "-p", POLICY).stdout
    assert json.loads(result.stdout)["items"] == [body for body in yaml.safe_load_all(as_yaml) if body]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("-f", SHOP, "-p", str(DATA / "invalid-policy.yaml")),
            (
                f"{DATA}/invalid-policy.yaml: document 2, line 15: spec.sampling.ratio: '1.5' does not match"
                " ^(0(\\.[0-9]{1,6})?|1(\\.0{1,6})?)$\n"
                f"{DATA}/invalid-policy.yaml: document 2, line 17: spec.propagate: is not a known field"
            ),
        ),
        (("-f", SHOP, "-p", "absent.yaml"), "absent.yaml: No such file or directory"),
        (("-f", "absent.yaml", "-p", POLICY), "absent.yaml: No such file or directory"),
        (
            ("-f", SHOP, "-p", SHOP),
            (
                f"{SHOP}: document 1, line 3: apiVersion: must be tracereach.dev/v1alpha1;"
                " found is Namespace shop of v1, and manifests belong to --filename"
            ),
        ),
        (("-f", "-", "-p", POLICY), "standard input: document 1, line 3: could not find expected ':'"),
        (
            ("-f", SHOP, "-p", POLICY, "--catalogue", POLICY),
            (f"{POLICY}: has no catalogue: give a map with agents, collector and gateway, or the operator's ConfigMap"),
        ),
    ],
    ids=["refused policy", "absent policy", "absent manifest", "no policy", "syntax", "catalogue"],
)
def test_what_is_refused_has_a_line_for_each_problem_and_nothing_else(
    call: Call, arguments: tuple[str, ...], line: str
) -> None:
    result = call("inject", *arguments, stdin="a: 1\nb\n")
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{line}\n")


UNTOUCHED = st.sampled_from(
    [
        "",
        "# only a comment\n",
        "kind:   ConfigMap\ndata: {a:   'b'}\n",
        "kind: Secret\ndata:\n      a: >\n       folded\n\n       text\n",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\nspec: {template: {spec: {containers: []}}}\n",
        "- a\n-   b\n",
        "just text\n",
    ]
)
SELECTED = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop, labels: {tracing: enabled}}
spec:
  template:
    spec:
      containers:
      - name: a   # the only one
"""


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(UNTOUCHED), st.lists(UNTOUCHED), st.sampled_from(["\n", "\r\n"]))
def test_untouched_documents_come_through_byte_for_byte(before: list[str], after: list[str], end: str) -> None:
    text = "---\n".join([*before, SELECTED, *after]).replace("\n", end)
    sources = (split("a.yaml", text),)
    chosen = OfflineSettings(namespace="default", catalogue=load_installation(None).catalogue)
    policies = read_policies([POLICY], namespace="default")
    result = injected(sources, decide(sources, policies, chosen))
    changed = [
        (old.text, new.text)
        for old, new in zip(sources[0].documents, result[0].documents, strict=True)
        if old.text != new.text
    ]
    assert len(changed) == 1
    assert "the only one" in changed[0][1]
    assert join(restored((split("a.yaml", join(result)),))) == text
