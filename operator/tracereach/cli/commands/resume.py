"""`tracereach resume`: lets a policy's rollout go on, by an annotation, because its specification may lie in Git."""

import click

from tracereach.api import names
from tracereach.cli.intents import annotate_policy
from tracereach.cli.options import kubeconfig as kubeconfig_option
from tracereach.cluster.kubeconfig import Kubeconfig


@click.command
@click.argument("policy")
@click.option("-n", "--namespace", help="Of the TracingPolicy; without it, POLICY is a ClusterTracingPolicy.")
@kubeconfig_option
def command(*, policy: str, namespace: str | None, kubeconfig: Kubeconfig) -> None:
    """Go on with POLICY's rollout. spec.rollout.paused is not touched."""
    annotate_policy(policy, namespace, names.PAUSE_ANNOTATION, None, kubeconfig)
    click.echo(f"{policy}: resumed")
