"""Stopping the processes of a container where it stands, as a bug or a starved node would: alive, and doing nothing."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def frozen(pod_uid: str, program: str) -> Iterator[None]:
    """The processes of `program` in one pod stand still for as long as the context lasts.

    Containers' processes are this machine's, in the local cluster and in kind's alike; it takes root to signal them.
    """
    processes = [process for process in Path("/proc").iterdir() if process.name.isdecimal()]
    found = [int(process.name) for process in processes if _is_of(process, pod_uid, program)]
    assert found, f"no {program} runs in the pod {pod_uid}"
    for process in found:
        os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in found:
            os.kill(process, signal.SIGCONT)


def _is_of(process: Path, pod_uid: str, program: str) -> bool:
    try:
        control_groups, command = (process / "cgroup").read_text(), (process / "cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return False
    named = command.split(b"\0")[0].decode(errors="replace").rsplit("/", 1)[-1]
    return named == program and any(uid in control_groups for uid in (pod_uid, pod_uid.replace("-", "_")))
