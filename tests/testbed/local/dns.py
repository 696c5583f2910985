"""The cluster's DNS: CoreDNS as a Deployment behind the address that every pod is given. Used by the local provider."""

from tests.testbed import image_table
from tests.testbed.local import control_plane, daemons, layout
from tests.testbed.local.layout import RunDirectory
from tests.testbed.shell import attempt

_NAME = "coredns"
_NAMESPACE = "kube-system"
_LABELS = {"k8s-app": "kube-dns"}

# No forwarding: the cluster has no way out.
_COREFILE = """\
.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
        ttl 5
    }
    cache 5
    reload
}
"""


def start(directory: RunDirectory) -> None:
    """Create CoreDNS; pods resolve names once `ready`."""
    control_plane.apply(directory, *_account(), *_configuration_and_service(), _deployment())


def wait_ready(directory: RunDirectory) -> None:
    """Wait until CoreDNS answers its readiness probe; it reaches the API server through kube-proxy alone."""
    what = f"deployment {_NAMESPACE}/{_NAME} available"
    daemons.wait_ready("kube-proxy", directory, lambda: ready(directory), what=what, seconds=90)


def ready(directory: RunDirectory) -> bool:
    """Whether a CoreDNS pod is available."""
    arguments = ["get", "deployment", _NAME, f"--namespace={_NAMESPACE}", "-o", "jsonpath={.status.availableReplicas}"]
    command = control_plane.kubectl(directory, *arguments)
    return attempt(command) == "1"


def _metadata(name: str = _NAME) -> dict[str, object]:
    return {"name": name, "namespace": _NAMESPACE, "labels": _LABELS}


def _account() -> list[dict[str, object]]:
    core = {"apiGroups": [""], "resources": ["services", "namespaces", "pods"], "verbs": ["list", "watch"]}
    slices = {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": ["list", "watch"]}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "metadata": {"name": "system:coredns"}}
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata()},
        {**role, "kind": "ClusterRole", "rules": [core, slices]},
        {
            **role,
            "kind": "ClusterRoleBinding",
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "system:coredns"},
            "subjects": [{"kind": "ServiceAccount", "name": _NAME, "namespace": _NAMESPACE}],
        },
    ]


def _configuration_and_service() -> list[dict[str, object]]:
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": _metadata(), "data": {"Corefile": _COREFILE}},
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": _metadata("kube-dns"),
            "spec": {"clusterIP": layout.DNS_SERVICE, "selector": _LABELS, "ports": ports},
        },
    ]


def _deployment() -> dict[str, object]:
    container = {
        "name": "coredns",
        "image": image_table.ALL["coredns"].reference,
        "imagePullPolicy": "Never",
        "args": ["-conf", "/etc/coredns/Corefile"],
        "volumeMounts": [{"name": "configuration", "mountPath": "/etc/coredns", "readOnly": True}],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
        "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True},
    }
    pod = {
        "serviceAccountName": _NAME,
        "priorityClassName": "system-cluster-critical",
        "dnsPolicy": "Default",
        "containers": [container],
        "volumes": [{"name": "configuration", "configMap": {"name": _NAME}}],
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": _metadata(),
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": _LABELS},
            "template": {"metadata": {"labels": _LABELS}, "spec": pod},
        },
    }
