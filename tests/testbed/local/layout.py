"""Names, addresses and files of the local cluster, in one place. Read by every module of this package."""

from dataclasses import dataclass
from pathlib import Path

NAMESPACE = Path("/run/netns/tracereach")
CGROUP = "/tracereach"

# What containerd, the kubelet and the CNI plugins write to by default.
SYSTEM_FOLDERS = (
    Path("/run/containerd"),
    Path("/var/lib/cni"),
    Path("/var/lib/containerd"),
    Path("/var/lib/kubelet"),
    Path("/var/log/containers"),
    Path("/var/log/pods"),
)
CONTAINERD_SOCKET = Path("/run/containerd/containerd.sock")

NODE_NAME = "node-1"
NODE_ADDRESS = "10.77.0.1"
GATEWAY_ADDRESS = "10.77.0.254"
SERVICE_RANGE = "10.96.0.0/16"
KUBERNETES_SERVICE = "10.96.0.1"
DNS_SERVICE = "10.96.0.10"
POD_RANGE = "10.244.0.0/16"
NODE_POD_RANGE = "10.244.0.0/24"
API_SERVER = "https://127.0.0.1:6443"
ETCD = "http://127.0.0.1:2379"


@dataclass(frozen=True)
class RunDirectory:
    """The files of one running cluster. Nothing of the cluster lies outside it."""

    root: Path

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def configuration(self) -> Path:
        return self.root / "configuration"

    @property
    def kubeconfig(self) -> Path:
        return self.kubeconfig_of("admin")

    def kubeconfig_of(self, user: str) -> Path:
        """Access for one component, by its certificate."""
        return self.root / f"{user}.kubeconfig"

    @property
    def audit_log(self) -> Path:
        """One JSON line for each write that the API server answered."""
        return self.root / "audit.log"

    def in_place_of(self, path: Path) -> Path:
        """Where the node's programs really write when they write to `path`, one of `SYSTEM_FOLDERS` or below it."""
        return self.root / "node" / path.relative_to("/")

    def create(self) -> None:
        """Make the folders that the components expect."""
        for folder in (self.keys, self.logs, self.configuration):
            folder.mkdir(parents=True, exist_ok=True)
