"""Runs a command to its end, quietly: `run` where it must work, `attempt` where failing is an answer too."""

import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.testbed.progress import TestbedError


def run(
    command: Sequence[str],
    *,
    stdin: str = "",
    cwd: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Standard output of the command; `TestbedError` with the end of its messages when it fails."""
    try:
        done = subprocess.run(
            command, input=stdin, cwd=cwd, env=environment, capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise TestbedError(f"cannot run {shlex.join(command)}: {error}") from None
    if done.returncode != 0:
        messages = (done.stdout + done.stderr)[-4000:].strip()
        raise TestbedError(f"{shlex.join(command)} exited {done.returncode}:\n{messages}")
    return done.stdout


def attempt(command: Sequence[str]) -> str | None:
    """Standard output of the command, or None when it failed or does not exist."""
    try:
        return run(command)
    except TestbedError:
        return None
