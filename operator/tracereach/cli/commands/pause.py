"""`tracereach pause`: holds a policy's rollout, by an annotation, because its specification may lie in Git."""

import click

from tracereach.api import names
from tracereach.cli import options
from tracereach.cli.intents import annotate_policy
from tracereach.cluster.kubeconfig import Kubeconfig


@click.command
@options.policy
@options.kubeconfig
def command(*, policy: str, namespace: str | None, kubeconfig: Kubeconfig) -> None:
    """Begin nothing new of POLICY's rollout; what is in progress goes on."""
    annotate_policy(policy, namespace, names.PAUSE_ANNOTATION, "true", kubeconfig)
    click.echo(f"{policy}: paused. To go on: tracereach resume {policy}{f' -n {namespace}' if namespace else ''}")
