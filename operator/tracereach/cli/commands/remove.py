"""`tracereach remove`: the inverse of `inject`, by the record that lies in each pod template."""

import click

from tracereach.cli import options
from tracereach.cli.offline import restored, write
from tracereach.cli.sources import read_sources


@click.command
@options.files
def command(*, files: tuple[str, ...]) -> None:
    """Print the manifests with every injection taken out again.

    Works without a cluster, and without the policy. Values that were changed since stay as they are.
    """
    write(restored(read_sources(files)), "yaml")
