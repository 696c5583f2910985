"""How a command ends when it cannot do what it was asked: one line on standard error, and an exit code for scripts."""

from typing import IO, Any

import click


class _OneLine(click.ClickException):
    def show(self, file: IO[Any] | None = None) -> None:
        """Print the message alone, in one line however it was written."""
        click.echo(" ".join(self.format_message().split()), file=file, err=file is None)


class InputRefused(_OneLine):
    """A file, or what stands in it, cannot be used. The message begins with the file."""

    exit_code = 2


class Failed(_OneLine):
    """The input was fine; the cluster was not, or the work is not done."""

    exit_code = 1
