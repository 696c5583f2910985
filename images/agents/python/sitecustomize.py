"""Starts the agent where it can run, and leaves no trace where it cannot.

Python imports this module by its name before the program, because its directory stands first on PYTHONPATH. Every
interpreter of the container does, so this file keeps to the syntax of Python 2 and 3, and says nothing of its own.
"""

import os
import sys


def _clear_path(directory, mount):
    """Take both entries of PYTHONPATH off this process's path: nothing but the agent is to be found there."""
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) not in (directory, mount)]


def _run_shadowed_sitecustomize():
    """Import the sitecustomize that Python would have found without the agent: the application's, or the image's."""
    this = sys.modules.pop("sitecustomize")
    try:
        import sitecustomize  # noqa: F401, PLC0415  (the next one on the path)
    except ImportError as error:
        if getattr(error, "name", None) not in (None, "sitecustomize"):
            raise
    finally:
        sys.modules.setdefault("sitecustomize", this)


def _is_supported():
    """Tell whether this interpreter can read `tracereach_agent`: CPython from 3.10 on, with its lock."""
    return (
        sys.version_info >= (3, 10)
        and sys.implementation.name == "cpython"
        and "t" not in sys.abiflags  # free-threaded: compiled packages are built apart for it
    )


def _start_agent(directory, mount):
    """Start the agent; whatever keeps it from starting is said in one line and does not reach the program."""
    try:
        sys.path.insert(0, directory)
        from tracereach_agent import start  # noqa: PLC0415  (only where it can be read)

        sys.path.remove(directory)
        start(mount)
    except Exception as error:
        _clear_path(directory, mount)
        sys.stderr.write("tracereach: no tracing in this process: " + repr(error) + "\n")


def _main():
    directory = os.path.dirname(os.path.abspath(__file__))
    mount = os.path.abspath(os.path.join(directory, "..", "..", ".."))
    _clear_path(directory, mount)
    try:
        _run_shadowed_sitecustomize()
    finally:
        if _is_supported():
            _start_agent(directory, mount)


_main()
