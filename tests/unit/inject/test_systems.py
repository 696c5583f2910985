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


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"os": {"name": "windows"}}, "its pods run on windows; the agents are built for linux"),
        ({"nodeSelector": {"kubernetes.io/os": "windows"}}, "windows; the agents are built for linux"),
        (affinity(("kubernetes.io/os", "In", ["windows"])), "windows; the agents are built for linux"),
        ({"nodeSelector": {ARCH: "arm64"}}, "its pods run on arm64; the agents are built for amd64"),
        (affinity((ARCH, "In", ["arm64"])), "arm64; the agents are built for amd64"),
        (affinity((ARCH, "In", ["amd64"]), (ARCH, "In", ["s390x"])), "s390x; the agents are built for amd64"),
        (affinity((ARCH, "NotIn", ["amd64"])), "anything but amd64; the agents are built for amd64"),
    ],
)
def test_pods_that_run_where_no_agent_does_are_left_alone(
    injection: Injection, spec: dict[str, Any], message: str
) -> None:
    pod = template(spec=spec)
    result = inject(pod, injection)
    assert (result.template, result.injected) == (pod, False)
    (skipped,) = result.skipped
    assert (skipped.container, str(skipped.reason)) == ("", "UnsupportedSystem")
    assert skipped.message.endswith(message)


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"os": {"name": "linux"}, "nodeSelector": {"kubernetes.io/os": "linux", ARCH: "amd64"}},
        affinity((ARCH, "In", ["amd64"])),
        affinity((ARCH, "In", ["amd64", "arm64"])),
        affinity((ARCH, "In", [])),
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
