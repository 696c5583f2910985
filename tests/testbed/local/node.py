"""containerd, kubelet and kube-proxy: the cluster's one node. Started by the local provider.

All of it lives in a mount namespace of its own. What the kubelet and the containers mount is seen by nobody else and
goes away with the last of their processes, however they end. The folders of the system that the programs write to are
folders of the run directory there, so they keep their defaults and still write nothing outside it.
"""

import json
import os
import shlex
import shutil
from pathlib import Path

import yaml

from tests.testbed import image_table, paths
from tests.testbed.local import control_plane, daemons, layout
from tests.testbed.local.daemons import Daemon
from tests.testbed.local.layout import RunDirectory
from tests.testbed.shell import attempt

NAMES = ("containerd", "kubelet", "kube-proxy")
PLUGINS = Path("/usr/lib/cni")

_CONTAINERD = """\
version = 3

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "{pause}"

[plugins.'io.containerd.cri.v1.runtime']
  # Root may lack CAP_SYS_RESOURCE, without which runc cannot lower a score and every sandbox dies.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true

  [plugins.'io.containerd.cri.v1.runtime'.cni]
    bin_dirs = ["{plugins}"]
    conf_dir = "{configuration}/cni"

  [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
    runtime_type = 'io.containerd.runc.v2'

    [plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
      SystemdCgroup = false
      BinaryName = "{runc}"
"""

_POD_NETWORK = {
    "cniVersion": "1.0.0",
    "name": "pods",
    "plugins": [
        {
            "type": "bridge",
            "bridge": "cni0",
            "isGateway": True,
            "ipMasq": True,
            "hairpinMode": True,
            "ipam": {
                "type": "host-local",
                "ranges": [[{"subnet": layout.NODE_POD_RANGE}]],
                "routes": [{"dst": "0.0.0.0/0"}],
            },
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}


def start(directory: RunDirectory) -> None:
    """Start containerd, then the kubelet and kube-proxy. Returns when containerd answers; the node is Ready later."""
    _write_configuration(directory)
    for folder in layout.SYSTEM_FOLDERS:
        folder.mkdir(parents=True, exist_ok=True)
        directory.in_place_of(folder).mkdir(parents=True)
    daemons.start(_containerd(directory), directory)
    daemons.wait_ready("containerd", directory, lambda: _containerd_answers(directory), what="containerd ready")
    daemons.start(_kubelet(directory), directory)
    daemons.start(_kube_proxy(directory), directory)


def wait_ready(directory: RunDirectory) -> None:
    """Wait until the API server shows the node as Ready."""
    daemons.wait_ready("kubelet", directory, lambda: ready(directory), what="node ready")


def ready(directory: RunDirectory) -> bool:
    """Whether the API server shows the node as Ready."""
    path = "jsonpath={.status.conditions[?(@.type=='Ready')].status}"
    command = control_plane.kubectl(directory, "get", "node", layout.NODE_NAME, "-o", path)
    return attempt(command) == "True"


def ctr(directory: RunDirectory, *arguments: str) -> list[str]:
    """A command line of containerd's client, in the namespace that the kubelet uses."""
    program = str(paths.binaries() / "ctr")
    return [program, f"--address={directory.in_place_of(layout.CONTAINERD_SOCKET)}", "--namespace=k8s.io", *arguments]


def _containerd_answers(directory: RunDirectory) -> bool:
    return attempt(ctr(directory, "version")) is not None


def _write_configuration(directory: RunDirectory) -> None:
    runc = shutil.which("runc", path=f"{os.defpath}:/usr/sbin:/sbin")
    configuration = directory.configuration
    (configuration / "containerd.toml").write_text(
        _CONTAINERD.format(
            pause=image_table.ALL["pause"].reference, plugins=PLUGINS, configuration=configuration, runc=runc
        )
    )
    (configuration / "cni").mkdir()
    (configuration / "cni" / "pods.conflist").write_text(json.dumps(_POD_NETWORK, indent=2))
    (configuration / "kubelet.yaml").write_text(yaml.safe_dump(_kubelet_configuration(directory)))


def _kubelet_configuration(directory: RunDirectory) -> dict[str, object]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(directory.keys / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "containerRuntimeEndpoint": f"unix://{layout.CONTAINERD_SOCKET}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": layout.CGROUP,
        "failCgroupV1": False,
        "failSwapOn": False,
        "clusterDNS": [layout.DNS_SERVICE],
        "clusterDomain": "cluster.local",
        "podCIDR": layout.NODE_POD_RANGE,
        "resolvConf": "/dev/null",
        "volumePluginDir": "/var/lib/kubelet/volume-plugins",
        # No image can be pulled again, so none may be evicted or collected.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
    }


def _containerd(directory: RunDirectory) -> Daemon:
    """In a new mount namespace. Shared within, so that the kubelet's mounts reach containers that ask for that."""
    binds = [
        shlex.join(["mount", "--bind", str(directory.in_place_of(folder)), str(folder)])
        for folder in layout.SYSTEM_FOLDERS
    ]
    prepare = " && ".join(["mount --make-rshared /", *binds, 'exec "$0" "$@"'])
    wrapper = ["unshare", "--mount", "--propagation=private", "sh", "-c", prepare]
    return Daemon("containerd", [f"--config={directory.configuration / 'containerd.toml'}"], wrapper)


def _kubelet(directory: RunDirectory) -> Daemon:
    """In containerd's mount namespace: each uses what the other has mounted."""
    return Daemon(
        "kubelet",
        [
            f"--config={directory.configuration / 'kubelet.yaml'}",
            f"--kubeconfig={directory.kubeconfig_of('kubelet')}",
            f"--hostname-override={layout.NODE_NAME}",
            f"--node-ip={layout.NODE_ADDRESS}",
        ],
        ["nsenter", f"--mount=/proc/{daemons.pid('containerd')}/ns/mnt"],
    )


def _kube_proxy(directory: RunDirectory) -> Daemon:
    """Connection tracking limits are left alone: they belong to the machine, not to the namespace."""
    return Daemon(
        "kube-proxy",
        [
            f"--kubeconfig={directory.kubeconfig_of('kube-proxy')}",
            "--proxy-mode=nftables",
            "--conntrack-max-per-core=0",
            "--conntrack-tcp-timeout-established=0",
            "--conntrack-tcp-timeout-close-wait=0",
            f"--cluster-cidr={layout.POD_RANGE}",
            f"--hostname-override={layout.NODE_NAME}",
        ],
    )
