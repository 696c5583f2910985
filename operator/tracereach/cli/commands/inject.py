"""`tracereach inject`: manifests in, the same manifests with the injection out. For GitOps, and for a first look."""

from typing import Any

import click

from tracereach.cli import options
from tracereach.cli.offline import explanation, injected, prepare, write


@click.command
@options.offline
@click.option("--explain", is_flag=True, help="Say on standard error what was done to each workload, and why.")
@click.option("-o", "--output", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
def command(*, files: tuple[str, ...], policies: tuple[str, ...], explain: bool, form: str, **settings: Any) -> None:
    """Print the manifests with the injection in every workload that a policy selects.

    Works without a cluster. All other lines come out as they went in.
    """
    sources, decisions = prepare(files, policies, **settings)
    results = injected(sources, decisions)
    if explain:
        for decision in decisions:
            click.echo(explanation(decision), err=True)
    write(results, form)
