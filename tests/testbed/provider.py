"""What a cluster provider does, and which one to use here. Called by the command line and by tests."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from tests.testbed.progress import TestbedError
from tests.testbed.shell import attempt


class Provider(Protocol):
    """One way of having a real cluster. From the kubeconfig on, all providers are alike."""

    @property
    def kubeconfig(self) -> Path:
        """File with administrator's access; it exists while the cluster is up."""

    def up(self) -> None:
        """Make the cluster run and return when its node and its DNS are ready. Quick when it runs already."""

    def down(self) -> None:
        """Remove the cluster with everything it made on this machine."""

    def healthy(self) -> bool:
        """Whether the cluster is up and whole."""

    def load(self, archives: Sequence[Path]) -> None:
        """Make images, given as OCI archives, known to the node; images it has already cost nothing."""

    def command(self, argv: Sequence[str]) -> list[str]:
        """The command line to run instead of `argv`, so that it reaches the API server, pods and Services."""


def docker_answers() -> bool:
    """Whether a Docker engine runs here."""
    return attempt(["docker", "version"]) is not None


def choose(name: str | None = None) -> Provider:
    """The named provider ("kind" or "local"); by default `PROVIDER`, else kind where Docker answers, else local."""
    from tests.testbed.kind import KindProvider
    from tests.testbed.local.provider import LocalProvider

    name = name or os.environ.get("PROVIDER") or ("kind" if docker_answers() else "local")
    if name == "kind":
        return KindProvider()
    if name == "local":
        return LocalProvider()
    raise TestbedError(f"unknown provider {name!r}: use kind or local")
