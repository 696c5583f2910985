"""etcd, API server, controller manager and scheduler. Started by the local provider."""

import yaml

from tests.testbed import paths
from tests.testbed.local import daemons, keys, layout, network
from tests.testbed.local.daemons import Daemon
from tests.testbed.local.layout import RunDirectory
from tests.testbed.shell import attempt, run

NAMES = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler")

# Writes only: tests count from it how often an object was written, and by whom.
_AUDIT_POLICY = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "omitStages": ["RequestReceived"],
    "rules": [{"level": "Metadata", "verbs": ["create", "update", "patch", "delete"]}, {"level": "None"}],
}


def kubectl(directory: RunDirectory, *arguments: str) -> list[str]:
    """A kubectl command line with administrator's access, to be run from outside the namespace."""
    program = str(paths.binaries() / "kubectl")
    return network.inside([program, f"--kubeconfig={directory.kubeconfig}", *arguments])


def answers(directory: RunDirectory) -> bool:
    """Whether the API server says that it is ready."""
    return attempt(kubectl(directory, "get", "--raw=/readyz", "--request-timeout=5s")) is not None


def start(directory: RunDirectory) -> None:
    """Start all four and return when the API server is ready and has its default namespace and roles."""
    keys.create(directory)
    (directory.configuration / "audit.yaml").write_text(yaml.safe_dump(_AUDIT_POLICY))
    daemons.start(_etcd(directory), directory)
    daemons.start(_api_server(directory), directory)
    daemons.wait_ready("kube-apiserver", directory, lambda: answers(directory), what="API server ready", seconds=120)
    daemons.start(_controller_manager(directory), directory)
    daemons.start(_scheduler(directory), directory)


def apply(directory: RunDirectory, *documents: object) -> None:
    """Create or update objects."""
    command = kubectl(directory, "apply", "--server-side", "--filename=-")
    run(command, stdin=yaml.safe_dump_all(documents))


def _etcd(directory: RunDirectory) -> Daemon:
    """Without fsync: the data need not outlive the machine, and disks of test machines are slow."""
    return Daemon(
        "etcd",
        [
            f"--data-dir={directory.root / 'etcd'}",
            f"--listen-client-urls={layout.ETCD}",
            f"--advertise-client-urls={layout.ETCD}",
            "--listen-peer-urls=http://127.0.0.1:2380",
            "--unsafe-no-fsync",
            "--log-level=warn",
        ],
    )


def _api_server(directory: RunDirectory) -> Daemon:
    key = directory.keys
    return Daemon(
        "kube-apiserver",
        [
            f"--etcd-servers={layout.ETCD}",
            f"--advertise-address={layout.NODE_ADDRESS}",
            f"--service-cluster-ip-range={layout.SERVICE_RANGE}",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=true",
            f"--client-ca-file={key / 'ca.crt'}",
            f"--tls-cert-file={key / 'apiserver.crt'}",
            f"--tls-private-key-file={key / 'apiserver.key'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={key / 'service-account.pub'}",
            f"--service-account-signing-key-file={key / 'service-account.key'}",
            f"--kubelet-client-certificate={key / 'admin.crt'}",
            f"--kubelet-client-key={key / 'admin.key'}",
            "--kubelet-preferred-address-types=InternalIP",
            f"--audit-policy-file={directory.configuration / 'audit.yaml'}",
            f"--audit-log-path={directory.audit_log}",
            "--audit-log-maxsize=4096",  # MiB: tests read the whole of it, and rotation would hide its beginning
        ],
    )


def _controller_manager(directory: RunDirectory) -> Daemon:
    key = directory.keys
    return Daemon(
        "kube-controller-manager",
        [
            f"--kubeconfig={directory.kubeconfig_of('controller-manager')}",
            f"--service-account-private-key-file={key / 'service-account.key'}",
            f"--root-ca-file={key / 'ca.crt'}",
            f"--cluster-signing-cert-file={key / 'ca.crt'}",
            f"--cluster-signing-key-file={key / 'ca.key'}",
            "--use-service-account-credentials=true",
            "--allocate-node-cidrs=true",
            f"--cluster-cidr={layout.POD_RANGE}",
            "--leader-elect=false",
        ],
    )


def _scheduler(directory: RunDirectory) -> Daemon:
    return Daemon("kube-scheduler", [f"--kubeconfig={directory.kubeconfig_of('scheduler')}", "--leader-elect=false"])
