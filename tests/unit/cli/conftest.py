"""What the tests of the command line share: the data files, and a way to call a command and see everything it did."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.cli.api_server import ObjectServer
from tracereach.cli import main

DATA = Path(__file__).parent / "data"
POLICY = str(DATA / "policy.yaml")
CATALOGUE = ("--catalogue", str(DATA / "catalogue.yaml"))

Call = Callable[..., Result]


@pytest.fixture
def call() -> Call:
    """Calls `tracereach` with arguments; a failure that is no exit code fails the test."""

    def call(*arguments: str, stdin: str | bytes | None = None) -> Result:
        result = CliRunner().invoke(main, arguments, input=stdin)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


@pytest.fixture
def server(tmp_path, monkeypatch):
    """An API server that $KUBECONFIG names."""
    with ObjectServer.running() as server:
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(server.kubeconfig())
        monkeypatch.setenv("KUBECONFIG", str(kubeconfig))
        yield server
