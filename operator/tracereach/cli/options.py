"""Options that several commands have."""

from collections.abc import Callable
from functools import reduce, wraps
from pathlib import Path
from typing import Any

import click

from tracereach.cli.parameters import NAMESPACE, POLICY
from tracereach.cluster.kubeconfig import Kubeconfig

Decorated = Callable[..., Any]

operator_namespace = click.option(
    "--operator-namespace",
    type=NAMESPACE,
    default="tracereach-system",
    show_default=True,
    help="Where the operator runs.",
)
form = click.option("-o", "--output", "form", type=click.Choice(["json", "yaml"]), help="Data instead of tables.")
settings = click.option(
    "--config",
    "config_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The operator's settings, as the Helm chart writes them.",
)
in_place = click.option("-i", "--in-place", is_flag=True, help="Rewrite the files, instead of printing them.")


def namespace(text: str, **settings: Any) -> Callable[[Decorated], Decorated]:
    """The option that says which namespace; `text` is its help."""
    return click.option("-n", "--namespace", type=NAMESPACE, help=text, **settings)


def policy(command: Decorated) -> Decorated:
    """The argument and the option that say which policy, of either kind."""
    of_policy = namespace("Of the TracingPolicy; without it, POLICY is a ClusterTracingPolicy.")
    return _all(command, (click.argument("policy", type=POLICY), of_policy))


def kubeconfig(command: Decorated) -> Decorated:
    """The options that say which cluster, as one argument `kubeconfig`."""

    @click.option("--kubeconfig", "file", metavar="FILE", help="Instead of $KUBECONFIG and ~/.kube/config.")
    @click.option("--context", metavar="NAME", help="Of the kubeconfig, instead of its current one.")
    @wraps(command)
    def named(*, file: str | None, context: str | None, **others: Any) -> Any:
        return command(kubeconfig=Kubeconfig(file, context), **others)

    return named


def _files(*, required: bool) -> tuple[Callable[[Decorated], Decorated], ...]:
    return (
        click.option(
            "-f",
            "--filename",
            "files",
            metavar="FILE|DIR|GLOB|-",
            multiple=True,
            required=required,
            help="Manifests; may be repeated; - is standard input.",
        ),
        click.option("-R", "--recursive", is_flag=True, help="Of a directory, its directories as well."),
    )


def _policies(*, required: bool) -> Callable[[Decorated], Decorated]:
    return click.option(
        "-p",
        "--policy",
        "policies",
        metavar="FILE",
        multiple=True,
        required=required,
        help="Policies; may be repeated.",
    )


_DECIDING = (
    namespace("Of objects that name none themselves.", default="default", show_default=True),
    click.option(
        "--delivery",
        type=click.Choice(["ImageVolume", "InitContainer"]),
        help="How agents get into pods; without it as the policy says, and InitContainer for Auto.",
    ),
    click.option(
        "--native-sidecars/--no-native-sidecars",
        default=True,
        show_default=True,
        help="Whether every node runs Kubernetes 1.29 or newer.",
    ),
    click.option(
        "--catalogue",
        metavar="FILE",
        help="Images of agents and collector: the operator's ConfigMap, or what is in it. Else those of this release.",
    ),
)


cluster = click.option(
    "--cluster",
    is_flag=True,
    help="The workloads of a cluster instead of manifests; without -p its own policies as well.",
)
fail_on = click.option(
    "--fail-on",
    "failing",
    type=click.Choice(["skipped", "not-selected"]),
    multiple=True,
    help="Exit with code 3 where a workload is that, unless it opted out or is in a dry run; may be repeated.",
)
webhook = click.option(
    "--webhook/--no-webhook",
    default=None,
    help="Whether the operator has its webhook; without it as in the settings of --catalogue, or else on.",
)


def files(command: Decorated) -> Decorated:
    """The options that say which manifests."""
    return _all(command, _files(required=True))


def offline(command: Decorated) -> Decorated:
    """The options that decide what becomes of workloads in files."""
    return _all(command, (*_files(required=True), _policies(required=True), *_DECIDING))


def planning(command: Decorated) -> Decorated:
    """The same, where a cluster may take the place of the files."""
    return _all(command, (*_files(required=False), cluster, _policies(required=False), *_DECIDING, kubeconfig))


def _all(command: Decorated, options: tuple[Callable[[Decorated], Decorated], ...]) -> Decorated:
    return reduce(lambda decorated, option: option(decorated), reversed(options), command)
