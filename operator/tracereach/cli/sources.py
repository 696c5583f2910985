"""Reading manifests, as documents that join to just the text that was read."""

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any

import yaml

from tracereach.cli import dialect
from tracereach.cli.errors import InputRefused
from tracereach.cli.paths import STANDARD_INPUT, expand
from tracereach.cli.places import Place, line_of

BYTE_ORDER_MARK = "\ufeff"
# A document begins with its directives, if it has any. Three dashes at a line's start are a marker wherever they stand.
_BEGINNING = re.compile(r"^(?:%.*\n)*---(?=\s|\Z)", re.MULTILINE)
_NO_SPACE = re.compile(r"\S|\Z")


@dataclass(frozen=True)
class Document:
    """One YAML document, with its marker and every comment before the next one."""

    source: str
    number: int
    """Counted from 1 in its file."""
    line: int
    """How many lines of the file stand before it."""
    text: str

    @property
    def plain(self) -> str:
        """The text without a byte order mark."""
        return self.text.removeprefix(BYTE_ORDER_MARK)

    @cached_property
    def content(self) -> Any:
        """What it means, as JSON data; None where it is empty. Raises `InputRefused`."""
        try:
            return dialect.load(self.plain)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line if error.problem_mark else 0
            raise self.refused_at(line, f"{error.problem or error.context}{self._advice()}") from error
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise self.refused_at(0, str(error)) from error

    def refused(self, message: str, *, place: Place = ()) -> InputRefused:
        """The error that says `message` of what is at `place` in this document."""
        return self.refused_at(line_of(self.plain, place), message)

    def refused_at(self, line: int, message: str) -> InputRefused:
        """The error that says `message` of a line of this document, counted from 0."""
        return InputRefused(f"{self.source}: document {self.number}, line {self.line + line + 1}: {message}")

    def _advice(self) -> str:
        is_template = "{{" in self.text
        return "; this looks like a template: render it first, for example by helm template" if is_template else ""


@dataclass(frozen=True)
class Source:
    """One file, or standard input."""

    name: str
    """Its path; `standard input` has no other."""
    documents: tuple[Document, ...]

    @property
    def text(self) -> str:
        """What stands in it."""
        return "".join(document.text for document in self.documents)


def read_sources(paths: Iterable[str], *, recursive: bool = False) -> tuple[Source, ...]:
    """Every file that `paths` name. Raises `InputRefused`."""
    return tuple(map(_read, expand(paths, recursive=recursive)))


def split(name: str, text: str) -> Source:
    """`text` as documents, whose texts joined are `text` again. What stands before the first marker may be empty."""
    starts = [match.start() for match in _BEGINNING.finditer(text)] or list(_json_starts(text))
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
        text = source.text
        if stream:
            text = text.removeprefix(BYTE_ORDER_MARK)
            stream += "" if stream.endswith("\n") else "\n"
            stream += "" if _BEGINNING.match(text) else "---\n"
        stream += text
    return stream


def _json_starts(text: str) -> Iterator[int]:
    """Where each of several JSON objects begins that stand one after the other, as jq writes them."""
    position = _end_of_space(text, 0)
    while text.startswith("{", position):
        try:
            _, end = JSONDecoder().raw_decode(text, position)
        except (JSONDecodeError, RecursionError):  # told when the document is read
            return
        yield position
        position = _end_of_space(text, end)


def _end_of_space(text: str, position: int) -> int:
    found = _NO_SPACE.search(text, position)
    return found.start() if found else len(text)


def _is_blank(text: str) -> bool:
    """Whether there is nothing but comments in `text`."""
    lines = text.removeprefix(BYTE_ORDER_MARK).splitlines()
    return all(not line.strip() or line.lstrip().startswith("#") for line in lines)


def _read(path: str) -> Source:
    try:
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else Path(path).read_bytes()
        return split("standard input" if path == STANDARD_INPUT else path, content.decode())
    except OSError as error:
        raise InputRefused(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputRefused(f"{path}: is not UTF-8 at byte {error.start}; save it as UTF-8") from error
