"""`tracereach retry`: drops what keeps a workload from being injected."""

import click

from tracereach.api import names
from tracereach.cli.intents import annotate_workload
from tracereach.cli.options import kubeconfig as kubeconfig_option


@click.command
@click.argument("workload")
@click.option("-n", "--namespace", default="default", show_default=True, help="Of the workload.")
@kubeconfig_option
def command(*, workload: str, namespace: str, kubeconfig: str | None) -> None:
    """Inject WORKLOAD again, in its turn, though its revision failed or was taken out there.

    WORKLOAD is the name of a Deployment, or KIND/NAME such as statefulset/ledger.
    """
    click.echo(f"{annotate_workload(workload, namespace, names.RETRY_ANNOTATION, kubeconfig)} gets another turn")
