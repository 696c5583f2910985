"""`tracereach status`: what the operator reports in its objects, on one page."""

import asyncio

import click
from rich.console import Console
from rich.live import Live

from tracereach.cli import options
from tracereach.cli.cluster import NOT_INSTALLED, Installed, read_installed, run
from tracereach.cli.errors import Failed
from tracereach.cli.output import print_data
from tracereach.cli.progress import bars, progress_of
from tracereach.cli.reports import (
    EDGE_HEADERS,
    POLICY_HEADERS,
    WORKLOAD_HEADERS,
    coverage_lines,
    edge_rows,
    explanations,
    notes,
    policy_rows,
    workload_rows,
)
from tracereach.cli.tables import print_table
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import NotFound
from tracereach.cluster.kubeconfig import Kubeconfig

_SECONDS_BETWEEN_LOOKS = 1
_NO_POLICIES = "No policies."


@click.command
@options.namespace("Only this namespace.")
@click.option("-A", "--all-namespaces", is_flag=True, help="Every namespace; so it is without -n.")
@click.option("-w", "--watch", is_flag=True, help="Follow the rollouts until they come to rest, with a bar for each.")
@options.form
@options.kubeconfig
def command(
    *, namespace: str | None, all_namespaces: bool, watch: bool, form: str | None, kubeconfig: Kubeconfig
) -> None:
    """Show policies and workloads, how far traces reach, and what to do about workloads that are not healthy."""
    if namespace and all_namespaces:
        raise click.UsageError("-n and -A exclude each other")
    if watch and form:
        raise click.UsageError("-w and -o exclude each other")
    if watch:
        run(_watch(kubeconfig, namespace))
        return
    installed = run(_read(kubeconfig, namespace))
    if form:
        items = [*installed.policies, *installed.workloads]
        print_data({"apiVersion": "v1", "kind": "List", "items": items}, form)
        return
    _print(installed)


async def _read(kubeconfig: Kubeconfig, namespace: str | None) -> Installed:
    async with ApiServer.connect(kubeconfig) as api:
        try:
            return await read_installed(api, namespace)
        except NotFound as error:
            raise Failed(NOT_INSTALLED) from error


async def _watch(kubeconfig: Kubeconfig, namespace: str | None) -> None:
    """Show the rollouts until none goes on; line by line, and only what changes, where there is no terminal."""
    said: set[str] = set()
    with Live(console=Console(), transient=False) as live:
        while True:
            installed = await _read(kubeconfig, namespace)
            progress = progress_of(installed.policies)
            if not progress:
                click.echo(_NO_POLICIES)
            if live.console.is_terminal:
                live.update(bars(progress))
            else:
                news = [line for line in map(str, progress) if line not in said]
                said.update(news)
                for line in news:
                    click.echo(line)
            if all(one.is_over for one in progress):
                return
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)


def _print(installed: Installed) -> None:
    if not installed.policies:
        click.echo(_NO_POLICIES)
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
    if said := list(notes(installed.policies, installed.workloads)):
        click.echo("\n" + "\n".join(said))
    for line in explanations(installed.workloads):
        click.echo(line)
