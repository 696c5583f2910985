"""kubectl, helm and our own command line as a user runs them. KUBECONFIG says which cluster."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_CRDS = Path(__file__).parents[2] / "crds"


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


def install_our_kinds() -> None:
    """Our CRDs, established."""
    kubectl("apply", "--server-side", "--force-conflicts", "-f", str(_CRDS))
    kubectl("wait", "--for=condition=Established", "--timeout=30s", "-f", str(_CRDS))
