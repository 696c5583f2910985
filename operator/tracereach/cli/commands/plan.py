"""`tracereach plan`: what the operator would do, as a table."""

from typing import Any

import click

from tracereach.cli import options
from tracereach.cli.offline import injected, prepare
from tracereach.cli.output import print_data
from tracereach.cli.planning import HEADERS, PlannedWorkload, counts, remedies, summary
from tracereach.cli.tables import print_table


@click.command
@options.offline
@options.form
def command(*, files: tuple[str, ...], policies: tuple[str, ...], form: str | None, **settings: Any) -> None:
    """Show what each workload would get, on what evidence, and why others get nothing.

    Works without a cluster, and writes nothing. What inject refuses is refused here too.
    """
    sources, decisions = prepare(files, policies, **settings)
    injected(sources, decisions)
    planned = [PlannedWorkload(decision) for decision in decisions]
    if form:
        print_data({"workloads": [workload.data() for workload in planned], "counts": counts(decisions)}, form)
        return
    print_table(HEADERS, [workload.row() for workload in planned])
    for workload in planned:
        for note in workload.notes:
            click.echo(f"{workload.reference}: {note}")
    for line in remedies(decisions):
        click.echo(line)
    click.echo(summary(decisions))
