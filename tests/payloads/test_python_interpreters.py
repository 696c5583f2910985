"""The Python agent in every interpreter there is: at work in those it supports, unnoticed in the others."""

import subprocess
from pathlib import Path

import pytest

from tests.payloads.payload import Payload, interpreters, run
from tests.payloads.receiver import Receiver

_OLDEST = (3, 10)
_STATE = """
import sys
print(sorted(name for name in sys.modules if name.startswith("opentelemetry")) != [])
print([entry for entry in sys.path if "/images/agents/" in entry])
"""
_SPAN = """
from opentelemetry import trace
with trace.get_tracer("test").start_as_current_span("work"):
    pass
"""


def _version(python: Path) -> tuple[int, int]:
    shown = subprocess.check_output([python, "-c", "import sys; print('%d %d' % sys.version_info[:2])"])
    major, minor = shown.split()
    return int(major), int(minor)


_VERSIONS = {python: _version(python) for python in interpreters()}
_SUPPORTED = [python for python, version in _VERSIONS.items() if version >= _OLDEST]
_OTHERS = [python for python, version in _VERSIONS.items() if version < _OLDEST]


@pytest.fixture(params=_SUPPORTED, ids=str)
def python(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A virtual environment of a supported interpreter, with nothing installed."""
    subprocess.run([request.param, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    return tmp_path / "venv" / "bin" / "python"


def test_a_supported_interpreter_sends_spans(python: Path, python_agent: Payload, receiver: Receiver) -> None:
    outcome = run([python, "-c", _SPAN], python_agent.environment(receiver.endpoint))
    assert (outcome.code, outcome.output, outcome.errors) == (0, "", "")
    assert [span.name for span in receiver.wait_for(1)] == ["work"]


def test_a_supported_interpreter_finds_the_agent_last(python: Path, python_agent: Payload) -> None:
    outcome = run([python, "-c", "import sys; print(*sys.path, sep='\\n')"], python_agent.environment())
    major, minor = _VERSIONS[python.resolve()]
    folders = [f"cp{major}{minor}-glibc", "shared", "api"]
    assert outcome.output.split()[-3:] == [str(python_agent.folder / "lib" / folder) for folder in folders]


@pytest.mark.parametrize("module", ["wrapt._wrappers", "google._upb._message"])
def test_compiled_code_fits_the_interpreter(python: Path, python_agent: Payload, module: str) -> None:
    assert run([python, "-c", f"import {module}"], python_agent.environment()).code == 0


@pytest.mark.parametrize("python", _OTHERS, ids=str)
def test_an_unsupported_interpreter_notices_nothing(python: Path, python_agent: Payload) -> None:
    outcome = run([python, "-c", _STATE], python_agent.environment())
    assert (outcome.code, outcome.errors) == (0, "")
    assert outcome.output.split() == ["False", "[]"]


@pytest.mark.parametrize("option", ["-I", "-E"])
def test_an_interpreter_that_ignores_its_environment_is_left_alone(
    python: Path, python_agent: Payload, option: str
) -> None:
    outcome = run([python, option, "-c", _STATE], python_agent.environment())
    assert (outcome.code, outcome.output.split(), outcome.errors) == (0, ["False", "[]"], "")


def test_without_site_nothing_of_the_agent_can_be_imported(python: Path, python_agent: Payload) -> None:
    """`-S` runs no sitecustomize, so nobody clears the path; it leads to no package either."""
    program = "import importlib.util; print(*map(importlib.util.find_spec, ['requests', 'wrapt', 'google']))"
    outcome = run([python, "-S", "-c", program], python_agent.environment())
    assert (outcome.code, outcome.output.split(), outcome.errors) == (0, ["None"] * 3, "")


@pytest.mark.parametrize("child", _OTHERS, ids=str)
def test_a_child_of_another_release_chooses_for_itself(
    python: Path, child: Path, python_agent: Payload, receiver: Receiver
) -> None:
    program = f"{_SPAN}\nimport subprocess, sys\nsys.exit(subprocess.call([{str(child)!r}, '-c', 'pass']))"
    outcome = run([python, "-c", program], python_agent.environment(receiver.endpoint))
    assert (outcome.code, outcome.errors) == (0, "")
    assert len(receiver.wait_for(1)) == 1
