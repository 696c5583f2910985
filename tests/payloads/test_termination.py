"""What becomes of the last span when an application ends, and that the agent changes nothing in how it ends.

The table in docs/agents.md says the same in words.
"""

import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.payloads.payload import Payload
from tests.payloads.receiver import Receiver

_PYTHON = """
import os, signal, sys, threading
from opentelemetry import trace
{before}
with trace.get_tracer("test").start_as_current_span("last"):
    pass
print("ready", flush=True)
{statement}
"""
_NODEJS = """
const {{ trace }} = require(process.env.AGENT + "/node_modules/@opentelemetry/api");
{before}
trace.getTracer("test").startSpan("last").end();
console.log("ready");
{statement}
"""
_JAVA = """
import java.net.*;
public class App {{
  public static void main(String[] arguments) throws Exception {{
    try {{
      new URL("http://127.0.0.1:9/").openStream();
    }} catch (ConnectException refused) {{
      System.out.println("ready");
    }}
    {statement}
  }}
}}
"""
_TERM, _KILL = signal.SIGTERM, signal.SIGKILL


@dataclass(frozen=True)
class End:
    """One way for an application to end after its last span."""

    statement: str = ""
    before: str = ""
    sent: signal.Signals | None = None
    code: int = 0
    arrives: bool = True


_PYTHON_WAITS = "threading.Event().wait()"
_ENDS_OF_PYTHON = {
    "end of the program": End(),
    "sys.exit": End("sys.exit(3)", code=3),
    "os._exit": End("os._exit(3)", code=3, arrives=False),
    "SIGTERM": End(_PYTHON_WAITS, sent=_TERM, code=-_TERM, arrives=False),
    "SIGTERM with a handler that exits": End(
        _PYTHON_WAITS, before="signal.signal(signal.SIGTERM, lambda *arguments: sys.exit(0))", sent=_TERM
    ),
    "SIGTERM raised once more by the program": End("signal.raise_signal(signal.SIGTERM)", code=-_TERM),
    "SIGKILL": End(_PYTHON_WAITS, sent=_KILL, code=-_KILL, arrives=False),
}
_NODEJS_WAITS = "setInterval(() => {}, 1000)"
_ENDS_OF_NODEJS = {
    "end of the program": End(),
    "process.exit": End("process.exit(3)", code=3, arrives=False),
    "SIGTERM": End(_NODEJS_WAITS, sent=_TERM, code=-_TERM, arrives=False),
    "SIGTERM with a handler that exits at once": End(
        _NODEJS_WAITS, before="process.on('SIGTERM', () => process.exit(0))", sent=_TERM, arrives=False
    ),
    "SIGTERM with a handler that closes first": End(
        _NODEJS_WAITS, before="process.on('SIGTERM', () => setTimeout(() => process.exit(0), 1000))", sent=_TERM
    ),
    "SIGKILL": End(_NODEJS_WAITS, sent=_KILL, code=-_KILL, arrives=False),
}
_JAVA_WAITS = "Thread.sleep(60000);"
_ENDS_OF_JAVA = {
    "end of the program": End(),
    "System.exit": End("System.exit(3);", code=3),
    "Runtime.halt": End("Runtime.getRuntime().halt(3);", code=3, arrives=False),
    "SIGTERM": End(_JAVA_WAITS, sent=_TERM, code=128 + _TERM),
    "SIGKILL": End(_JAVA_WAITS, sent=_KILL, code=-_KILL, arrives=False),
}


@pytest.mark.parametrize("end", _ENDS_OF_PYTHON.values(), ids=_ENDS_OF_PYTHON)
def test_python(python_agent: Payload, receiver: Receiver, tmp_path: Path, end: End) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    program = _PYTHON.format(before=end.before, statement=end.statement)
    command = [str(tmp_path / "venv" / "bin" / "python"), "-c", program]
    _check(command, python_agent.environment(receiver.endpoint), receiver, end)


@pytest.mark.parametrize("end", _ENDS_OF_NODEJS.values(), ids=_ENDS_OF_NODEJS)
def test_nodejs(nodejs_agent: Payload, receiver: Receiver, tmp_path: Path, end: End) -> None:
    program = tmp_path / "app.js"
    program.write_text(_NODEJS.format(before=end.before, statement=end.statement))
    environment = nodejs_agent.environment(receiver.endpoint) | {"AGENT": str(nodejs_agent.folder)}
    _check(["node", str(program)], environment, receiver, end)


@pytest.mark.parametrize("end", _ENDS_OF_JAVA.values(), ids=_ENDS_OF_JAVA)
def test_java(java_agent: Payload, receiver: Receiver, tmp_path: Path, end: End) -> None:
    program = tmp_path / "App.java"
    program.write_text(_JAVA.format(statement=end.statement))
    subprocess.run(["javac", "-nowarn", "-d", tmp_path, program], check=True, capture_output=True)
    _check(["java", "-classpath", str(tmp_path), "App"], java_agent.environment(receiver.endpoint), receiver, end)


def _check(command: Sequence[str | Path], environment: dict[str, str], receiver: Receiver, end: End) -> None:
    """Run until the span has ended, send the signal, and see how the process ends and what has arrived.

    Nothing is sent by the clock: what arrives has left at the end.
    """
    environment = environment | {"OTEL_BSP_SCHEDULE_DELAY": "600000"}
    process = subprocess.Popen([str(part) for part in command], env=environment, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            if end.sent is not None:
                process.send_signal(end.sent)
            assert process.wait(timeout=60) == end.code
        finally:
            process.kill()
    assert len(receiver.spans) == (1 if end.arrives else 0)
