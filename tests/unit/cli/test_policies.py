"""Policies in files: what the API server would never see, because kubectl refuses it or drops it."""

from pathlib import Path

import pytest

from tracereach.cli.errors import InputRefused
from tracereach.cli.policies import read_policies

HEAD = "apiVersion: tracereach.dev/v1alpha1\nkind: TracingPolicy\nmetadata: {name: shop}\n"
SPEC = "spec:\n  selector: {matchLabels: {tracing: enabled}}\n  export: {endpoint: http://otel:4317}\n"


def refused(path: Path, text: str) -> list[str]:
    """What is said about a file with `text`, behind the file."""
    path.write_text(text)
    with pytest.raises(InputRefused) as error:
        read_policies([str(path)], namespace="shop")
    return [line.removeprefix(f"{path}: ") for line in error.value.lines]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            f"{HEAD}{SPEC}  mode: DryRun\n  priority: 5\n  mode: Enforce\n",
            ["document 1, line 9: spec.mode: is there twice, first in line 7; keep one"],
        ),
        (f"{HEAD}{SPEC}kind: x\n", ["document 1, line 7: kind: is there twice, first in line 2; keep one"]),
        (
            f"# two\n---\n{HEAD}{SPEC}  rollout: {{canary: 1, canary: 2}}\n  env:\n  - {{name: a, name: b}}\n",
            [
                "document 1, line 9: spec.rollout.canary: is there twice, first in line 9; keep one",
                "document 1, line 11: spec.env[0].name: is there twice, first in line 11; keep one",
            ],
        ),
        (
            f'{HEAD}{SPEC}  resource: {{attributes: {{"1": a, 1: b}}}}\n',
            ["document 1, line 7: spec.resource.attributes.1: is there twice, first in line 7; keep one"],
        ),
        (
            '{"kind": "TracingPolicy",\n\t"spec": {},\n\t"spec": {}}',
            ["document 1, line 3: spec: is there twice, first in line 2; keep one"],
        ),
    ],
    ids=["block", "top", "brackets", "other type", "json"],
)
def test_a_key_that_is_there_twice_is_named_with_its_line(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert refused(tmp_path / "policy.yaml", text) == expected


def test_a_merged_key_may_be_set_again(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(
        f"{HEAD}{SPEC}  sampling: &all {{sampler: always_on}}\n"
        "  rollout: {<<: {canary: 1}, canary: 2}\n  coverage: {probe: {<<: {port: 1}, <<: {port: 2}}}\n"
    )
    (policy,) = read_policies([str(path)], namespace="shop")
    assert policy.spec.rollout.canary == 2


OURS = "must be tracereach.dev/v1alpha1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n",
            f"line 1: apiVersion: {OURS}; found is Deployment web of apps/v1, and manifests belong to --filename",
        ),
        (
            "apiVersion: v1\nkind: List\nitems: [{}, {}]\n",
            f"line 1: apiVersion: {OURS}; found is a List with 2 objects: give each policy as a document of its own",
        ),
        (
            "apiVersion: tracereach.dev/v1alpha1\nkind: TracingPolicyList\nitems: [{}]\n",
            (
                "line 2: kind: must be TracingPolicy or ClusterTracingPolicy;"
                " found is a TracingPolicyList with 1 object: give each policy as a document of its own"
            ),
        ),
        (f"kind: TracingPolicy\nmetadata: {{name: shop}}\n{SPEC}", f"line 1: apiVersion: {OURS}; it is missing"),
        (
            f"apiVersion: tracereach.dev/v1\nkind: TracingPolicy\nmetadata: {{name: shop}}\n{SPEC}",
            f"line 1: apiVersion: {OURS}; found is tracereach.dev/v1",
        ),
        (
            f"apiVersion: tracereach.dev/v1alpha1\nmetadata: {{name: shop}}\n{SPEC}",
            "line 1: kind: must be TracingPolicy or ClusterTracingPolicy; it is missing",
        ),
        (
            f"apiVersion: tracereach.dev/v1alpha1\nkind: Policy\nmetadata: {{name: shop}}\n{SPEC}",
            "line 2: kind: must be TracingPolicy or ClusterTracingPolicy; found is Policy",
        ),
    ],
    ids=["workload", "list", "list of policies", "no version", "other version", "no kind", "other kind"],
)
def test_what_is_no_policy_is_said_to_be_what_it_is(tmp_path: Path, text: str, expected: str) -> None:
    assert refused(tmp_path / "policy.yaml", text) == [f"document 1, {expected}"]
