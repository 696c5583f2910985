"""`tracereach status`: what the operator reports in its objects, on one page."""

import click

from tracereach.cli import options
from tracereach.cli.cluster import NOT_INSTALLED, Installed, read_installed, run
from tracereach.cli.errors import Failed
from tracereach.cli.output import print_data
from tracereach.cli.reports import (
    EDGE_HEADERS,
    POLICY_HEADERS,
    WORKLOAD_HEADERS,
    coverage_lines,
    edge_rows,
    explanations,
    policy_rows,
    workload_rows,
)
from tracereach.cli.tables import print_table
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import NotFound


@click.command
@click.option("-n", "--namespace", help="Only this namespace.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Every namespace; so it is without -n.")
@options.form
@options.kubeconfig
def command(*, namespace: str | None, all_namespaces: bool, form: str | None, kubeconfig: str | None) -> None:
    """Show policies and workloads, how far traces reach, and what to do about workloads that are not healthy."""
    if namespace and all_namespaces:
        raise click.UsageError("-n and -A exclude each other")
    installed = run(_read(kubeconfig, namespace))
    if form:
        items = [*installed.policies, *installed.workloads]
        print_data({"apiVersion": "v1", "kind": "List", "items": items}, form)
        return
    _print(installed)


async def _read(kubeconfig: str | None, namespace: str | None) -> Installed:
    async with ApiServer.connect(kubeconfig) as api:
        try:
            return await read_installed(api, namespace)
        except NotFound as error:
            raise Failed(NOT_INSTALLED) from error


def _print(installed: Installed) -> None:
    if not installed.policies:
        click.echo("No policies.")
        return
    print_table(POLICY_HEADERS, policy_rows(installed.policies))
    for line in coverage_lines(installed.policies):
        click.echo(line)
    if edges := edge_rows(installed.policies):
        click.echo()
        print_table(EDGE_HEADERS, edges)
    if installed.workloads:
        click.echo()
        print_table(WORKLOAD_HEADERS, workload_rows(installed.workloads))
    for line in explanations(installed.workloads):
        click.echo(line)
