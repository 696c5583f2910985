"""A set of changes to one text, all in positions of the text as it was, made at once."""

import textwrap
from dataclasses import dataclass


@dataclass(frozen=True)
class _Edit:
    start: int
    end: int
    text: str


class Edits:
    """Collects changes that do not overlap; those at one position come out in the order they were made."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._edits: list[_Edit] = []

    def replace(self, start: int, end: int, text: str) -> None:
        """Put `text` in the place of what stands from `start` to before `end`."""
        self._edits.append(_Edit(start, end, text.replace("\n", self._newline)))

    def insert_lines(self, position: int, lines: str, column: int) -> None:
        """Put `lines` before the line that begins at `position`, or behind a last line without an end."""
        block = textwrap.indent(lines, " " * column)
        if position == len(self._text) and not self._text.endswith("\n"):
            block = "\n" + block.removesuffix("\n")
        self.replace(position, position, block)

    def apply(self) -> str:
        """The changed text."""
        parts: list[str] = []
        position = 0
        for edit in sorted(self._edits, key=lambda edit: edit.start):
            parts += (self._text[position : edit.start], edit.text)
            position = max(position, edit.end)
        result = "".join([*parts, self._text[position:]])
        # Deleted last lines leave the end of the line before them; a text that had no last newline keeps to that.
        return result if self._text.endswith("\n") else result.removesuffix("\n").removesuffix("\r")
