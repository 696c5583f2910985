"""One of our processes, run on this machine beside the tests, against the same cluster as they."""

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import wait_for

_REPOSITORY = Path(__file__).parents[2]
_STOP_SECONDS = 30
_LOG_CHARACTERS = 8000


class LocalProcess:
    """`tracereach ARGUMENTS`, started and stopped as often as a test likes; always the same, and with one log."""

    def __init__(self, *arguments: str, log: Path, health_port: int) -> None:
        self._arguments = arguments
        self._log = log
        self._address = f"http://127.0.0.1:{health_port}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """Everything that it has said."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def end_of_log(self) -> str:
        """As much of it as fits into the report on a failure."""
        return self.log[-_LOG_CHARACTERS:]

    def start(self) -> None:
        """Start it, and return once it has seen the whole cluster. One that never gets there is ended."""
        command = [sys.executable, "-m", "tracereach", *self._arguments]
        environment = os.environ | {"PYTHONPATH": str(_REPOSITORY / "operator"), "POD_NAMESPACE": "default"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            wait_for(self._is_ready, timeout=60)
        except BaseException as error:
            self.kill()
            error.add_note(self.end_of_log)
            raise

    def stop(self) -> None:
        """Ask it to end, and see that it does so in order."""
        assert self._process is not None, "it has not been started"
        self._process.send_signal(signal.SIGTERM)
        try:
            assert self._process.wait(_STOP_SECONDS) == 0, f"it ended badly:\n{self.log}"
        finally:
            self.kill()

    def end(self) -> None:
        """Stop it, unless a test has ended it already."""
        if self._process is not None and self._process.poll() is None:
            self.stop()

    def kill(self) -> None:
        """End it at once."""
        assert self._process is not None, "it has not been started"
        self._process.kill()
        self._process.wait()

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """A time without it; it is running again afterwards."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def restart(self) -> None:
        """End it and start it again."""
        with self.stopped():
            pass

    def get(self, path: str) -> str:
        """What it answers at its port for health and metrics."""
        with urllib.request.urlopen(f"{self._address}{path}", timeout=5) as answer:
            return str(answer.read().decode())

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, "it ended by itself"
        try:
            return bool(self.get("/readyz"))
        except (urllib.error.URLError, OSError):
            return False
