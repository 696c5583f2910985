"""`tracereach upgrade`: brings workloads up to the images of the operator, which by itself restarts nobody for them."""

import click

from tracereach.api import names
from tracereach.cli import options
from tracereach.cli.cluster import run
from tracereach.cli.errors import Failed
from tracereach.cluster.client import ApiServer
from tracereach.cluster.kubeconfig import Kubeconfig
from tracereach.cluster.objects import annotate
from tracereach.cluster.resources import CLUSTER_POLICIES, POLICIES


@click.command
@options.policy
@options.kubeconfig
def command(*, policy: str, namespace: str | None, kubeconfig: Kubeconfig) -> None:
    """Let the workloads of POLICY that are Outdated go, at the policy's own pace."""
    click.echo(f"{policy}: its workloads go to revision {run(_allow(policy, namespace, kubeconfig))}")


async def _allow(policy: str, namespace: str | None, kubeconfig: Kubeconfig) -> str:
    resource = POLICIES if namespace else CLUSTER_POLICIES
    path = resource.item(namespace, policy)
    async with ApiServer.connect(kubeconfig) as api:
        found = await api.get(path)
        revision = str((found.get("status") or {}).get("revision") or "")
        if not revision:
            raise Failed(f"{policy} has no revision yet: the operator has not seen it. Check that the operator runs.")
        await annotate(api, path, names.UPGRADE_ANNOTATION, revision)
        return revision
