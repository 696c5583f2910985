"""`tracereach remove`: the inverse of `inject`, by the record that lies in each pod template."""

import click

from tracereach.cli import options
from tracereach.cli.offline import restored
from tracereach.cli.sources import read_sources
from tracereach.cli.writing import refuse_in_place, write, write_in_place


@click.command
@options.files
@options.in_place
def command(*, files: tuple[str, ...], recursive: bool, in_place: bool) -> None:
    """Print the manifests with every injection taken out again.

    Works without a cluster, and without the policy. Values that were changed since stay as they are,
    but for what loads an agent.
    """
    if in_place:
        refuse_in_place(files)
    sources = read_sources(files, recursive=recursive)
    results = restored(sources)
    if in_place:
        write_in_place(sources, results)
    else:
        write(results, "yaml")
