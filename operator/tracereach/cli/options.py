"""Options that several commands have."""

from collections.abc import Callable
from typing import Any

import click

Decorated = Callable[..., Any]

files = click.option(
    "-f", "--filename", "files", metavar="FILE|DIR|-", multiple=True, required=True, help="Manifests; - is stdin."
)
kubeconfig = click.option("--kubeconfig", metavar="FILE", help="Instead of $KUBECONFIG and ~/.kube/config.")
form = click.option("-o", "--output", "form", type=click.Choice(["json", "yaml"]), help="Data instead of tables.")


def offline(command: Decorated) -> Decorated:
    """The options that decide what becomes of workloads in files."""
    for option in reversed(
        (
            files,
            click.option(
                "-p", "--policy", "policies", metavar="FILE", multiple=True, required=True, help="May be repeated."
            ),
            click.option(
                "-n", "--namespace", default="default", show_default=True, help="Of objects that name none themselves."
            ),
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
            click.option("--catalogue", metavar="FILE", help="Images of agents and collector, as in the Helm chart."),
        )
    ):
        command = option(command)
    return command
