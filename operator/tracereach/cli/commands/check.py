"""`tracereach check`: whether traces reach far enough, as an exit code."""

import sys
import time
from pathlib import Path

import click

from tracereach.api.coverage import CoverageReport
from tracereach.cli import options
from tracereach.cli.errors import Failed, Unmeasured
from tracereach.cli.gate import Checked, check, junit
from tracereach.cli.operator_api import coverage, reports_of
from tracereach.cli.output import print_data
from tracereach.cli.parameters import NumberRange
from tracereach.cli.service_page import told
from tracereach.cluster.kubeconfig import Kubeconfig

_FAILED, _UNKNOWN = 1, 3
_SECONDS_BETWEEN_LOOKS = 2


@click.command
@click.option("--min", "minimum", type=NumberRange(0, 1), required=True, help="The least reach, from 0 to 1.")
@click.option("--max-breaks", "most", type=click.IntRange(0), help="The most breaks.")
@options.namespace("Only policies of this namespace.")
@click.option("--policy", help="Only this policy.")
@click.option("--wait", type=NumberRange(0), default=0, help="Seconds to wait for it to be so.")
@click.option("--allow-unknown", is_flag=True, help="Exit with 0 where the operator knows nothing yet.")
@click.option("--junit", "xml", type=click.Path(path_type=Path, dir_okay=False), help="Write JUnit XML to this file.")
@options.operator_namespace
@options.form
@options.kubeconfig
def command(  # noqa: PLR0913 - one argument for each option
    *,
    minimum: float,
    most: int | None,
    namespace: str | None,
    policy: str | None,
    wait: float,
    allow_unknown: bool,
    xml: Path | None,
    operator_namespace: str,
    form: str | None,
    kubeconfig: Kubeconfig,
) -> None:
    """Exit with 0 where the reach of every policy is at least --min, with 1 where it is less, with 3 where unknown.

    Unknown it is as well where the cluster or the operator cannot be asked, or has no such policy.
    """
    deadline = time.monotonic() + wait
    while True:
        is_over = time.monotonic() >= deadline
        try:
            found = _measured(operator_namespace, kubeconfig, policy, namespace)
            checked = [check(report, minimum, most) for report in found]
            if is_over or all(one.outcome == "passed" for one in checked):
                break
        except Unmeasured:
            if is_over:
                raise
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    if xml:
        xml.write_bytes(junit(checked))
    _show(checked, form)
    outcomes = {one.outcome for one in checked}
    if "failed" in outcomes:
        sys.exit(_FAILED)
    if "unknown" in outcomes and not allow_unknown:
        sys.exit(_UNKNOWN)


def _measured(
    operator_namespace: str, kubeconfig: Kubeconfig, policy: str | None, namespace: str | None
) -> list[CoverageReport]:
    """What the operator reports. Raises `Unmeasured`: no pipeline is to take an outage for a low reach."""
    try:
        return reports_of(coverage(operator_namespace, kubeconfig), policy=policy, namespace=namespace)
    except Failed as error:
        raise Unmeasured(*error.lines) from error


def _show(checked: list[Checked], form: str | None) -> None:
    if form:
        data = [
            {
                "policy": one.report.policy,
                "outcome": one.outcome,
                "message": one.why,
                "reach": one.report.coverage.reach,
                "breaks": [found.model_dump(mode="json", by_alias=True) for found in one.report.breaks],
            }
            for one in checked
        ]
        print_data({"policies": data}, form)
        return
    for one in checked:
        click.echo(f"{one.report.policy}: {one.outcome}: {one.why}")
        breaks = (*one.report.breaks, *one.report.elsewhere)
        for found in breaks if one.outcome == "failed" else ():
            click.echo("\n".join(f"  {line}" for line in told(found)))
