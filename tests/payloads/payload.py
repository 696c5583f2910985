"""The agents as their images hold them, and the environment that makes a process load one."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracereach.inject.agents import AGENTS

_AGENTS = Path(__file__).parents[2] / "images" / "agents"
_BASE = {
    "OTEL_TRACES_EXPORTER": "otlp",
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_LOGS_EXPORTER": "none",
    "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
}


@dataclass(frozen=True)
class Payload:
    """One agent on this machine's disk, in place of a mounted image."""

    name: str
    folder: Path

    def environment(self, endpoint: str = "http://127.0.0.1:9") -> dict[str, str]:
        """Variables of a process that has the agent, as the injection writes them."""
        agent = AGENTS[self.name]
        loaders = {each.name: each.value.replace(agent.mount_path, str(self.folder)) for each in agent.loaders}
        inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return inherited | _BASE | dict(agent.environment) | loaders | {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}


def built(name: str) -> Payload:
    """The agent of that name; its build.sh runs where its sources changed since."""
    folder = _AGENTS / name
    sources = [file.stat().st_mtime for file in folder.iterdir() if file.is_file()]
    build = folder / "build"
    if not build.exists() or build.stat().st_mtime < max(sources):
        subprocess.run([str(folder / "build.sh")], check=True)
    return Payload(name, build / AGENTS[name].sub_path)


@dataclass(frozen=True)
class Outcome:
    """How a process ended, and what it said."""

    code: int
    output: str
    errors: str


def run(
    command: Sequence[str | Path], environment: Mapping[str, str], *, directory: Path | None = None, text: str = ""
) -> Outcome:
    """Run a program to its end, with `text` on its standard input."""
    done = subprocess.run(
        [str(part) for part in command],
        env=dict(environment),
        cwd=directory,
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def interpreters() -> list[Path]:
    """Every Python of this machine that pyenv or the distribution has, and the one that runs the tests."""
    root = Path(os.environ.get("PYENV_ROOT", "/nonexistent"))
    found = [*sorted(root.glob("versions/*/bin/python")), Path("/usr/bin/python3"), Path(sys.executable).resolve()]
    return sorted({python.resolve() for python in found if python.exists()})
