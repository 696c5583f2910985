"""The simple commands in a text for a POSIX shell, such as the word after `sh -c`.

The text is taken apart by the rules for quotes and separators and not expanded. What a shell would decide by running
it (conditions, loops, patterns) is not decided: the commands of every branch are there.
"""

import re
import shlex
from collections.abc import Iterable, Iterator

_COMMENT = re.compile(r"(^|\s)#.*")
_SEPARATORS = frozenset("();<>|&\n")


def simple_commands(text: str) -> Iterator[list[str] | None]:
    """Each command as its words, without redirections, comments and here-documents; None for a line without sense."""
    try:
        yield from _split(_tokens(text))
    except ValueError:
        # Most often it is an apostrophe in a comment or a here-document, which spoils no other line.
        for line in text.replace("\\\n", " ").splitlines():
            try:
                yield from _split(_tokens(_COMMENT.sub("", line)))
            except ValueError:
                yield None


def _tokens(text: str) -> list[str]:
    """Words and separators. Raises `ValueError` where a quotation has no end."""
    lexer = shlex.shlex(text.replace("\\\n", " "), posix=True, punctuation_chars="".join(sorted(_SEPARATORS)))
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    return list(lexer)


def _split(tokens: Iterable[str]) -> Iterator[list[str]]:
    commands = _Commands()
    here_document = redirection = ""
    comment = False
    for token in tokens:
        separator = bool(token) and set(token) <= _SEPARATORS
        if here_document:
            here_document = "" if token == here_document else here_document
        elif separator and set(token) & {"<", ">"}:
            redirection = token
        elif separator:
            comment = comment and "\n" not in token
            redirection = ""
            yield from commands.separate(token)
        elif redirection:
            here_document = token.removeprefix("-") if redirection == "<<" else ""
            redirection = ""
        elif comment or token.startswith("#"):
            comment = True
        else:
            commands.add(token)
    yield from commands.rest()


class _Commands:
    """The command that is being read, and those around it whose word it is a part of: `ls $(pwd)`."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._around: list[list[str]] = []

    def add(self, word: str) -> None:
        if word.startswith("/") and self._words[-1:] == ["$"]:
            self._words.pop()  # `$(JAVA_HOME)/bin/java`
        self._words.append(word)

    def separate(self, separator: str) -> Iterator[list[str]]:
        if separator[0] == "(" and self._words and self._words[-1].endswith("$"):
            self._around.append(self._words)
            self._words = []
            return
        yield self._words
        self._words = []
        if separator[0] == ")" and self._around:
            self._words = self._around.pop()
            if separator[1:]:
                yield from self.separate(separator[1:])

    def rest(self) -> Iterator[list[str]]:
        yield self._words
        yield from reversed(self._around)
