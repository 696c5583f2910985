"""`tracereach explain SERVICE`: one service's part in traces, and what to do about its breaks."""

import click

from tracereach.cli import options
from tracereach.cli.operator_api import coverage, reports_of
from tracereach.cli.output import print_data
from tracereach.cli.service_page import find, page
from tracereach.cluster.kubeconfig import Kubeconfig


@click.command
@click.argument("service")
@options.namespace("Of the service.")
@options.operator_namespace
@options.form
@options.kubeconfig
def command(
    *, service: str, namespace: str | None, operator_namespace: str, form: str | None, kubeconfig: Kubeconfig
) -> None:
    """Show what is known of SERVICE: a workload by its name, as KIND/NAME, or as NAMESPACE/KIND/NAME."""
    report, found = find(reports_of(coverage(operator_namespace, kubeconfig)), service, namespace)
    if form:
        every = (*report.breaks, *report.elsewhere)
        breaks = [one for one in every if found.workload in {one.at, one.caller, one.callee}]
        data = found.model_dump(mode="json", by_alias=True)
        print_data(data | {"breaks": [one.model_dump(mode="json", by_alias=True) for one in breaks]}, form)
        return
    for line in page(report, found):
        click.echo(line)
