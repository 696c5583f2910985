"""Loads image archives into the node's containerd. Used by the local provider."""

import json
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.testbed.local import node
from tests.testbed.local.layout import RunDirectory
from tests.testbed.progress import TestbedError, step
from tests.testbed.shell import run

_NAME = "org.opencontainers.image.ref.name"


@dataclass(frozen=True)
class ArchivedImage:
    """An image as its archive declares it."""

    reference: str
    digest: str


def load(archives: Iterable[Path], directory: RunDirectory) -> None:
    """Import every archive that holds something the node does not have under the same name already."""
    present = _present(directory)
    for archive in archives:
        image = describe(archive)
        if present.get(image.reference) != image.digest:
            with step(f"load {image.reference}"):
                run(node.ctr(directory, "images", "import", str(archive.absolute())))


def describe(archive: Path) -> ArchivedImage:
    """Name and digest of the one image in an OCI archive; `TestbedError` when it is something else."""
    try:
        with tarfile.open(archive) as content:
            index = content.extractfile("index.json")
            manifests = json.load(index)["manifests"] if index else []
    except (OSError, KeyError, tarfile.TarError, ValueError) as error:
        raise TestbedError(f"{archive} is not an OCI archive: {error}") from None
    if len(manifests) != 1 or _NAME not in manifests[0].get("annotations", {}):
        raise TestbedError(f"{archive} must hold exactly one image, with its name in {_NAME}")
    return ArchivedImage(manifests[0]["annotations"][_NAME], manifests[0]["digest"])


def _present(directory: RunDirectory) -> dict[str, str]:
    """Reference -> digest of the images that the node has."""
    _, *rows = run(node.ctr(directory, "images", "list")).splitlines()
    return {fields[0]: fields[2] for fields in map(str.split, rows)}
