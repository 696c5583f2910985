"""`tracereach uninstall`: takes every injection out of a cluster. The Helm chart runs it before its own deletion.

Deleting the policies is all there is to do: the finalizer of each holds it until the operator has restored its
workloads. So a policy that is gone is the proof that its templates are as they were. An annotation says before that
nobody is to wait for a slot: Helm does not wait for as long as a whole cluster may take at the policies' own pace.

Somebody at a terminal is asked first, with the cluster's name before them: the current context is easily another one
than they think. A Job and a script have said what they mean.
"""

import asyncio
import sys
from contextlib import suppress

import click

from tracereach.api import names
from tracereach.api.reasons import State
from tracereach.cli import options
from tracereach.cli.cluster import read_all, run
from tracereach.cli.errors import Failed
from tracereach.cli.parameters import NumberRange
from tracereach.cli.reports import policy_name
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import NotFound, Unavailable
from tracereach.cluster.kubeconfig import Kubeconfig
from tracereach.cluster.objects import annotate
from tracereach.cluster.resources import POLICY_RESOURCES, TRACED_WORKLOADS, Object, Resource

_INTERVAL = 1.0
"""Seconds between two looks."""


@click.command
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until every workload is restored.")
@click.option("--timeout", type=NumberRange(min=0), default=300, show_default=True, metavar="SECONDS")
@click.option("-y", "--yes", is_flag=True, help="Do not ask. Without a terminal nobody is asked.")
@options.kubeconfig
def command(*, wait: bool, timeout: float, yes: bool, kubeconfig: Kubeconfig) -> None:
    """Delete every TracingPolicy and ClusterTracingPolicy of the cluster, and wait until all workloads are restored.

    The operator must be running: it does the restoring, of all workloads at once. At the pace of the policies they are
    restored where the policies are deleted by kubectl delete.
    """
    run(_uninstall(kubeconfig, ask=not yes and _is_terminal(), patience=timeout if wait else None))


def _is_terminal() -> bool:
    return sys.stdin.isatty()


async def _uninstall(kubeconfig: Kubeconfig, *, ask: bool, patience: float | None) -> None:
    async with ApiServer.connect(kubeconfig) as api:
        click.echo(f"cluster: {api}", err=True)
        policies = await _policies(api)
        click.echo(f"policies to restore: {len(policies)}", err=True)
        if ask and policies:
            click.confirm("Delete all of them, and take every injection out of this cluster?", abort=True, err=True)
        for policy in policies:
            await _delete(api, policy)
        if patience is not None:
            await _wait(api, total=len(policies), patience=patience)


async def _wait(api: ApiServer, *, total: int, patience: float) -> None:
    left: list[str] = ["no answer of the API server"]
    said = -1
    try:
        async with asyncio.timeout(patience):
            while left:
                with suppress(Unavailable):
                    policies = await _policies(api)
                    left = [*map(policy_name, policies), *await _restoring(api)]
                    if total - len(policies) != said:
                        said = total - len(policies)
                        click.echo(f"{said} of {total} policies restored", err=True)
                if left:
                    await asyncio.sleep(_INTERVAL)
    except TimeoutError as error:
        raise Failed(
            f"not restored after {patience:g} s: {', '.join(left)}. Check that the operator runs, and call this again."
        ) from error


async def _policies(api: ApiServer) -> list[Object]:
    return [policy for resource in POLICY_RESOURCES.values() for policy in await _all(api, resource)]


async def _restoring(api: ApiServer) -> list[str]:
    """The workloads whose template is being put back."""
    return [
        f"{workload['metadata']['namespace']}/{workload['spec']['kind']}/{workload['spec']['name']}"
        for workload in await _all(api, TRACED_WORKLOADS)
        if (workload.get("status") or {}).get("state") == State.RESTORING
    ]


async def _all(api: ApiServer, resource: Resource) -> tuple[Object, ...]:
    """Every object of a kind; none where the kind itself is gone already."""
    try:
        return await read_all(api, resource)
    except NotFound:
        return ()


async def _delete(api: ApiServer, policy: Object) -> None:
    metadata = policy["metadata"]
    path = POLICY_RESOURCES[policy["kind"]].item(metadata.get("namespace"), metadata["name"])
    try:
        await annotate(api, path, names.AT_ONCE_ANNOTATION, "true")
        await api.delete(path)
    except NotFound:
        return
