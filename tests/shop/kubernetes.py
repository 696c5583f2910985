"""kubectl and helm as a user runs them, and waiting for what they bring about. KUBECONFIG says which cluster."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any


class CommandFailed(AssertionError):
    """A command exited with an error."""


def run(*command: str, stdin: str | None = None) -> str:
    """Run a command; its standard output. Raises `CommandFailed` with everything it said."""
    result = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=600, check=False)
    if result.returncode:
        raise CommandFailed(f"{' '.join(command)}\nexit code {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    """Run kubectl; its standard output."""
    return run("kubectl", *arguments, stdin=stdin)


def tracereach(*arguments: str, stdin: str | None = None) -> str:
    """Run our own command line; its standard output."""
    return run(sys.executable, "-m", "tracereach", *arguments, stdin=stdin)


def get(*arguments: str) -> dict[str, Any]:
    """An object, or a list, by `kubectl get`."""
    content: dict[str, Any] = json.loads(kubectl("get", *arguments, "--output", "json"))
    return content


def wait_for(what: str, probe: Callable[[], Any], *, seconds: float = 120) -> Any:
    """What `probe` returns once that is true; it may fail before. Raises `TimeoutError` with what was last seen."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            seen = probe()
        except (CommandFailed, OSError, LookupError) as error:
            seen, last = None, str(error)
        else:
            last = str(seen)
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s; last seen: {last[:2000]}")
        time.sleep(0.5)
