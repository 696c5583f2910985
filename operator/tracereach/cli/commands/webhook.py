"""`tracereach webhook`: the process that the webhook's Deployment runs."""

from pathlib import Path

import click

from tracereach.cli import options

_PORT = click.IntRange(1, 65535)


@click.command
@options.settings
@click.option(
    "--certificates",
    "directory",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="The directory with tls.crt and tls.key. They may come later, and change at any time.",
)
@click.option("--port", type=_PORT, default=8443, show_default=True, help="For the API server, over TLS.")
@click.option("--health-port", type=_PORT, default=8081, show_default=True, help="For health and metrics.")
def command(*, config_path: Path, directory: Path, port: int, health_port: int) -> None:
    """Answer the API server's admission reviews until told to stop."""
    from tracereach.admission.main import Doors, run  # noqa: PLC0415 - a bad option is told at once, without aiohttp

    run(config_path, directory, Doors(reviews=port, health=health_port))
