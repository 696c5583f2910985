"""The operator as a process beside the tests, against the same cluster."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.waiting import wait_for

_REPOSITORY = Path(__file__).parents[2]
_STOP_SECONDS = 30


class OperatorProcess:
    """The operator, started and stopped as often as a test likes; always with the same settings and one log."""

    def __init__(self, directory: Path) -> None:
        self._port = _free_port()
        self._settings = directory / "settings.yaml"
        self._settings.write_text(yaml.safe_dump(_settings(self._port)))
        self._log = directory / "operator.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """Everything that it has said."""
        return self._log.read_text() if self._log.exists() else ""

    def start(self) -> None:
        """Start it, and return once it has seen the whole cluster."""
        command = [sys.executable, "-m", "tracereach", "operator", "--config", str(self._settings)]
        environment = os.environ | {"PYTHONPATH": str(_REPOSITORY / "operator"), "POD_NAMESPACE": "default"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        wait_for(self._is_ready, lambda ready: ready, timeout=60)

    def stop(self) -> None:
        """Ask it to end, and see that it does so in order."""
        assert self._process is not None, "the operator has not been started"
        self._process.send_signal(signal.SIGTERM)
        try:
            assert self._process.wait(_STOP_SECONDS) == 0, f"the operator ended badly:\n{self.log}"
        finally:
            self._process.kill()
            self._process.wait()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """A time without the operator; it is running again afterwards."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def restart(self) -> None:
        """End it and start it again."""
        with self.stopped():
            pass

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the operator ended by itself:\n{self.log}"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _settings(port: int) -> dict[str, object]:
    """Nothing answers at the gateway's address: these tests have no traffic to measure."""
    agents = {name: f"localhost/tracereach/agent-{name}:dev" for name in ("java", "nodejs", "python")}
    gateway = "tracereach-gateway.tracereach-system.svc:4317"
    return {
        "catalogue": {"agents": agents, "collector": "localhost/tracereach/collector:dev", "gateway": gateway},
        "gateway": {"metrics": ["http://127.0.0.1:9/metrics"]},
        "port": port,
    }
