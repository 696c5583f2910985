"""`tracereach plan`: what the operator would do, as a table."""

from typing import Any

import click

from tracereach.cli import options
from tracereach.cli.offline import fail_on, prepare, tried, warn_of_assumptions
from tracereach.cli.output import print_data
from tracereach.cli.planning import (
    HEADERS,
    PlannedWorkload,
    counts,
    remedies,
    summary,
    unsupported_data,
    unsupported_lines,
)
from tracereach.cli.tables import print_table
from tracereach.cli.unsupported import unsupported
from tracereach.inject import Merge


@click.command
@options.offline
@options.webhook
@options.fail_on
@options.form
def command(
    *,
    files: tuple[str, ...],
    policies: tuple[str, ...],
    webhook: bool | None,
    failing: tuple[str, ...],
    form: str | None,
    **settings: Any,
) -> None:
    """Show what the operator would do to each workload, on what evidence, and why others get nothing.

    Works without a cluster, and writes nothing.
    """
    inputs = prepare(files, policies, **settings)
    stamps = inputs.installation.webhook if webhook is None else webhook
    decisions = inputs.decide(Merge.STAMP if stamps else Merge.SKIP)
    in_files = tried(inputs.sources, inputs.decide(Merge.IN_PLACE))
    planned = [PlannedWorkload(*both) for both in zip(decisions, in_files, strict=True)]
    others = list(unsupported(inputs.sources, inputs.policies, inputs.settings))
    if form:
        data = [workload.data() for workload in planned]
        print_data({"workloads": data, "counts": counts(decisions), "unsupported": unsupported_data(others)}, form)
    else:
        print_table(HEADERS, [workload.row() for workload in planned])
        details = [line for workload in planned for line in workload.details()]
        for line in (*details, *unsupported_lines(others), *remedies(decisions), summary(decisions)):
            click.echo(line)
    warn_of_assumptions(inputs, decisions)
    fail_on(failing, decisions)
