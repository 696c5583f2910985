"""From what follows `--filename` to files, by the rules of kubectl: files, directories, patterns and standard input."""

from collections.abc import Iterable, Iterator
from glob import glob
from pathlib import Path

from tracereach.cli.errors import InputRefused

STANDARD_INPUT = "-"
_SUFFIXES = frozenset({".yaml", ".yml", ".json"})


def expand(paths: Iterable[str], *, recursive: bool = False) -> tuple[str, ...]:
    """Every file that `paths` name, each once; those of a directory or a pattern sorted. Raises `InputRefused`."""
    found = (name for path in paths for name in _expand(path, recursive=recursive))
    return tuple(dict.fromkeys(found))


def _expand(path: str, *, recursive: bool) -> Iterator[str]:
    if path == STANDARD_INPUT or Path(path).is_file():
        yield path
    elif Path(path).is_dir():
        yield from _manifests(path, recursive=recursive)
    elif matches := sorted(glob(path)):
        for match in matches:
            yield from _expand(match, recursive=recursive)
    else:
        yield path  # reading it says what is wrong with it


def _manifests(directory: str, *, recursive: bool) -> list[str]:
    files = Path(directory).rglob("*") if recursive else Path(directory).iterdir()
    found = sorted(str(file) for file in files if file.suffix in _SUFFIXES and file.is_file())
    if not found:
        below = "" if recursive else "; --recursive looks into its directories as well"
        raise InputRefused(f"{directory}: has no file that ends in {', '.join(sorted(_SUFFIXES))}{below}")
    return found
