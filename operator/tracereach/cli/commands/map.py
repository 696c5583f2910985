"""`tracereach map`: services and hops as a tree, with the cause where a trace stops."""

import click
from rich.console import Console

from tracereach.cli import options
from tracereach.cli.coverage_dot import dot_of
from tracereach.cli.coverage_map import LEGEND, tree_of
from tracereach.cli.operator_api import coverage, reports_of
from tracereach.cli.output import print_data
from tracereach.cluster.kubeconfig import Kubeconfig

_WIDEST = 200


@click.command
@options.namespace("Only policies of this namespace.")
@click.option("--policy", help="Only this policy.")
@options.operator_namespace
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice(["json", "yaml", "dot"]),
    help="Data, or a graph for Graphviz, instead of a tree.",
)
@options.kubeconfig
def command(
    *, namespace: str | None, policy: str | None, operator_namespace: str, form: str | None, kubeconfig: Kubeconfig
) -> None:
    """Show which service calls which, how far traces get from the entries, and why they stop where they do."""
    found = reports_of(coverage(operator_namespace, kubeconfig), policy=policy, namespace=namespace)
    if form == "dot":
        click.echo(dot_of(found))
        return
    if form:
        print_data({"policies": [report.model_dump(mode="json", by_alias=True) for report in found]}, form)
        return
    console = Console(width=None if Console().is_terminal else _WIDEST)
    for report in found:
        console.print(tree_of(report), soft_wrap=True)
    console.print(LEGEND, style="dim")
