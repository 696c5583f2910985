"""What the nodes of the cluster can do, as far as the injection depends on it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tracereach.api.policy import PolicySpec
from tracereach.cluster.projections import NodeRecord
from tracereach.inject.injection import Delivery

Version = tuple[int, int]

_IMAGE_VOLUMES = (1, 35)
"""The first release with image volumes on, and with `subPath` on them (KEP-4639)."""
_NATIVE_SIDECARS = (1, 29)
"""The first release with sidecar containers on (KEP-753)."""
_RUNTIMES: dict[str, Version] = {"containerd": (2, 1), "cri-o": (1, 33)}
"""The first release of each container runtime that mounts image volumes with `subPath`."""


@dataclass(frozen=True)
class Capabilities:
    """What every schedulable Linux node can do, and the API server with them."""

    image_volumes: bool
    native_sidecars: bool

    def delivery(self, spec: PolicySpec) -> Delivery:
        """How agents arrive: as the policy says, else by image volume where that works."""
        if spec.delivery != "Auto":
            return spec.delivery
        return "ImageVolume" if self.image_volumes else "InitContainer"


def capabilities(server: Version, nodes: Iterable[NodeRecord]) -> Capabilities:
    """What can be relied on: one node that cannot is enough, since nobody knows where a pod will run."""
    linux = [node for node in nodes if node.os == "linux" and not node.unschedulable]
    oldest = min((server, *(_version(node.kubelet_version) for node in linux)))
    return Capabilities(
        image_volumes=bool(linux) and oldest >= _IMAGE_VOLUMES and all(_mounts_images(node) for node in linux),
        native_sidecars=oldest >= _NATIVE_SIDECARS,
    )


def _mounts_images(node: NodeRecord) -> bool:
    runtime, _, version = node.container_runtime.partition("://")
    return runtime in _RUNTIMES and _version(version) >= _RUNTIMES[runtime]


def _version(text: str) -> Version:
    """Major and minor of `v1.36.2` or `2.1.0-rc.1`; (0, 0) of what is no version."""
    match = re.match(r"v?(\d+)\.(\d+)", text)
    return (int(match[1]), int(match[2])) if match else (0, 0)
