"""Which programs a container's command starts, seen through shells, init programs and other wrappers.

`sh -c "cd /app && exec node server.js"` starts `node`, and so does `tini -- gosu app node server.js`. A shell's text is
only taken apart, never expanded: this is for evidence, and a text that cannot be read gives none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from tracereach.inject.shell_text import simple_commands

_SHELLS = frozenset({"ash", "bash", "dash", "ksh", "sh", "su", "zsh"})
_NO_PROGRAM = frozenset({"case", "do", "done", "else", "esac", "fi", "for", "function", "in", "select", "then", "}"})
_KEYWORDS = frozenset({"!", "do", "elif", "else", "if", "then", "time", "until", "while", "{"})
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\+?=")
_ENTRY_POINT = re.compile(r"(^|[-_.])entry-?point(\.sh)?$")
_SUBSTITUTION = re.compile(r"\$\(([^()]+)\)|`([^`]+)`")
_MOST_WRAPPERS = 200
"""Assignments and wrappers before one command. Each is a look at all words: more would hold up the operator."""
_BLANK = " \t\r\n"
"""What separates words to a shell. A non-breaking space and its like are a part of a word."""


@dataclass(frozen=True)
class _Wrapper:
    """A program that starts the one named after its own options."""

    valued: frozenset[str] = frozenset()
    """Options whose value is the next word."""
    operands: int = 0
    """How many words of its own stand before the command."""
    dashes: bool = False
    """Whether the command stands after the first `--`, wherever that is; without one, it is a program itself."""
    naming: frozenset[str] = frozenset()
    """Options whose value is the command, as one text; without one, it is a program itself."""

    @property
    def may_be_alone(self) -> bool:
        """Whether it is a program itself where it starts no other."""
        return self.dashes or bool(self.naming)


_PLAIN = _Wrapper()
_AFTER_ONE = _Wrapper(operands=1)
_AFTER_DASHES = _Wrapper(dashes=True)
_ENVIRONMENT = _Wrapper(frozenset({"-n", "-p", "--name", "--prefix", "--cwd"}), operands=1)
_WRAPPERS = {
    **dict.fromkeys(("busybox", "catatonit", "command", "launcher", "nohup", "setpriv", "setsid", "vault-env"), _PLAIN),
    **dict.fromkeys(("chamber", "doppler", "infisical", "op", "vault", "wait-for", "wait-for-it.sh"), _AFTER_DASHES),
    **dict.fromkeys(("conda", "mamba", "micromamba"), _ENVIRONMENT),
    **dict.fromkeys(("chroot", "flock", "gosu", "s6-envdir", "s6-setuidgid", "su-exec", "taskset"), _AFTER_ONE),
    **dict.fromkeys(("doas", "runuser", "sudo"), _Wrapper(frozenset({"-g", "-u", "--group", "--user"}))),
    "chpst": _Wrapper(frozenset({"-e", "-m", "-n", "-o", "-u"})),
    "consul-template": _Wrapper(naming=frozenset({"-exec", "--exec"})),
    "dockerize": _Wrapper(frozenset({"-template", "-timeout", "-wait", "-wait-retry-interval"})),
    "dumb-init": _Wrapper(frozenset({"-r", "--rewrite"})),
    "env": _Wrapper(frozenset({"-C", "-u", "--chdir", "--unset"})),
    "exec": _Wrapper(frozenset({"-a"})),
    "ionice": _Wrapper(frozenset({"-c", "-n"})),
    "nice": _Wrapper(frozenset({"-n"})),
    "stdbuf": _Wrapper(frozenset({"-e", "-i", "-o"})),
    "timeout": _Wrapper(frozenset({"-k", "-s", "--kill-after", "--signal"}), operands=1),
    "tini": _Wrapper(frozenset({"-e", "-p"})),
    "tini-static": _Wrapper(frozenset({"-e", "-p"})),
    "xvfb-run": _Wrapper(frozenset({"-e", "-f", "-n", "-s"})),
}  # fmt: skip


@dataclass(frozen=True)
class Program:
    """One program that is started."""

    name: str
    """Without its folder; empty where a part of a shell's text cannot be read."""
    position: int
    """Which word of the command line it is, or in which one it is named."""
    replaces: bool = False
    """Whether it takes the place of its shell, so that it is what stays."""


_Words = list[tuple[int, str]]


def programs(command: Sequence[str]) -> tuple[Program, ...]:
    """The programs that a command line starts, in order."""
    return _programs(tuple(command))


@lru_cache(maxsize=2048)
def _programs(command: tuple[str, ...]) -> tuple[Program, ...]:
    """One workload is looked at many times, and its command seldom changes."""
    return tuple(_started(list(enumerate(command)), replaces=False))


def _started(words: _Words, *, replaces: bool) -> Iterator[Program]:
    words, replaces = _unwrapped(words, replaces=replaces)
    if not words:
        return
    position, first = words[0][0], words[0][1].strip(_BLANK)
    name = first.rsplit("/", 1)[-1]
    if any(blank in first for blank in _BLANK):
        yield from _started_by_text(first, position)  # The entry point of the image is a shell.
    elif name in _SHELLS:
        yield from _started_by_shell(words[1:], operand_first=name == "su")
    elif name not in _NO_PROGRAM and not first.startswith("-"):
        yield Program(name.strip("`"), position, replaces)


def _unwrapped(words: _Words, *, replaces: bool) -> tuple[_Words, bool]:
    """The command without assignments, keywords and wrappers before it; none where there are too many of these."""
    for _ in range(_MOST_WRAPPERS):
        if not words:
            break
        word = words[0][1]
        name = word.rsplit("/", 1)[-1]
        wrapper = _WRAPPERS.get(name) or (_PLAIN if _ENTRY_POINT.search(name) and len(words) > 1 else None)
        if _ASSIGNMENT.match(word) or word in _KEYWORDS:
            words = words[1:]
        elif wrapper and ((started := _after_options(words[1:], wrapper)) or not wrapper.may_be_alone):
            replaces, words = replaces or name == "exec", started
        else:
            return words, replaces
    return [], replaces


def _after_options(words: _Words, wrapper: _Wrapper) -> _Words:
    texts = [word for _, word in words]
    if wrapper.naming:
        return _after_naming_option(words, wrapper)
    if wrapper.dashes:
        return words[texts.index("--") + 1 :] if "--" in texts else []
    start = _end_of_options(texts, 0, wrapper)
    return words[_end_of_options(texts, start + wrapper.operands, wrapper) if wrapper.operands else start :]


def _after_naming_option(words: _Words, wrapper: _Wrapper) -> _Words:
    for index, (position, word) in enumerate(words):
        option, equals, text = word.partition("=")
        if option in wrapper.naming:
            return [(position, text)] if equals else words[index + 1 : index + 2]
    return []


def _end_of_options(texts: list[str], start: int, wrapper: _Wrapper) -> int:
    while start < len(texts) and texts[start].startswith("-"):
        if texts[start] == "--":
            return start + 1
        start += 2 if texts[start] in wrapper.valued else 1
    return start


def _started_by_shell(words: _Words, *, operand_first: bool) -> Iterator[Program]:
    """By a shell with these arguments: by the text after its option `-c`, else by the file that it reads."""
    has_text, skip = False, 0
    for position, word in words:
        if skip:
            skip -= 1
        elif word.startswith(("-", "+")):
            letters = "" if word.startswith("--") else word[1:]
            has_text, skip = has_text or "c" in letters, letters.count("o")
        elif has_text:
            yield from _started_by_text(word, position)
            return
        elif not operand_first:
            yield Program(word.rsplit("/", 1)[-1], position)
            return


def _started_by_text(text: str, position: int) -> Iterator[Program]:
    for command in simple_commands(text):
        if command is None:
            yield Program("", position)
            continue
        yield from _started([(position, word) for word in command], replaces=False)
        for inner in (first or second for word in command for first, second in _SUBSTITUTION.findall(word)):
            yield from _started_by_text(inner, position)
