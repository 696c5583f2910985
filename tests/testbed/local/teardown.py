"""Removes the local cluster, whole or in ruins, and checks that nothing of it is left. Used by `down` and by `up`."""

import contextlib
import shlex
import shutil
from pathlib import Path

from tests.testbed.local import cgroups, layout, network
from tests.testbed.local.layout import RunDirectory
from tests.testbed.progress import TestbedError, wait_until
from tests.testbed.shell import run


def remove(directory: RunDirectory) -> None:
    """Kill, unmount and delete everything of the cluster; `TestbedError` names what could not be removed."""
    wait_until(_all_killed, what="all processes of the cluster gone", seconds=20)
    for mount in mounts_below(directory.root):
        run(["umount", "--lazy", str(mount)])
    network.delete()
    wait_until(cgroups.delete, what="all control groups of the cluster gone", seconds=10)
    if directory.root.exists():
        shutil.rmtree(directory.root)
    for folder in layout.SYSTEM_FOLDERS:
        with contextlib.suppress(OSError):  # not there, or in use by something of the machine's own
            folder.rmdir()
    verify(directory)


def verify(directory: RunDirectory) -> None:
    """Look for anything that is left and raise with a list of it."""
    left = [f"process {pid}: {shlex.join(command)}" for pid, command in cgroups.processes().items()]
    left += [f"mount {mount}" for mount in mounts_below(directory.root)]
    left += [f"control group {group}" for group in cgroups.remaining()]
    left += [f"folder {path}" for path in (directory.root, layout.NAMESPACE) if path.exists()]
    if left:
        raise TestbedError("\n".join(["the cluster is not gone. Left:", *left]))


def mounts_below(folder: Path, table: str | None = None) -> list[Path]:
    """Mount points at or below the folder, deepest first; from the kernel's table unless one is given."""
    table = Path("/proc/self/mountinfo").read_text() if table is None else table
    written = (line.split()[4] for line in table.splitlines())
    points = (Path(point.encode().decode("unicode_escape")) for point in written)
    return sorted((point for point in points if point.is_relative_to(folder)), reverse=True)


def _all_killed() -> bool:
    cgroups.kill_all()
    return not cgroups.processes()
