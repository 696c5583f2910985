"""`tracereach operator`: the process that the operator's Deployment runs."""

from pathlib import Path

import click


@click.command
@click.option(
    "--config",
    "config_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The operator's settings, as the Helm chart writes them.",
)
def command(*, config_path: Path) -> None:
    """Run the operator until it is told to stop."""
    from tracereach.controller.main import run  # noqa: PLC0415 - a bad option is told at once, without kopf

    run(config_path)
