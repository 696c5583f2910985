"""The kinds we read and write, and their addresses below the API server."""

from dataclasses import dataclass
from typing import Any

from tracereach.api import names

Object = dict[str, Any]
"""An object as the API server speaks it."""


@dataclass(frozen=True)
class Resource:
    """A kind, by what its URL needs. `group` is empty for the core group."""

    group: str
    version: str
    plural: str
    namespaced: bool = True

    def collection(self, namespace: str | None = None) -> str:
        """The path of all objects, or of those in one namespace."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        if namespace and not self.namespaced:
            raise ValueError(f"{self.plural} have no namespace, yet {namespace!r} was given")
        return f"{root}/namespaces/{namespace}/{self.plural}" if namespace else f"{root}/{self.plural}"

    def item(self, namespace: str | None, name: str) -> str:
        """The path of one object; `namespace` is empty or None for kinds without."""
        if self.namespaced and not namespace:
            raise ValueError(f"{self.plural} live in a namespace, and none was given for {name!r}")
        return f"{self.collection(namespace)}/{name}"

    def status(self, namespace: str | None, name: str) -> str:
        """The path of one object's status."""
        return f"{self.item(namespace, name)}/status"


DEPLOYMENTS = Resource("apps", "v1", "deployments")
STATEFUL_SETS = Resource("apps", "v1", "statefulsets")
DAEMON_SETS = Resource("apps", "v1", "daemonsets")
CONTROLLER_REVISIONS = Resource("apps", "v1", "controllerrevisions")
PODS = Resource("", "v1", "pods")
SERVICES = Resource("", "v1", "services")
ENDPOINT_SLICES = Resource("discovery.k8s.io", "v1", "endpointslices")
CONFIG_MAPS = Resource("", "v1", "configmaps")
NAMESPACES = Resource("", "v1", "namespaces", namespaced=False)
NODES = Resource("", "v1", "nodes", namespaced=False)
EVENTS = Resource("events.k8s.io", "v1", "events")
POLICIES = Resource(names.GROUP, names.VERSION, names.POLICY_PLURAL)
CLUSTER_POLICIES = Resource(names.GROUP, names.VERSION, names.CLUSTER_POLICY_PLURAL, namespaced=False)
TRACED_WORKLOADS = Resource(names.GROUP, names.VERSION, names.TRACED_WORKLOAD_PLURAL)

WORKLOADS = {"Deployment": DEPLOYMENTS, "StatefulSet": STATEFUL_SETS, "DaemonSet": DAEMON_SETS}
"""Workload kinds by the kind of a `WorkloadReference`."""

POLICY_RESOURCES = {names.POLICY_KIND: POLICIES, names.CLUSTER_POLICY_KIND: CLUSTER_POLICIES}
"""Policy kinds by the kind of a `PolicyReference`."""
