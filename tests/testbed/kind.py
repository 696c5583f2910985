"""The cluster by kind, for machines with a Docker engine. As thin as kind allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.testbed import binaries, paths
from tests.testbed.progress import step
from tests.testbed.shell import attempt, run

CLUSTER = "tracereach"


@dataclass(frozen=True)
class KindProvider:
    """One cluster named `tracereach`, with the node image that the pinned kind brings."""

    @property
    def kubeconfig(self) -> Path:
        return paths.state() / "kind.kubeconfig"

    def up(self) -> None:
        binaries.build(["kind", *binaries.CLIENTS])
        if self.healthy():
            return
        with step("kind cluster"):
            self.kubeconfig.parent.mkdir(parents=True, exist_ok=True)
            run(self.kind("delete", "cluster", f"--kubeconfig={self.kubeconfig}"))  # what a failed start has left
            run(self.kind("create", "cluster", f"--kubeconfig={self.kubeconfig}", "--wait=360s"))

    def down(self) -> None:
        binaries.build(["kind"])
        run(self.kind("delete", "cluster", f"--kubeconfig={self.kubeconfig}"))
        self.kubeconfig.unlink(missing_ok=True)

    def healthy(self) -> bool:
        clusters = attempt([str(paths.binaries() / "kind"), "get", "clusters"]) or ""
        return CLUSTER in clusters.split() and self.kubeconfig.exists()

    def load(self, archives: Sequence[Path]) -> None:
        for archive in archives:
            run(self.kind("load", "image-archive", str(archive)))

    def command(self, argv: Sequence[str]) -> list[str]:
        """Unchanged: kind publishes the API server on the host."""
        return list(argv)

    def kind(self, *arguments: str) -> list[str]:
        """A command line of kind for this cluster."""
        return [str(paths.binaries() / "kind"), *arguments, f"--name={CLUSTER}"]
