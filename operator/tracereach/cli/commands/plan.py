"""`tracereach plan`: what the operator would do, as a table."""

from collections import Counter
from typing import Any

import click

from tracereach.cli import options
from tracereach.cli.offline import prepare
from tracereach.cli.output import print_data
from tracereach.cli.planning import HEADERS, PlannedWorkload, remedies
from tracereach.cli.tables import print_table


@click.command
@options.offline
@options.form
def command(*, files: tuple[str, ...], policies: tuple[str, ...], form: str | None, **settings: Any) -> None:
    """Show what each workload would get, on what evidence, and why others get nothing.

    Works without a cluster, and writes nothing.
    """
    _, decisions = prepare(files, policies, **settings)
    planned = [PlannedWorkload(decision) for decision in decisions]
    counts = Counter(decision.outcome for decision in decisions)
    if form:
        print_data({"workloads": [workload.data() for workload in planned], "counts": dict(counts)}, form)
        return
    print_table(HEADERS, [workload.row() for workload in planned])
    for line in remedies(decisions):
        click.echo(line)
    click.echo(
        f"{len(planned)} workloads: {counts['Injected']} injected,"
        f" {counts['Skipped']} skipped, {counts['NotSelected']} selected by no policy"
    )
