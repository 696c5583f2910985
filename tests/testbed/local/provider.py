"""Puts the local cluster together. The other modules of this package do one part each."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.testbed import binaries, debian, images, paths
from tests.testbed.image_table import CLUSTER
from tests.testbed.local import cgroups, control_plane, daemons, dns, network, node, node_images, teardown
from tests.testbed.local.layout import RunDirectory
from tests.testbed.locking import exclusive
from tests.testbed.progress import TestbedError, step


@dataclass(frozen=True)
class LocalProvider:
    """A one-node cluster without Docker: real API server, kubelet and containers."""

    directory: RunDirectory = field(default_factory=lambda: RunDirectory(paths.state()))

    @property
    def kubeconfig(self) -> Path:
        return self.directory.kubeconfig

    def up(self) -> None:
        """Start the cluster. One that is only half there, after a crash or a reboot, is removed and made anew."""
        if os.geteuid() != 0:
            raise TestbedError("the local cluster needs root; with a Docker engine, PROVIDER=kind does not")
        debian.ensure()
        binaries.build([*binaries.LOCAL_CLUSTER, *binaries.CLIENTS])
        cluster_images = [images.build(name) for name in CLUSTER]
        with exclusive(paths.cache() / "locks" / "cluster"):
            if self.healthy():
                return
            with step("remove what is left of a former cluster"):
                teardown.remove(self.directory)
            self._start(cluster_images)

    def _start(self, cluster_images: Sequence[Path]) -> None:
        """Start the parts in the order in which they need each other; the waits for node and DNS overlap."""
        self.directory.create()
        with step("network namespace and control group"):
            network.create()
            cgroups.create()
        with step("control plane"):
            control_plane.start(self.directory)
        with step("containerd, kubelet, kube-proxy"):
            node.start(self.directory)
        self.load(cluster_images)
        dns.start(self.directory)
        with step("node ready"):
            node.wait_ready(self.directory)
        with step("cluster DNS ready"):
            dns.wait_ready(self.directory)

    def down(self) -> None:
        with exclusive(paths.cache() / "locks" / "cluster"), step("remove the cluster"):
            teardown.remove(self.directory)

    def healthy(self) -> bool:
        """Asks the daemons, the API server, the node and the DNS in turn; each needs the one before."""
        return (
            network.exists()
            and all(daemons.pid(name) for name in (*control_plane.NAMES, *node.NAMES))
            and control_plane.answers(self.directory)
            and node.ready(self.directory)
            and dns.ready(self.directory)
        )

    def load(self, archives: Sequence[Path]) -> None:
        node_images.load(archives, self.directory)

    def command(self, argv: Sequence[str]) -> list[str]:
        return network.inside(argv)
