"""`tracereach resume`: lets a policy's rollout go on, by an annotation, because its specification may lie in Git."""

import click

from tracereach.api import names
from tracereach.cli import options
from tracereach.cli.intents import annotate_policy
from tracereach.cluster.kubeconfig import Kubeconfig


@click.command
@options.policy
@options.kubeconfig
def command(*, policy: str, namespace: str | None, kubeconfig: Kubeconfig) -> None:
    """Go on with POLICY's rollout. spec.rollout.paused is not touched."""
    annotate_policy(policy, namespace, names.PAUSE_ANNOTATION, None, kubeconfig)
    click.echo(f"{policy}: resumed")
