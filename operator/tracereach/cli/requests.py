"""`tracereach retry` and `tracereach rollback`: asked of one workload, or of a policy with all of its workloads.

Of a workload it is an annotation with a new value, acted upon once. Of a policy it is a state that lasts: rolled back
until somebody wants it tried again.
"""

from dataclasses import dataclass

import click

from tracereach.api import names
from tracereach.cli import options
from tracereach.cli.intents import annotate_policy, annotate_workload
from tracereach.cli.parameters import POLICY
from tracereach.cluster.kubeconfig import Kubeconfig


@dataclass(frozen=True)
class Request:
    """What is asked for, and in which words it is confirmed."""

    annotation: str
    """On the TracedWorkload."""
    rolled_back: str | None
    """What `ROLLED_BACK_ANNOTATION` of the policy shall be."""
    of_workload: str
    of_policy: str


def command_for(request: Request, *, text: str) -> click.Command:
    """The command that asks for `request`; `text` is its help."""

    @click.command(help=f"{text}\n\nWORKLOAD is the name of a Deployment, or KIND/NAME such as statefulset/ledger.")
    @click.argument("workload", required=False)
    @click.option("--policy", metavar="POLICY", type=POLICY, help="Instead of a workload, every one of this policy.")
    @options.namespace("Of the workload, else default; of the TracingPolicy, else POLICY is a ClusterTracingPolicy.")
    @options.kubeconfig
    def command(*, workload: str | None, policy: str | None, namespace: str | None, kubeconfig: Kubeconfig) -> None:
        if workload and not policy:
            found = annotate_workload(workload, namespace or "default", request.annotation, kubeconfig)
            click.echo(f"{found} {request.of_workload}")
        elif policy and not workload:
            annotate_policy(policy, namespace, names.ROLLED_BACK_ANNOTATION, request.rolled_back, kubeconfig)
            flags = f" -n {namespace}" if namespace else ""
            click.echo(f"{policy}: {request.of_policy.format(policy=f'{policy}{flags}')}")
        else:
            raise click.UsageError("give either a workload or --policy")

    return command
