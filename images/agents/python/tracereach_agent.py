"""Puts the agent's packages behind the application's and starts OpenTelemetry. Called by `sitecustomize`.

The application always wins: its packages are found first, its own OpenTelemetry SDK or another agent keeps this one
out, and so does a package of it that the agent cannot work with. That is decided before anything is instrumented.
"""

import functools
import importlib.metadata
import logging
import os
import re
import sys
import zipimport
from collections.abc import Iterator
from contextlib import contextmanager

from tracereach_termination import flush_before_raised_signals

_OTHER_AGENTS = ("ddtrace", "newrelic")
_OWN_TRACING = ("opentelemetry-sdk", "opentelemetry-instrumentation")


def start(mount: str) -> None:
    """Instrument this process with what `mount` holds for its interpreter; do nothing where it holds nothing."""
    compiled = os.path.join(mount, "lib", f"cp{sys.version_info.major}{sys.version_info.minor}-{_libc()}")
    if not os.path.isdir(compiled):
        return
    api = os.path.join(mount, "lib", "api")
    agent = [compiled, os.path.join(mount, "lib", "shared"), api]
    with _program_on_path():
        reason = _other_tracing() or _unsuitable_package(agent)
        if reason:
            sys.stderr.write(f"tracereach: no tracing in this process: {reason}\n")
            return
        if os.environ.get("OTEL_LOGS_EXPORTER") == "none":
            # A root handler that sends nothing would still silence Python's own for programs that configure none.
            os.environ.setdefault("OTEL_PYTHON_LOG_AUTO_INSTRUMENTATION", "false")
        if _is_older_api(api):
            sys.path.insert(0, api)
        sys.path.extend(agent)
        from opentelemetry.instrumentation.auto_instrumentation import initialize  # noqa: PLC0415  (found only now)

        for module in (initialize.__module__, f"{initialize.__module__}._load"):
            logging.getLogger(module).addFilter(_without_traceback)
        initialize()
        _flush_at_the_end()


def _flush_at_the_end() -> None:
    from opentelemetry.trace import get_tracer_provider  # noqa: PLC0415  (found only now)

    if flush := getattr(get_tracer_provider(), "force_flush", None):  # the provider of a disabled SDK has none
        flush_before_raised_signals(flush)


def _without_traceback(record: logging.LogRecord) -> bool:
    """Shorten what OpenTelemetry says of its own failures to one line; the program goes on in any case."""
    if record.exc_info:
        record.msg, record.args, record.exc_info = f"{record.getMessage()}: {record.exc_info[1]!r}", (), None
    return True


def _libc() -> str:
    """The C library this interpreter is linked with. The tags of its extension modules tell only since 3.11."""
    try:
        return "glibc" if os.confstr("CS_GNU_LIBC_VERSION") else "musl"
    except (ValueError, OSError):
        return "musl"


@contextmanager
def _program_on_path() -> Iterator[None]:
    """Have on the path already what Python puts there only after this: the directory of the program.

    Packages that lie beside the program would else be imported from the agent, and stay so. It goes behind the
    standard library, for a program may be called `queue.py`.
    """
    program = _program_path()
    if program is None or program in sys.path:
        yield
        return
    packages = (place for place, entry in enumerate(sys.path) if entry.endswith(("site-packages", "dist-packages")))
    sys.path.insert(next(packages, len(sys.path)), program)
    try:
        yield
    finally:
        sys.path.remove(program)


def _program_path() -> str | None:
    """What will be the first entry of `sys.path`; None where Python is told to add none."""
    if getattr(sys.flags, "safe_path", False):
        return None
    program = sys.argv[0] if getattr(sys, "argv", None) else ""  # programs that embed Python may give none
    if program in ("", "-", "-c", "-m"):
        return _working_directory()
    if os.path.isdir(program) or _is_archive(program):
        return program
    return os.path.dirname(os.path.realpath(program))


def _working_directory() -> str | None:
    try:
        return os.getcwd()
    except OSError:  # it is gone
        return None


def _is_archive(program: str) -> bool:
    try:
        zipimport.zipimporter(program)
    except zipimport.ZipImportError:
        return False
    return True


def _other_tracing() -> str | None:
    """Why this process is traced already, if it is."""
    for module in _OTHER_AGENTS:
        if module in sys.modules:
            return f"{module} is active in it"
    for name in _OWN_TRACING:
        version = _installed(name)
        if version:
            return f"the application brings its own {name} {version}"
    return None


def _unsuitable_package(agent: list[str]) -> str | None:
    """Which package of the application the agent would meet in a version that it was not made for, if any."""
    with open(os.path.join(agent[1], "needs.txt"), encoding="utf-8") as lines:
        needs = [line.split() for line in lines]
    met = [
        (dependent, package, version, specifiers)
        for dependent, package, specifiers in needs
        if (version := _installed(package)) and not _installed(dependent)
    ]
    if not met:
        return None
    before = set(sys.modules)
    sys.path.extend(agent)
    try:
        from packaging.specifiers import SpecifierSet  # noqa: PLC0415  (found only now)

        for dependent, package, version, specifiers in met:
            if not SpecifierSet(specifiers).contains(version, prereleases=True):
                _forget(set(sys.modules) - before)
                return f"the application brings {package} {version}, and {dependent} needs {package}{specifiers}"
    finally:
        del sys.path[-len(agent) :]
    return None


def _is_older_api(api: str) -> bool:
    """Tell whether the application has an API that is older than the agent's SDK.

    Many libraries bring the API. It promises that code written for an older release runs with a newer one, so this is
    the one package of the application that the agent replaces, and never by an older one.
    """
    theirs = _installed("opentelemetry-api")
    ours = next(iter(importlib.metadata.distributions(path=[api]))).version
    return theirs is not None and _release(theirs) < _release(ours)


def _release(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", version)[:3]]


def _forget(modules: set[str]) -> None:
    """Unload what was imported from the agent, so that the application finds nothing that it does not have."""
    for module in modules:
        del sys.modules[module]


@functools.cache
def _installed(package: str) -> str | None:
    """The version that the application has, asked before the agent is on the path."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
