"""Fake nodes, and kwok, which plays the kubelet for them: their pods become ready, or break, and run nothing."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from tests.shop.kubernetes import kubectl
from tests.testbed.binaries import build
from tracereach.api.names import REVISION_LABEL

Object = dict[str, Any]

BROKEN_LABEL = "waves.tracereach.dev/broken"
"""On a pod template: its pods crash once they are injected."""
_FAKE = "waves.tracereach.dev/fake"
_ANNOTATION = "kwok.x-k8s.io/node"
_PODS_OF_A_NODE = 110
_STATUS = """
{{ $now := Now }}
phase: Running
hostIP: {{ NodeIPWith .spec.nodeName | Quote }}
podIP: {{ PodIPWith .spec.nodeName false .metadata.uid .metadata.name .metadata.namespace | Quote }}
startTime: {{ $now | Quote }}
conditions:
- {type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }}}
- {type: Ready, status: "%(ready)s", lastTransitionTime: {{ $now | Quote }}}
- {type: ContainersReady, status: "%(ready)s", lastTransitionTime: {{ $now | Quote }}}
- {type: PodScheduled, status: "True", lastTransitionTime: {{ $now | Quote }}}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: %(container_ready)s
  restartCount: %(restarts)d
  state: %(state)s
{{ end }}
"""
_NODE_STATUS = """
{{ $now := Now }}
phase: Running
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
"""
_RUNNING = "{running: {startedAt: {{ $now | Quote }}}}"
_CRASHED = "{terminated: {exitCode: 1, reason: Error, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }}}}"


def on_fake_nodes(spec: Object) -> Object:
    """A pod's specification that only fake nodes take."""
    toleration = {"key": _FAKE, "operator": "Exists", "effect": "NoSchedule"}
    return {**spec, "nodeSelector": {_FAKE: "true"}, "tolerations": [toleration], "terminationGracePeriodSeconds": 0}


@contextmanager
def fake_nodes(count: int, directory: Path, kubeconfig: str) -> Iterator[None]:
    """That many nodes, with kwok at work for them, for as long as the context lasts."""
    program = build(["kwok"]) / "kwok"
    configuration = directory / "kwok.yaml"
    configuration.write_text(yaml.safe_dump_all(_stages()))
    command = [
        str(program),
        f"--kubeconfig={kubeconfig}",
        f"--config={configuration}",
        f"--manage-nodes-with-annotation-selector={_ANNOTATION}=fake",
        "--cidr=10.250.0.0/16",
        "--node-ip=10.251.0.1",
        "--node-lease-duration-seconds=40",
    ]
    with (directory / "kwok.log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            kubectl("apply", "--filename", "-", stdin=yaml.safe_dump_all(_node(number) for number in range(count)))
            kubectl("wait", "nodes", f"--selector={_FAKE}=true", "--for=condition=Ready", "--timeout=60s")
            yield
        finally:
            kubectl("delete", "nodes", f"--selector={_FAKE}=true", "--wait=false")
            process.terminate()
            process.wait(timeout=20)


def _node(number: int) -> Object:
    capacity = {"cpu": "64", "memory": "256Gi", "pods": str(_PODS_OF_A_NODE)}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": f"waves-{number}",
            "labels": {_FAKE: "true", "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"},
            "annotations": {_ANNOTATION: "fake"},
        },
        "spec": {"taints": [{"key": _FAKE, "value": "true", "effect": "NoSchedule"}]},
        "status": {
            "capacity": capacity,
            "allocatable": capacity,
            "nodeInfo": {
                "architecture": "amd64", "bootID": "", "containerRuntimeVersion": "containerd://2.0.0",
                "kernelVersion": "", "kubeProxyVersion": "", "kubeletVersion": "v1.36.0", "machineID": "",
                "operatingSystem": "linux", "osImage": "", "systemUUID": "",
            },
        },
    }  # fmt: skip


def _stages() -> Iterator[Object]:
    """What becomes of nodes and pods. Its labels alone decide which stage a pod is in for; there is never a choice."""
    not_ready = {"key": '.status.conditions.[] | select( .type == "Ready" ) | .status', "operator": "NotIn"}
    yield _stage("node", [not_ready | {"values": ["True"]}], {"statusTemplate": _NODE_STATUS}, kind="Node")
    new = {"key": ".status.podIP", "operator": "DoesNotExist"}
    stays = {"key": ".metadata.deletionTimestamp", "operator": "DoesNotExist"}
    sound = {"key": f'.metadata.labels["{BROKEN_LABEL}"]', "operator": "DoesNotExist"}
    broken = {**sound, "operator": "Exists"}
    plain = {"key": f'.metadata.labels["{REVISION_LABEL}"]', "operator": "DoesNotExist"}
    injected = {**plain, "operator": "Exists"}
    ready = _STATUS % {"ready": "True", "container_ready": "true", "restarts": 0, "state": _RUNNING}
    crashed = _STATUS % {"ready": "False", "container_ready": "false", "restarts": 2, "state": _CRASHED}
    yield _stage("sound", [new, stays, sound], {"statusTemplate": ready}, milliseconds=500, at_most=3000)
    yield _stage("not-injected", [new, stays, broken, plain], {"statusTemplate": ready}, milliseconds=500, at_most=3000)
    yield _stage("crash", [new, stays, broken, injected], {"statusTemplate": crashed}, milliseconds=500, at_most=3000)
    gone = {"key": ".metadata.deletionTimestamp", "operator": "Exists"}
    yield _stage("gone", [gone], {"finalizers": {"empty": True}, "delete": True}, milliseconds=100, at_most=500)


def _stage(
    name: str, when: list[Object], then: Object, *, kind: str = "Pod", milliseconds: int = 0, at_most: int = 0
) -> Object:
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": f"waves-{name}"},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": kind},
            "selector": {"matchExpressions": when},
            "delay": {"durationMilliseconds": milliseconds, "jitterDurationMilliseconds": at_most},
            "next": then,
        },
    }
