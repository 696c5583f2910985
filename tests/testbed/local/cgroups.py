"""The mark by which the cluster's processes are known: the control group they run in.

Process ids in files go stale and get reused; a control group is inherited by every child, container processes
included (the kubelet is told to put its own below it), and ends with the machine. Used by `daemons` and `teardown`.
"""

import contextlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path

from tests.testbed.local import layout

_MOUNT = Path("/sys/fs/cgroup")


def _hierarchies() -> list[Path]:
    """Roots of all control group hierarchies: one with version 2, one for each controller with version 1."""
    if (_MOUNT / "cgroup.procs").exists():
        return [_MOUNT]
    return sorted({entry.resolve() for entry in _MOUNT.iterdir() if (entry / "cgroup.procs").exists()})


def _groups() -> list[Path]:
    return [hierarchy / layout.CGROUP.lstrip("/") for hierarchy in _hierarchies()]


def create() -> None:
    """Make the group in every hierarchy; the kubelet refuses a root that is missing from one it uses."""
    for group in _groups():
        group.mkdir(exist_ok=True)
        for setting in ("cpuset.cpus", "cpuset.mems"):  # version 1 leaves these empty, and then nothing may enter
            if (group / setting).exists() and not (group / setting).read_text().strip():
                (group / setting).write_text((group.parent / setting).read_text())
    entrance().parent.mkdir(exist_ok=True)


def entrance() -> Path:
    """File into which a daemon writes its process id to become one of the cluster's.

    Membership in one hierarchy is mark enough. The group is a leaf: version 2 lets no process into an inner one.
    """
    return _groups()[0] / "daemons" / "cgroup.procs"


def processes() -> dict[int, list[str]]:
    """Process id -> command line of everything that belongs to the cluster, zombies left out."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and _belongs(entry):
            found[int(entry.name)] = _command_line(entry)
    return found


def _belongs(process: Path) -> bool:
    try:
        memberships = (process / "cgroup").read_text().splitlines()
        state = (process / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z" and any(is_ours(line) for line in memberships)


def is_ours(membership: str) -> bool:
    """Whether a line of /proc/PID/cgroup, `id:controllers:path`, names the cluster's group or one below it."""
    return f"{membership.split(':', 2)[2]}/".startswith(f"{layout.CGROUP}/")


def _command_line(process: Path) -> list[str]:
    try:
        return (process / "cmdline").read_text(errors="replace").rstrip("\0").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def kill_all() -> None:
    """Send SIGKILL to everything that belongs to the cluster. It may fork meanwhile, so the caller looks again."""
    for pid in processes():
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def remaining() -> list[Path]:
    """Groups that exist, deepest first."""
    return [folder for group in _groups() if group.exists() for folder in _below(group)]


def _below(group: Path) -> Iterator[Path]:
    for folder, _, _ in os.walk(group, topdown=False):
        yield Path(folder)


def delete() -> bool:
    """Remove the groups; whether all are gone. The kernel lets go of a group a moment after its last process."""
    for folder in remaining():
        with contextlib.suppress(OSError):
            folder.rmdir()
    return not remaining()
