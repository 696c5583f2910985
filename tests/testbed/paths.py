"""Where the testbed keeps things. Read by every other module of the package."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent


def cache() -> Path:
    """Folder for what is built once and kept: Go binaries, base images, image archives. Safe to delete."""
    explicit = os.environ.get("TRACEREACH_CACHE")
    if explicit:
        return Path(explicit).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "tracereach"


def binaries() -> Path:
    """Folder of links to the current version of each built program, fit for PATH."""
    return cache() / "bin"


def state() -> Path:
    """Run directory of the cluster: keys, sockets, logs, etcd and container data. Removed by `down`."""
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state")
    return home.absolute() / "tracereach" / "testbed"
