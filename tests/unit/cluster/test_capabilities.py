"""What the injection may rely on: one node that cannot is enough."""

from typing import Literal

import pytest

from tests.unit.api.policies import spec_with
from tracereach.cluster.capabilities import Capabilities, capabilities
from tracereach.cluster.projections import NodeRecord

NEWEST = (1, 36)


def node(
    runtime: str = "containerd://2.3.7", kubelet: str = "v1.36.2", *, os: str = "linux", unschedulable: bool = False
) -> NodeRecord:
    return NodeRecord("node", runtime, kubelet, os, unschedulable)


@pytest.mark.parametrize(
    ("server", "nodes", "image_volumes", "native_sidecars"),
    [
        (NEWEST, [node()], True, True),
        (NEWEST, [node("cri-o://1.35.0")], True, True),
        ((1, 35), [node("containerd://2.1.0", "v1.35.0")], True, True),
        ((1, 34), [node("containerd://2.1.0", "v1.34.9")], False, True),
        ((1, 34), [node(kubelet="v1.36.0")], False, True),
        ((1, 29), [node(kubelet="v1.29.0")], False, True),
        ((1, 28), [node(kubelet="v1.28.15")], False, False),
        (NEWEST, [node("containerd://2.0.9")], False, True),
        (NEWEST, [node("containerd://1.7.27")], False, True),
        (NEWEST, [node("containerd://2.1.0-rc.1")], True, True),
        (NEWEST, [node("cri-o://1.32.9")], False, True),
        (NEWEST, [node("docker://28.0.0")], False, True),
        (NEWEST, [node("containerd://unknown")], False, True),
        (NEWEST, [node(""), node()], False, True),
        (NEWEST, [node(), node("containerd://1.7.0")], False, True),
        (NEWEST, [node(), node(kubelet="v1.28.0")], False, False),
        (NEWEST, [node(kubelet="v1.36.2-eks-1234567")], True, True),
        (NEWEST, [node(kubelet="unknown")], False, False),
        (NEWEST, [node(), node("containerd://1.6.0", "v1.20.0", unschedulable=True)], True, True),
        (NEWEST, [node(), node("containerd://1.7.0", "v1.28.0", os="windows")], True, True),
        (NEWEST, [node(os="windows")], False, True),
        (NEWEST, [node(unschedulable=True)], False, True),
        (NEWEST, [], False, True),
    ],
)
def test_the_oldest_of_all_decides(
    server: tuple[int, int], nodes: list[NodeRecord], *, image_volumes: bool, native_sidecars: bool
) -> None:
    assert capabilities(server, nodes) == Capabilities(image_volumes, native_sidecars)


@pytest.mark.parametrize(
    ("asked", "image_volumes", "delivery"),
    [
        ("Auto", True, "ImageVolume"),
        ("Auto", False, "InitContainer"),
        ("InitContainer", True, "InitContainer"),
        ("ImageVolume", False, "ImageVolume"),
    ],
)
def test_a_policy_that_asks_for_a_delivery_gets_it(
    asked: Literal["Auto", "ImageVolume", "InitContainer"], delivery: str, *, image_volumes: bool
) -> None:
    found = Capabilities(image_volumes=image_volumes, native_sidecars=True)
    assert found.delivery(spec_with(delivery=asked)) == delivery
