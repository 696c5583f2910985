"""`tracereach inject`: manifests in, the same manifests with the injection out. For GitOps, and for a first look."""

from typing import Any

import click

from tracereach.cli import options
from tracereach.cli.explaining import explanation, nothing_injected
from tracereach.cli.offline import fail_on, injected, prepare, warn_of_assumptions
from tracereach.cli.writing import refuse_in_place, write, write_in_place
from tracereach.inject import Merge


@click.command
@options.offline
@options.in_place
@options.fail_on
@click.option("--explain", is_flag=True, help="Say on standard error what was done to each workload, and why.")
@click.option("-o", "--output", "form", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
def command(
    *,
    files: tuple[str, ...],
    policies: tuple[str, ...],
    in_place: bool,
    failing: tuple[str, ...],
    explain: bool,
    form: str,
    **settings: Any,
) -> None:
    """Print the manifests with the injection in every workload that a policy selects.

    Works without a cluster. All other lines come out as they went in. Namespaces and ConfigMaps among the manifests
    count: labels to opt out or to select by, and what envFrom takes in.
    """
    if in_place:
        refuse_in_place(files, form)
    inputs = prepare(files, policies, **settings)
    decisions = inputs.decide(Merge.IN_PLACE)
    results = injected(inputs.sources, decisions)
    for decision in decisions if explain else ():
        for line in explanation(decision):
            click.echo(line, err=True)
    if nothing := nothing_injected(decisions):
        click.echo(nothing, err=True)
    warn_of_assumptions(inputs, decisions)
    fail_on(failing, decisions)
    if in_place:
        write_in_place(inputs.sources, results)
    else:
        write(results, form)
