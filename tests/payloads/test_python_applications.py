"""What the Python agent leaves to the application: its packages, its start-up code, its tracing, its log lines."""

import subprocess
import sys
import zipapp
from pathlib import Path

import pytest

from tests.payloads.payload import Outcome, Payload, run
from tests.payloads.receiver import Receiver

_SPAN = "from opentelemetry import trace\nwith trace.get_tracer('test').start_as_current_span('work'): pass\n"
_WEB = """
import threading, urllib.request
from wsgiref.simple_server import WSGIRequestHandler, make_server
from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware

class Quiet(WSGIRequestHandler):
    def log_message(self, *arguments): pass

def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["HTTP_TRACEPARENT"].encode()]

server = make_server("127.0.0.1", 0, OpenTelemetryMiddleware(application), handler_class=Quiet)
thread = threading.Thread(target=server.handle_request)
thread.start()
urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/").read()
thread.join()
server.server_close()
"""
_SPAWN = f"""
import multiprocessing

def child():
    {_SPAN.replace(chr(10), chr(10) + "    ")}

if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=child)
    process.start()
    process.join()
    raise SystemExit(process.exitcode)
"""
_FORK = f"""
import os, sys
child = os.fork()
if child == 0:
    {_SPAN.replace(chr(10), chr(10) + "    ")}
    sys.exit(0)
os.waitpid(child, 0)
"""


@pytest.fixture
def python(tmp_path: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    return tmp_path / "venv" / "bin" / "python"


@pytest.fixture
def packages(python: Path) -> Path:
    return next(python.parents[1].glob("lib/python*/site-packages"))


def _install(packages: Path, name: str, version: str, code: str = "") -> None:
    """Lay out a package of the application's as pip would."""
    (packages / name).mkdir(parents=True)
    (packages / name / "__init__.py").write_text(code)
    information = packages / f"{name.replace('-', '_')}-{version}.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def _silent(outcome: Outcome) -> bool:
    return (outcome.code, outcome.errors) == (0, "")


def test_one_trace_goes_through_client_and_server(python: Path, python_agent: Payload, receiver: Receiver) -> None:
    assert _silent(run([python, "-c", _WEB], python_agent.environment(receiver.endpoint)))
    server, client = sorted(receiver.wait_for(2), key=lambda span: span.kind)
    assert (server.kind, client.kind) == (2, 3)
    assert server.trace_id == client.trace_id
    assert server.parent_span_id == client.span_id


@pytest.mark.parametrize("place", ["site-packages", "beside the program", "PYTHONPATH"])
def test_the_applications_own_package_wins(
    python: Path, packages: Path, python_agent: Payload, tmp_path: Path, place: str
) -> None:
    program = tmp_path / "app" / "main.py"
    program.parent.mkdir()
    program.write_text("import idna; print(idna.whose)")
    environment = python_agent.environment()
    folder = {"site-packages": packages, "beside the program": program.parent, "PYTHONPATH": tmp_path / "own"}[place]
    _install(folder, "idna", "3.1", "whose = 'the application'\ndef encode(*names): return b''")
    if place == "PYTHONPATH":
        start, mount = environment["PYTHONPATH"].split(":")
        environment["PYTHONPATH"] = f"{start}:{folder}:{mount}"
    outcome = run([python, program], environment, directory=Path("/"))
    assert _silent(outcome)
    assert outcome.output == "the application\n"


def test_a_program_named_like_a_standard_module_runs_once(python: Path, python_agent: Payload, tmp_path: Path) -> None:
    program = tmp_path / "queue.py"
    program.write_text("print('ran')")
    assert run([python, program], python_agent.environment()) == Outcome(0, "ran\n", "")


@pytest.mark.parametrize("module", ["sitecustomize", "usercustomize"])
def test_the_applications_start_up_module_still_runs(
    python: Path, packages: Path, python_agent: Payload, receiver: Receiver, module: str
) -> None:
    (packages / f"{module}.py").write_text("import sys; sys.started = True")
    (python.parents[1] / "pyvenv.cfg").write_text(
        (python.parents[1] / "pyvenv.cfg").read_text().replace("packages = false", "packages = true")
    )  # only then Python imports usercustomize
    program = f"import sys, {module}; print(sys.started, {module}.__file__)\n{_SPAN}"
    outcome = run([python, "-c", program], python_agent.environment(receiver.endpoint))
    assert _silent(outcome)
    assert outcome.output == f"True {packages / module}.py\n"
    assert len(receiver.wait_for(1)) == 1


def test_a_broken_start_up_module_is_reported_as_without_the_agent(
    python: Path, packages: Path, python_agent: Payload, receiver: Receiver
) -> None:
    (packages / "sitecustomize.py").write_text("raise RuntimeError('broken')")
    without = run([python, "-c", "pass"], {})
    outcome = run([python, "-c", _SPAN], python_agent.environment(receiver.endpoint))
    assert (outcome.code, outcome.errors) == (0, without.errors)
    assert "RuntimeError: broken" in outcome.errors
    assert len(receiver.wait_for(1)) == 1


@pytest.mark.parametrize(
    ("name", "version", "reason"),
    [
        ("opentelemetry-sdk", "1.20.0", "the application brings its own opentelemetry-sdk 1.20.0"),
        ("protobuf", "3.20.3", "the application brings protobuf 3.20.3, and "),
    ],
)
def test_it_stays_out_where_packages_would_not_fit(
    python: Path, packages: Path, python_agent: Payload, name: str, version: str, reason: str
) -> None:
    _install(packages, name, version)
    program = "import sys; print({'requests', 'packaging', 'wrapt'} & set(sys.modules), 'agents' in str(sys.path))"
    outcome = run([python, "-c", program], python_agent.environment())
    assert (outcome.code, outcome.output) == (0, "set() False\n")
    assert outcome.errors.startswith(f"tracereach: no tracing in this process: {reason}")
    assert outcome.errors.count("\n") == 1


@pytest.mark.parametrize(("version", "whose"), [("1.20.0", "the agent"), ("1.999.0", "the application")])
def test_the_newer_api_of_both_is_used(
    python: Path, packages: Path, python_agent: Payload, receiver: Receiver, version: str, whose: str
) -> None:
    """Libraries bring the API by themselves, in any release."""
    _install(packages, "opentelemetry-api", version)
    (packages / "opentelemetry").symlink_to(python_agent.folder / "lib" / "api" / "opentelemetry")
    program = f"{_SPAN}print(trace.__file__)"
    outcome = run([python, "-c", program], python_agent.environment(receiver.endpoint))
    assert _silent(outcome)
    assert outcome.output.startswith(str({"the agent": python_agent.folder, "the application": packages}[whose]))
    assert len(receiver.wait_for(1)) == 1


def test_it_stays_out_of_the_way_of_another_agent(python: Path, packages: Path, python_agent: Payload) -> None:
    (packages / "sitecustomize.py").write_text("import ddtrace")
    (packages / "ddtrace.py").touch()
    outcome = run([python, "-c", "pass"], python_agent.environment())
    assert outcome.errors == "tracereach: no tracing in this process: ddtrace is active in it\n"


def test_a_failing_start_is_no_traceback_and_not_the_programs_concern(python: Path, python_agent: Payload) -> None:
    environment = python_agent.environment() | {"OTEL_TRACES_EXPORTER": "nowhere"}
    outcome = run([python, "-c", "print('ran')"], environment)
    assert (outcome.code, outcome.output) == (0, "ran\n")
    assert "Failed to auto initialize OpenTelemetry: RuntimeError" in outcome.errors
    assert "Traceback" not in outcome.errors


@pytest.mark.parametrize("program", [_SPAWN, _FORK], ids=["spawn", "fork"])
def test_children_send_their_own_spans(
    python: Path, python_agent: Payload, receiver: Receiver, tmp_path: Path, program: str
) -> None:
    (tmp_path / "main.py").write_text(program)
    assert _silent(run([python, tmp_path / "main.py"], python_agent.environment(receiver.endpoint)))
    assert [span.name for span in receiver.wait_for(1)] == ["work"]


def test_a_zip_application_is_traced(python: Path, python_agent: Payload, receiver: Receiver, tmp_path: Path) -> None:
    source = tmp_path / "source"
    _install(source, "idna", "3.1", "whose = 'the application'\ndef encode(*names): return b''")
    (source / "__main__.py").write_text(f"import idna; print(idna.whose)\n{_SPAN}")
    zipapp.create_archive(source, tmp_path / "app.pyz")
    outcome = run([python, tmp_path / "app.pyz"], python_agent.environment(receiver.endpoint))
    assert _silent(outcome)
    assert outcome.output == "the application\n"
    assert len(receiver.wait_for(1)) == 1


def test_warnings_still_reach_a_program_that_configures_no_logging(python: Path, python_agent: Payload) -> None:
    program = "import logging; logging.getLogger('app').warning('low on disk')"
    assert run([python, "-c", program], python_agent.environment()).errors == "low on disk\n"


def test_a_program_whose_directory_is_gone_runs(python: Path, python_agent: Payload, tmp_path: Path) -> None:
    command = f"mkdir {tmp_path}/gone && cd {tmp_path}/gone && rmdir {tmp_path}/gone && exec {python} -c 'print(1)'"
    assert run(["/bin/sh", "-c", command], python_agent.environment()) == Outcome(0, "1\n", "")
