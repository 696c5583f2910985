"""Workloads whose files cannot be written: each is named, with its line and field, and hides none of the others."""

import json

import pytest

from tests.unit.cli.conftest import CATALOGUE, POLICY, Call


def deployment(name: str, *pod: str, annotations: str = "{}") -> str:
    """A Deployment that the policy selects; the lines of `pod` begin on its line 6."""
    lines = "".join(f"      {line}\n" for line in pod)
    return (
        "apiVersion: apps/v1\nkind: Deployment\n"
        f"metadata: {{name: {name}, namespace: shop, labels: {{tracing: enabled}}}}\n"
        f"spec:\n  template:\n    metadata: {{annotations: {annotations}}}\n    spec:\n{lines}"
    )


ANCHOR_FIRST = deployment(
    "anchored", "containers:", "- name: a", "  command: [node]", "  env: &common", "  - {name: A, value: b}",
    "- name: envoy", "  env: *common",
)  # fmt: skip
ALIAS_LATER = deployment(
    "aliased", "containers:", "- name: envoy", "  env: &common", "  - {name: A, value: b}",
    "- {name: a, command: [node],", "   env: *common}",
)  # fmt: skip
ITEM = deployment("item", "containers:", "- &one {name: a, command: [node]}", "volumes: [*one]")
FINE = deployment("fine", "containers: [{name: a, command: [node]}]")
DAMAGED = deployment(
    "damaged", "containers: [{name: a, command: [node]}]", annotations="{tracereach.dev/injection: broken}"
)


@pytest.mark.parametrize(
    ("text", "line", "workload", "field", "anchor"),
    [
        (ANCHOR_FIRST, 14, "anchored", "spec.template.spec.containers[0].env", "common"),
        (ALIAS_LATER, 13, "aliased", "spec.template.spec.containers[1].env", "common"),
        (ITEM, 10, "item", "spec.template.spec.containers[0]", "one"),
    ],
)
def test_an_alias_is_named_with_its_line_workload_and_field(
    call: Call, text: str, line: int, workload: str, field: str, anchor: str
) -> None:
    result = call("inject", "-f", "-", "-p", POLICY, *CATALOGUE, stdin=text)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"standard input: document 1, line {line}: shop/Deployment/{workload}: {field}")
    assert f" is shared by the alias *{anchor}, " in result.stderr


def test_every_refused_workload_is_named(call: Call) -> None:
    text = "---\n".join([ANCHOR_FIRST, FINE, ALIAS_LATER, DAMAGED])
    result = call("inject", "-f", "-", "-p", POLICY, stdin=text)
    assert (result.exit_code, result.stdout) == (2, "")
    named = [line.split(": ")[2].removeprefix("shop/Deployment/") for line in result.stderr.splitlines()]
    assert sorted(named) == ["aliased", "anchored", "damaged"]


def test_in_a_list_only_the_culprits_are_named(call: Call) -> None:
    pod = "{containers: [{name: a, command: [node], env: %s}]}"
    items = "".join(
        f"- metadata: {{name: {name}, labels: {{tracing: enabled}}}}\n  spec: {{template: {{spec: {pod % env}}}}}\n"
        for name, env in (("fine", "[]"), ("anchored", "&e [{name: A}]"), ("aliased", "*e"), ("fine-too", "[]"))
    )
    text = f"apiVersion: apps/v1\nkind: DeploymentList\nitems:\n{items}"
    lines = call("inject", "-f", "-", "-p", POLICY, "-n", "shop", stdin=text).stderr.splitlines()
    assert [line.split(": ")[2] for line in lines] == ["shop/Deployment/anchored", "shop/Deployment/aliased"]


def test_every_document_with_a_malformed_workload_is_named(call: Call) -> None:
    malformed = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: 5}\nspec: {template: {spec: {containers: []}}}\n"
    )
    result = call("plan", "-f", "-", "-p", POLICY, stdin=f"{malformed}---\n{FINE}---\n{malformed}")
    assert result.exit_code == 2
    assert [line.split(", ")[0] for line in result.stderr.splitlines()] == [
        "standard input: document 1",
        "standard input: document 3",
    ]


def test_the_plan_shows_what_inject_would_refuse_and_all_others(call: Call) -> None:
    """The operator does not care how a file is written."""
    text = "---\n".join([ANCHOR_FIRST, FINE, DAMAGED])
    result = call("plan", "-f", "-", "-p", POLICY, "-o", "json", stdin=text)
    assert result.exit_code == 0
    anchored, fine, damaged = json.loads(result.stdout)["workloads"]
    assert [one["outcome"] for one in (anchored, fine, damaged)] == ["Injected", "Injected", "Skipped"]
    (note,) = anchored["notes"][-1:]
    assert note.startswith("tracereach inject refuses its file: standard input: document 1, line 14: ")
    assert not any("refuses" in note for note in fine["notes"])
    assert damaged["skipped"][0]["reason"] == "DamagedRecord"


def test_remove_names_every_damaged_record(call: Call) -> None:
    other = DAMAGED.replace("name: damaged", "name: other")
    result = call("remove", "-f", "-", stdin=f"{DAMAGED}---\n{other}")
    assert (result.exit_code, len(result.stderr.splitlines())) == (2, 2)


def test_each_problem_of_a_policy_has_its_line_and_a_number_is_to_be_quoted(call: Call, tmp_path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(
        "apiVersion: tracereach.dev/v1alpha1\nkind: TracingPolicy\nmetadata: {name: shop, namespace: shop}\nspec:\n"
        "  selector: {matchLabels: {tracing: enabled}}\n  export: {endpoint: http://otel:4317}\n"
        "  sampling:\n    ratio: 0.25\n  propagate: x\n"
    )
    result = call("plan", "-f", "-", "-p", str(policy), stdin=FINE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        f'{policy}: document 1, line 8: spec.sampling.ratio: must be a string; quote it: "0.25"',
        f"{policy}: document 1, line 9: spec.propagate: is not a known field",
    ]
