"""How a command ends when it cannot do what it was asked: lines on standard error, and an exit code for scripts."""

from collections.abc import Iterable
from typing import IO, Any, Self

import click


class _InLines(click.ClickException):
    """One error or several, each in one line however it was written."""

    def __init__(self, *messages: str) -> None:
        self.lines = tuple(" ".join(message.split()) for message in messages)
        super().__init__("\n".join(self.lines))

    @classmethod
    def together(cls, errors: Iterable["_InLines"]) -> Self:
        """All of `errors` as one, each line once."""
        return cls(*dict.fromkeys(line for error in errors for line in error.lines))

    def show(self, file: IO[Any] | None = None) -> None:
        """Print the lines alone."""
        click.echo(self.message, file=file, err=file is None)


class InputRefused(_InLines):
    """A file, or what stands in it, cannot be used. Each line begins with the file."""

    exit_code = 2


class Failed(_InLines):
    """The input was fine; the cluster was not, or the work is not done."""

    exit_code = 1


class Unmeasured(_InLines):
    """Nobody could tell whether it is so: for whoever has to keep that apart from a no."""

    exit_code = 3


class Unmet(_InLines):
    """Everything was fine, but for what `--fail-on` asks."""

    exit_code = 3
