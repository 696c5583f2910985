"""Starts the cluster's long-running programs and tells which of them live. Used by the control plane and the node."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.testbed import paths
from tests.testbed.local import cgroups, network
from tests.testbed.local.layout import RunDirectory
from tests.testbed.progress import TestbedError, wait_until
from tests.testbed.shell import run

_LAST_LINES = 25

# Joins the group, then starts the program apart from this process and its terminal. A child that exists before the join
# would not be known as the cluster's.
_START = 'echo $$ > "$0" && log="$1" && shift && exec setsid --fork "$@" < /dev/null >> "$log" 2>&1'


@dataclass(frozen=True)
class Daemon:
    """One program with its arguments, and what prepares its surroundings and then becomes it."""

    name: str
    arguments: Sequence[str]
    wrapper: Sequence[str] = ()

    @property
    def command(self) -> list[str]:
        return [*self.wrapper, str(_program(self.name)), *self.arguments]


def start(daemon: Daemon, directory: RunDirectory) -> None:
    """Start it inside the cluster's namespace and control group; its output goes to its log."""
    log = log_of(daemon.name, directory)
    environment = {"PATH": f"{paths.binaries()}:{os.defpath}:/usr/sbin:/sbin", "HOME": str(directory.root)}
    entrance = str(cgroups.entrance())
    run(["sh", "-c", _START, entrance, str(log), *network.inside(daemon.command)], environment=environment)


def log_of(name: str, directory: RunDirectory) -> Path:
    return directory.logs / f"{name}.log"


def pid(name: str) -> int | None:
    """Process id of the cluster's process that runs this version of the program, or is about to become it."""
    running = (pid for pid, command in cgroups.processes().items() if str(_program(name)) in command)
    return next(running, None)


def wait_ready(
    name: str, directory: RunDirectory, condition: Callable[[], bool], *, what: str, seconds: float = 60
) -> None:
    """Wait for `condition`, which tells that the daemon works; when it fails or exits, show the end of its log."""

    def works() -> bool:
        if condition():
            return True
        if pid(name) is None:
            raise TestbedError(f"{name} has exited")
        return False

    try:
        wait_until(works, what=what, seconds=seconds)
    except TestbedError as error:
        lines = log_of(name, directory).read_text(errors="replace").splitlines()[-_LAST_LINES:]
        raise TestbedError("\n".join([str(error), f"end of {log_of(name, directory)}:", *lines])) from None


def _program(name: str) -> Path:
    """The current version's own file, so that processes of another version are not taken for it."""
    return (paths.binaries() / name).resolve()
