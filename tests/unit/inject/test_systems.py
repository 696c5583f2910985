"""On which machines the pods may run, as their template says, and whether the agents start there."""

from typing import Any

import pytest

from tests.unit.inject.pods import template
from tracereach.inject import Injection, inject


def affinity(*terms: tuple[str, str, list[str]]) -> dict[str, Any]:
    """Required node affinity, with a term for each key, operator and values."""
    keys = ("key", "operator", "values")
    required = {"nodeSelectorTerms": [{"matchExpressions": [dict(zip(keys, term, strict=True))]} for term in terms]}
    return {"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}}


ARCH = "kubernetes.io/arch"
OS = "kubernetes.io/os"
AFFINITY = "spec.affinity.nodeAffinity asks for"


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({"os": {"name": "windows"}}, "spec.os.name is windows"),
        ({"nodeSelector": {"kubernetes.io/os": "windows"}}, "spec.nodeSelector asks for windows"),
        ({"nodeSelector": {"beta.kubernetes.io/os": "windows"}}, "spec.nodeSelector asks for windows"),
        ({"nodeSelector": {"node.kubernetes.io/windows-build": "10.0.20348"}}, "spec.nodeSelector asks for windows"),
        ({"nodeSelector": {ARCH: "arm64"}}, "spec.nodeSelector asks for arm64"),
        ({"nodeSelector": {"beta.kubernetes.io/arch": "arm64", "disk": "ssd"}}, "spec.nodeSelector asks for arm64"),
        (affinity((OS, "In", ["windows"])), f"{AFFINITY} windows"),
        (affinity((ARCH, "In", ["arm64"])), f"{AFFINITY} arm64"),
        (affinity((ARCH, "In", ["arm64"]), (ARCH, "In", ["s390x"])), f"{AFFINITY} arm64 or s390x"),
        (affinity((ARCH, "In", ["arm64"]), (OS, "In", ["windows"])), f"{AFFINITY} arm64 or windows"),
        (affinity((ARCH, "NotIn", ["amd64"])), f"{AFFINITY} anything but amd64"),
        (affinity(("node.kubernetes.io/windows-build", "Exists", [])), f"{AFFINITY} windows"),
    ],
)
def test_pods_that_run_where_no_agent_does_are_left_alone(
    injection: Injection, spec: dict[str, Any], found: str
) -> None:
    pod = template(spec=spec)
    result = inject(pod, injection)
    assert (result.template, result.injected) == (pod, False)
    (skipped,) = result.skipped
    assert (skipped.container, str(skipped.reason)) == ("", "UnsupportedSystem")
    assert skipped.message == f"{found}; the images of agents and collector are built for linux/amd64"


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"os": {"name": "linux"}, "nodeSelector": {"kubernetes.io/os": "linux", ARCH: "amd64"}},
        affinity((ARCH, "In", ["amd64"])),
        affinity((ARCH, "In", ["amd64", "arm64"])),
        affinity((ARCH, "In", [])),
        affinity((ARCH, "In", ["amd64"]), (ARCH, "In", ["s390x"])),
        affinity((OS, "In", ["windows"]), ("disk", "In", ["ssd"])),
        {"tolerations": [{"key": "kubernetes.io/arch", "value": "arm64", "effect": "NoSchedule"}]},
        {"os": None, "nodeSelector": None, "affinity": None},
        affinity((ARCH, "NotIn", ["arm64"])),
        affinity((ARCH, "Exists", [])),
        affinity(("disk", "In", ["arm64"])),
        affinity((ARCH, "In", ["amd64", "arm64"])) | {"nodeSelector": {ARCH: "amd64"}},
        {"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": []}}},
    ],
)
def test_pods_for_the_agents_machines_and_for_no_machines_by_name_are_injected(
    injection: Injection, spec: dict[str, Any]
) -> None:
    assert inject(template(spec=spec), injection).injected
