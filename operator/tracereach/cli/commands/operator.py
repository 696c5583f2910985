"""`tracereach operator`: the process that the operator's Deployment runs."""

from pathlib import Path

import click

from tracereach.cli import options


@click.command
@options.settings
def command(*, config_path: Path) -> None:
    """Run the operator until it is told to stop."""
    from tracereach.controller.main import run  # noqa: PLC0415 - a bad option is told at once, without kopf

    run(config_path)
