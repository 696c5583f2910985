"""The two ways to build an image: Docker where an engine answers, else buildah. Used by `images`."""

import functools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tests.testbed import debian, paths
from tests.testbed.image_table import Image
from tests.testbed.locking import exclusive
from tests.testbed.provider import docker_answers
from tests.testbed.shell import run


class Engine(Protocol):
    """Turns a Dockerfile into an archive."""

    @property
    def needs_local_bases(self) -> bool:
        """Whether public base images cannot be pulled, so that the project's own must be given as BASE."""

    def build(self, image: Image, arguments: Mapping[str, str], bases: Mapping[str, Path], archive: Path) -> None:
        """Build the image and write it to `archive`; `bases` are the archives of the local images it may build on."""


@functools.cache
def engine() -> Engine:
    """The engine to use on this machine."""
    if docker_answers():
        return Docker()
    debian.ensure()
    return Buildah(paths.cache() / "buildah")


def _build_arguments(arguments: Mapping[str, str]) -> list[str]:
    return [f"--build-arg={name}={value}" for name, value in sorted(arguments.items())]


@dataclass(frozen=True)
class Docker:
    """A Docker engine, which can pull the public base images that the Dockerfiles name."""

    needs_local_bases = False

    def build(self, image: Image, arguments: Mapping[str, str], bases: Mapping[str, Path], archive: Path) -> None:
        options = [f"--tag={image.reference}", f"--file={image.dockerfile}", *_build_arguments(arguments)]
        run(["docker", "build", *options, str(image.context_folder)])
        run(["docker", "save", f"--output={archive}", image.reference])


@dataclass(frozen=True)
class Buildah:
    """buildah without a daemon and without a registry.

    Everything of it lies in `store`: only the current bases between builds, and one build at a time. The overlay driver
    works wherever containerd's own does, and spares the copy of all base layers that vfs makes for each build.
    """

    store: Path

    needs_local_bases = True

    def build(self, image: Image, arguments: Mapping[str, str], bases: Mapping[str, Path], archive: Path) -> None:
        options = ["--pull-never", "--isolation=chroot", f"--tag={image.reference}", f"--file={image.dockerfile}"]
        compression = ["--compression-format=zstd", "--compression-level=1"]  # twice as fast as gzip
        target = f"oci-archive:{archive}:{image.reference}"
        with self._alone():
            for reference, base in bases.items():
                self._keep(reference, base)
            self._buildah("build", *options, *_build_arguments(arguments), str(image.context_folder))
            self._buildah("push", "--quiet", *compression, image.reference, target)
            self._buildah("rmi", "--force", image.reference)

    def _keep(self, reference: str, archive: Path) -> None:
        """Have the archived image in the store as `reference`, whose tag names its content; older versions go."""
        if reference in self._buildah("images", "--format={{.Name}}:{{.Tag}}").split():
            return
        name = reference.rpartition(":")[0]
        for former in set(self._buildah("images", "--quiet", f"--filter=reference={name}").split()):
            self._buildah("rmi", "--force", former)
        self._buildah("tag", self._buildah("pull", "--quiet", f"oci-archive:{archive}").strip(), reference)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Have the store for oneself, and rid it of the containers that an interrupted build has left."""
        with exclusive(paths.cache() / "locks" / "buildah"):
            self._buildah("rm", "--all")
            yield

    def _buildah(self, *arguments: str) -> str:
        driver = ["--storage-driver=overlay", "--storage-opt=overlay.skip_mount_home=true"]  # leave no mount behind
        return run(["buildah", f"--root={self.store}/root", f"--runroot={self.store}/run", *driver, *arguments])
