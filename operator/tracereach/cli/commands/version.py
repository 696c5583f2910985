"""`tracereach version`."""

import click

from tracereach import __version__


@click.command
def command() -> None:
    """Print the version of this program."""
    click.echo(f"tracereach {__version__}")
