"""`tracereach plan`: what the operator would do, in which order, and what traces gain by it."""

from datetime import UTC, datetime
from typing import Any

import click

from tracereach.cli import options
from tracereach.cli.exclusions import idle_exclusions
from tracereach.cli.offline import Inputs, fail_on, inputs, prepare, tried, warn_of_assumptions
from tracereach.cli.output import print_data
from tracereach.cli.planned_coverage import planned_coverages
from tracereach.cli.planning import (
    HEADERS,
    PlannedWorkload,
    counts,
    remedies,
    summary,
    unsupported_data,
    unsupported_lines,
)
from tracereach.cli.policies import read_policies
from tracereach.cli.rollouts import Memories, planned_rollouts
from tracereach.cli.surveying import both, order, surveyed
from tracereach.cli.tables import print_table
from tracereach.cli.unsupported import unsupported
from tracereach.cluster.kubeconfig import Kubeconfig
from tracereach.inject import Merge


@click.command
@options.planning
@options.webhook
@options.fail_on
@options.form
def command(  # noqa: PLR0913 - one for each option
    *,
    files: tuple[str, ...],
    policies: tuple[str, ...],
    cluster: bool,
    kubeconfig: Kubeconfig,
    webhook: bool | None,
    failing: tuple[str, ...],
    form: str | None,
    **settings: Any,
) -> None:
    """Show what the operator would do to each workload, on what evidence, and why others get nothing.

    Then the rollout of each policy: who goes with the canaries, who in which wave, how many pods are replaced, and
    about how long it takes if nothing goes wrong. At last its coverage before and after, as far as templates tell, and
    the breaks that will remain. Works without a cluster, or on one by --cluster, and writes nothing.
    """
    _check(files, policies, cluster=cluster)
    if cluster:
        given, memories = _live(kubeconfig, policies, **settings)
    else:
        given, memories = prepare(files, policies, **settings), {}
    stamps = given.installation.webhook if webhook is None else webhook
    decisions = given.decide(Merge.STAMP if stamps else Merge.SKIP)
    in_files = decisions if cluster else tried(given.sources, given.decide(Merge.IN_PLACE))
    planned = [PlannedWorkload(*both) for both in zip(decisions, in_files, strict=True)]
    before = surveyed(given, decisions)
    rollouts = planned_rollouts(decisions, datetime.now(UTC), memories, order(before))
    coverages = planned_coverages(given.policies, decisions, both(before, decisions, rollouts, memories))
    others = list(unsupported(given.sources, given.policies, given.settings))
    if form:
        print_data(
            {
                "workloads": [workload.data() for workload in planned],
                "rollouts": [rollout.data() for rollout in rollouts],
                "coverage": [coverage.data() for coverage in coverages],
                "counts": counts(decisions),
                "unsupported": unsupported_data(others),
            },
            form,
        )
    else:
        print_table(HEADERS, [workload.row() for workload in planned])
        details = [line for workload in planned for line in workload.details()]
        stages = [line for rollout in rollouts for line in rollout.lines()]
        hops = [line for coverage in coverages for line in coverage.lines()]
        for line in (*details, *unsupported_lines(others), *remedies(decisions), *stages, *hops, summary(decisions)):
            click.echo(line)
    for line in idle_exclusions(given.policies, decisions):
        click.echo(f"Warning: {line}", err=True)
    warn_of_assumptions(given, decisions)
    fail_on(failing, decisions)


def _check(files: tuple[str, ...], policies: tuple[str, ...], *, cluster: bool) -> None:
    if cluster and files:
        raise click.UsageError("--cluster and -f exclude each other")
    for option, given in (("-f' / '--filename", files), ("-p' / '--policy", policies)):
        if not cluster and not given:
            raise click.UsageError(f"Missing option '{option}'; or give --cluster.")


def _live(
    kubeconfig: Kubeconfig, policies: tuple[str, ...], *, recursive: bool, **settings: Any
) -> tuple[Inputs, Memories]:
    """The cluster's workloads, with its own policies or those given. Only here a Kubernetes client is imported."""
    from tracereach.cli.cluster import run  # noqa: PLC0415
    from tracereach.cli.live import read_cluster  # noqa: PLC0415

    if recursive:
        raise click.UsageError("-R is for -f")
    given = read_policies(policies, namespace=settings["namespace"]) if policies else ()
    live = run(read_cluster(kubeconfig, policies=not policies))
    return inputs(live.sources, given or live.policies, **settings), live.memories
