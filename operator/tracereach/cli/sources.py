"""Reading manifests: files, directories and standard input, as documents that join to just the text that was read."""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from tracereach.cli import dialect
from tracereach.cli.errors import InputRefused

STANDARD_INPUT = "-"
_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
# A document begins with its directives, if it has any. Three dashes at a line's start are a marker wherever they stand.
_BEGINNING = re.compile(r"^(?:%.*\n)*---(?=\s|\Z)", re.MULTILINE)
BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class Document:
    """One YAML document, with its marker and every comment before the next one."""

    source: str
    number: int
    """Counted from 1 in its file."""
    line: int
    """How many lines of the file stand before it."""
    text: str

    @cached_property
    def content(self) -> Any:
        """What it means, as JSON data; None where it is empty. Raises `InputRefused`."""
        try:
            return dialect.load(self.text.removeprefix(BYTE_ORDER_MARK))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = f"line {self.line + mark.line + 1}: " if mark else ""
            raise self.refused(f"{line}{error.problem or error.context}") from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise self.refused(str(error)) from error

    def refused(self, message: str) -> InputRefused:
        """The error that says `message` of this document."""
        return InputRefused(f"{self.source}: document {self.number}: {message}")


@dataclass(frozen=True)
class Source:
    """One file, or standard input."""

    name: str
    documents: tuple[Document, ...]


def read_sources(paths: Iterable[str]) -> tuple[Source, ...]:
    """Every file of `paths`, those of a directory sorted by path. Raises `InputRefused`."""
    return tuple(_read(name) for path in paths for name in _expand(path))


def split(name: str, text: str) -> Source:
    """`text` as documents, whose texts joined are `text` again. What stands before the first marker may be empty."""
    starts = [match.start() for match in _BEGINNING.finditer(text)]
    bounds = [0, *(start for start in starts if start > 0), len(text)]
    texts = [text[start:end] for start, end in pairwise(bounds)]
    preamble = len(texts) > 1 and starts[:1] != [0] and _is_blank(texts[0])
    documents, line = [], 0
    for number, part in enumerate(texts, start=0 if preamble else 1):
        documents.append(Document(name, number, line, part))
        line += part.count("\n")
    return Source(name, tuple(documents))


def join(sources: Iterable[Source]) -> str:
    """One stream of all sources, with a marker between two of them where the second does not begin with one."""
    stream = ""
    for source in sources:
        text = "".join(document.text for document in source.documents)
        if stream:
            text = text.removeprefix(BYTE_ORDER_MARK)
            stream += "" if stream.endswith("\n") else "\n"
            stream += "" if _BEGINNING.match(text) else "---\n"
        stream += text
    return stream


def _is_blank(text: str) -> bool:
    """Whether there is nothing but comments in `text`."""
    lines = text.removeprefix(BYTE_ORDER_MARK).splitlines()
    return all(not line.strip() or line.lstrip().startswith("#") for line in lines)


def _expand(path: str) -> list[str]:
    if path == STANDARD_INPUT or not Path(path).is_dir():
        return [path]
    found = sorted(str(file) for file in Path(path).rglob("*") if file.suffix in _SUFFIXES and file.is_file())
    if not found:
        raise InputRefused(f"{path}: has no file that ends in {', '.join(sorted(_SUFFIXES))}")
    return found


def _read(path: str) -> Source:
    try:
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
        return split("standard input" if path == STANDARD_INPUT else path, content.decode())
    except OSError as error:
        raise InputRefused(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputRefused(f"{path}: is not UTF-8 at byte {error.start}") from error
