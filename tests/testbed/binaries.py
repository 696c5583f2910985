"""Builds the cluster's programs from Go modules, once for each version. Called by the providers and `build`.

Each folder under `tools/` is a Go module that pins one project by `go.mod` and `go.sum`. One module for all would not
do: their dependencies disagree.
"""

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.testbed import paths
from tests.testbed.locking import exclusive
from tests.testbed.progress import TestbedError, step
from tests.testbed.shell import run

TOOLS = paths.HERE / "tools"


@dataclass(frozen=True)
class Binary:
    """One program: the folder under `tools/` that pins it, its Go package, and the variables that hold its version."""

    name: str
    folder: str
    package: str
    stamps: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    """Build tags."""

    @property
    def module(self) -> Path:
        return TOOLS / self.folder

    @property
    def version(self) -> str:
        """Version of the Go module that holds the package, as pinned by `go.mod`."""
        required: list[tuple[str, str]] = re.findall(
            r"^\s*(?:require\s+)?(\S+) (v\S+)", (self.module / "go.mod").read_text(), flags=re.M
        )
        holders = [(path, version) for path, version in required if f"{self.package}/".startswith(f"{path}/")]
        if not holders:
            raise TestbedError(f"{self.module}/go.mod requires no module that holds {self.package}")
        return max(holders, key=lambda holder: len(holder[0]))[1]

    @property
    def linker_flags(self) -> str:
        """Flags that drop debug data and stamp the version, without which Kubernetes calls itself v0.0.0."""
        major, minor, _ = self.version.removeprefix("v").split(".", 2)
        values = {"version": self.version, "major": major, "minor": minor}
        return " ".join(["-s", "-w", *(f"-X {stamp.format(**values)}" for stamp in self.stamps)])

    @property
    def key(self) -> str:
        """Name, version and hash of everything that decides what the build gives."""
        digest = hashlib.sha256()
        for part in (self.package, self.linker_flags, *self.tags):
            digest.update(part.encode() + b"\0")
        for file in ("go.mod", "go.sum"):
            digest.update((self.module / file).read_bytes() + b"\0")
        return f"{self.name}-{self.version}-{digest.hexdigest()[:12]}"


def _kubernetes(*names: str) -> list[Binary]:
    variables = "k8s.io/component-base/version."
    stamps = tuple(f"{variables}git{part}" for part in ("Version={version}", "Major={major}", "Minor={minor}"))
    return [Binary(name, "kubernetes", f"k8s.io/kubernetes/cmd/{name}", stamps) for name in names]


def _containerd(*names: str) -> list[Binary]:
    root = "github.com/containerd/containerd/v2"
    stamps = (f"{root}/version.Version={{version}}",)
    return [Binary(name, "containerd", f"{root}/cmd/{name}", stamps) for name in names]


_CONTROL_PLANE = [
    Binary("etcd", "etcd", "go.etcd.io/etcd/server/v3"),
    *_kubernetes("kubectl", "kube-apiserver", "kube-controller-manager", "kube-scheduler"),
]
_NODE = [
    *_kubernetes("kubelet", "kube-proxy"),
    *_containerd("containerd", "containerd-shim-runc-v2", "ctr"),
    Binary("coredns", "coredns", "github.com/coredns/coredns"),
]
_CLIENTS = [
    Binary("helm", "helm", "helm.sh/helm/v3/cmd/helm", ("helm.sh/helm/v3/internal/version.version={version}",)),
    Binary("helm4", "helm4", "helm.sh/helm/v4/cmd/helm", ("helm.sh/helm/v4/internal/version.version={version}",)),
    Binary("ocb", "collector-builder", "go.opentelemetry.io/collector/cmd/builder"),
]
_KIND = [Binary("kind", "kind", "sigs.k8s.io/kind")]
_SCALE = [Binary("kwok", "kwok", "sigs.k8s.io/kwok/cmd/kwok")]
_MONITORING = [
    # Without its pages, which are built by Node.js, and without the clouds' SDKs for finding targets.
    Binary(
        "prometheus",
        "prometheus",
        "github.com/prometheus/prometheus/cmd/prometheus",
        ("github.com/prometheus/common/version.Version={version}",),
        tags=("remove_all_sd",),
    )
]

ALL = {binary.name: binary for binary in [*_CONTROL_PLANE, *_NODE, *_CLIENTS, *_KIND, *_SCALE, *_MONITORING]}
LOCAL_CLUSTER = [binary.name for binary in [*_CONTROL_PLANE, *_NODE]]
CLIENTS = ["kubectl", *(binary.name for binary in _CLIENTS)]


def build(names: Iterable[str]) -> Path:
    """Make the named programs ready and return the folder that holds them; what is already built costs nothing."""
    folder = paths.binaries()
    for name in names:
        binary = ALL[name]
        built = paths.cache() / "binaries" / binary.key
        with exclusive(paths.cache() / "locks" / name):
            if not built.exists():
                with step(f"build {name} {binary.version}"):
                    _compile(binary, built)
            _link(folder / name, built)
    return folder


def _compile(binary: Binary, destination: Path) -> None:
    """Build beside the destination and rename, so that an interrupted build leaves nothing that looks whole."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    unfinished = destination.with_name(f"{binary.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    environment = os.environ | {"CGO_ENABLED": "0", "GOWORK": "off", "GOFLAGS": "-mod=readonly -buildvcs=false"}
    tags = ["-tags", ",".join(binary.tags)] if binary.tags else []
    flags = ["-trimpath", *tags, "-ldflags", binary.linker_flags]
    command = ["go", "build", *flags, "-o", str(unfinished), binary.package]
    run(command, cwd=binary.module, environment=environment)
    unfinished.rename(destination)


def _link(link: Path, target: Path) -> None:
    """Point `link` at `target` atomically."""
    if link.is_symlink() and link.readlink() == target:
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    fresh = link.with_name(f".{link.name}-{os.getpid()}")
    fresh.symlink_to(target)
    fresh.replace(link)
