"""A pod template as the API server stores it: with the defaults that it fills in.

They are those of Kubernetes, `pkg/apis/core/v1/defaults.go` and `zz_generated.defaults.go`, as far as the corpus meets
them. What is injected is always such a template, but where a file is injected offline.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

Object = dict[str, Any]

_POD = {
    "restartPolicy": "Always",
    "terminationGracePeriodSeconds": 30,
    "dnsPolicy": "ClusterFirst",
    "securityContext": {},
    "schedulerName": "default-scheduler",
}
_CONTAINER = {
    "resources": {},
    "terminationMessagePath": "/dev/termination-log",
    "terminationMessagePolicy": "File",
    "imagePullPolicy": "IfNotPresent",
}
_PROBE = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_VOLUMES = ("configMap", "secret", "projected", "downwardAPI")


def stored(template: Object) -> Object:
    """A copy of `template` with the defaults, where it says nothing itself."""
    found = copy.deepcopy(template)
    pod = found["spec"]
    _fill(pod, _POD)
    if "serviceAccountName" in pod:
        _fill(pod, {"serviceAccount": pod["serviceAccountName"]})
    for container in (*(pod.get("containers") or ()), *(pod.get("initContainers") or ())):
        _fill(container, _CONTAINER)
        for port in container.get("ports") or ():
            _fill(port, {"protocol": "TCP"})
        for handler in _handlers(container):
            _fill(handler.get("httpGet"), {"path": "/", "scheme": "HTTP"})
            _fill(handler.get("grpc"), {"service": ""})
        for probe in _PROBES:
            _fill(container.get(probe), _PROBE)
        for entry in container.get("env") or ():
            _fill((entry.get("valueFrom") or {}).get("fieldRef"), {"apiVersion": "v1"})
    for volume in pod.get("volumes") or ():
        _fill(volume.get("hostPath"), {"type": ""})
        for kind in _VOLUMES:
            _fill(volume.get(kind), {"defaultMode": 0o644})
    return found


def _handlers(container: Object) -> Iterator[Object]:
    lifecycle = container.get("lifecycle") or {}
    yield from filter(None, (container.get(probe) for probe in _PROBES))
    yield from filter(None, (lifecycle.get(hook) for hook in ("postStart", "preStop")))


def _fill(owner: Object | None, defaults: Mapping[str, Any]) -> None:
    if owner is not None:
        for field, value in defaults.items():
            owner.setdefault(field, copy.deepcopy(value))
