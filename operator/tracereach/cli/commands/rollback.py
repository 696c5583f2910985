"""`tracereach rollback`: puts a workload's injection back."""

import click

from tracereach.api import names
from tracereach.cli.intents import annotate_workload
from tracereach.cli.options import kubeconfig as kubeconfig_option


@click.command
@click.argument("workload")
@click.option("-n", "--namespace", default="default", show_default=True, help="Of the workload.")
@kubeconfig_option
def command(*, workload: str, namespace: str, kubeconfig: str | None) -> None:
    """Put WORKLOAD's injection back, and do not try this revision again there.

    WORKLOAD is the name of a Deployment, or KIND/NAME such as statefulset/ledger.
    """
    click.echo(f"{annotate_workload(workload, namespace, names.ROLLBACK_ANNOTATION, kubeconfig)} is put back")
