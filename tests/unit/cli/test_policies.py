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
