"""Builds the images of `image_table` into archives, each only when its inputs changed. Called by `images` and `up`."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from tests.testbed import binaries, paths
from tests.testbed.image_engine import engine
from tests.testbed.image_table import ALL, Image
from tests.testbed.locking import exclusive
from tests.testbed.progress import TestbedError, step
from tests.testbed.shell import run


def build(name: str, *, build_args: Mapping[str, str] | None = None) -> Path:
    """Archive of the named image, loadable by `Provider.load`; built now unless the same inputs were built before."""
    if name not in ALL:
        raise TestbedError(f"no image {name!r}; there are {', '.join(ALL)}")
    image = ALL[name]
    arguments = dict(build_args or {})
    bases = {}
    if image.base and engine().needs_local_bases:
        base = build(image.base)
        arguments["BASE"] = f"{ALL[image.base].reference.rpartition(':')[0]}:{base.stem}"
        bases[arguments["BASE"]] = base
    archive = archive_of(image, arguments)
    with exclusive(paths.cache() / "locks" / f"image-{name}"):
        if not archive.exists():
            with step(f"image {name}"):
                _build(image, arguments, bases, archive)
    return archive


def archive_of(image: Image, arguments: Mapping[str, str]) -> Path:
    """Where the image is kept. The name holds a hash of all that decides what the build gives."""
    digest = hashlib.sha256(repr(sorted(arguments.items())).encode())
    for file in _input_files(image):
        digest.update(f"\0{file}\0{(paths.REPOSITORY / file).stat().st_mode & 0o111:o}\0".encode())
        digest.update((paths.REPOSITORY / file).read_bytes())
    for program in image.programs:
        digest.update(binaries.ALL[program].key.encode())
    return paths.cache() / "images" / f"{image.name}-{digest.hexdigest()[:16]}.tar"


def _input_files(image: Image) -> list[str]:
    """Files of the image's folder and inputs, as git sees them; what it ignores, such as `build/`, is made of them."""
    folders = [image.folder, *image.inputs]
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *folders]
    listed = run(command, cwd=paths.REPOSITORY).split("\0")
    return sorted({file for file in listed if file and (paths.REPOSITORY / file).is_file()})


def _build(image: Image, arguments: Mapping[str, str], bases: Mapping[str, Path], archive: Path) -> None:
    """Run the image's build.sh, then its Dockerfile, and let the archive appear in one piece."""
    if not image.dockerfile.exists():
        raise TestbedError(f"image {image.name}: {image.dockerfile} does not exist")
    script = image.dockerfile.with_name("build.sh")
    if script.exists():
        folder = binaries.build(image.programs)
        run([str(script)], environment=os.environ | {"PATH": f"{folder}:{os.environ.get('PATH', os.defpath)}"})
    archive.parent.mkdir(parents=True, exist_ok=True)
    unfinished = archive.with_name(f"{image.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    engine().build(image, arguments, bases, unfinished)
    for former in archive.parent.glob(f"{image.name}-{'[0-9a-f]' * 16}.tar"):
        former.unlink()
    unfinished.rename(archive)
