"""kubectl, helm and our own command line as a user runs them. KUBECONFIG says which cluster."""

import json
import subprocess
import sys
from typing import Any


class CommandFailed(AssertionError):
    """A command exited with an error."""


NOT_YET = (CommandFailed, OSError, LookupError)
"""What looking at something raises that is not there yet."""


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
