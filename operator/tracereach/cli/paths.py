"""From what follows `--filename` to files, by the rules of kubectl: files, directories, patterns and standard input."""

import os
from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path

from tracereach.cli.errors import InputRefused

STANDARD_INPUT = "-"
_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


def expand(paths: Iterable[str], *, recursive: bool = False) -> tuple[str, ...]:
    """Every file that `paths` name, each once; those of a directory or a pattern sorted. Raises `InputRefused`.

    What exists and is no directory is a file, such as the pipe of a shell's `<(…)`.
    """
    found = (name for path in paths for name in _expand(path, recursive=recursive))
    return tuple(dict.fromkeys(found))


def _expand(path: str, *, recursive: bool) -> Iterator[str]:
    literal = path == STANDARD_INPUT or os.path.lexists(path)
    for name in [path] if literal else sorted(glob(path)) or [path]:
        if name != STANDARD_INPUT and Path(name).is_dir():
            yield from _manifests(name, recursive=recursive)
        else:
            yield name  # where nothing is, reading it says so


def _manifests(directory: str, *, recursive: bool) -> list[str]:
    files = Path(directory).rglob("*") if recursive else Path(directory).iterdir()
    found = sorted(str(file) for file in files if file.suffix in _SUFFIXES and not file.is_dir())
    if not found:
        below = "" if recursive else "; --recursive looks into its directories as well"
        raise InputRefused(f"{directory}: has no file that ends in {', '.join(sorted(_SUFFIXES))}{below}")
    return found
