"""`make waves`: a fleet on fake nodes is rolled out, the operator is killed now and then, and the audit is read."""

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import yaml
from rich.console import Console
from rich.table import Table

from tests.integration.operator_process import OperatorProcess
from tests.shop.kubernetes import get, install_our_kinds, kubectl
from tests.waiting import wait_for
from tests.waves import invariants
from tests.waves.fleet import (
    BLOCKED,
    IN_CLUSTER,
    IN_NAMESPACE,
    MIN_HEALTHY_SECONDS,
    SLOTS,
    STOPPED_AGENT,
    Fleet,
    fleet,
    gates,
    manifests,
)
from tests.waves.ledger import (
    Entry,
    State,
    ledger,
    reports_of_the_operator,
    watching,
    writes_of_the_operator,
)
from tests.waves.nodes import fake_nodes
from tracereach.api import names

MEDIAN_BAR, LAST_PERCENT_BAR = 1.0, 5.0
"""Seconds of a free slot without the next write: half of them at most the one, and 99 in 100 at most the other."""
console = Console(width=None if sys.stdout.isatty() else 140)
LIMITS = invariants.Limits(
    of_policy={"waves-a": SLOTS, "waves-b": SLOTS, "waves-c": SLOTS, BLOCKED: 1},
    in_namespace=IN_NAMESPACE,
    in_cluster=IN_CLUSTER,
    min_healthy_seconds=MIN_HEALTHY_SECONDS,
)


@dataclass(frozen=True)
class Run:
    """What a run has left to be judged."""

    fleet: Fleet
    entries: list[Entry]
    writes: dict[str, int]
    reports: list[int]
    """How often each TracedWorkload was written."""
    before: dict[str, str]
    after: dict[str, str]
    kills: list[float]
    seconds: float


@click.command
@click.option("--workloads", default=500, show_default=True)
@click.option("--kills", default=6, show_default=True, help="How often the operator is killed.")
@click.option("--seed", type=int, help="Of everything random; another one each time where it is left out.")
@click.option("--ledger", "ledger_file", type=click.Path(path_type=Path), help="Where to write down what happened.")
def main(*, workloads: int, kills: int, seed: int | None, ledger_file: Path | None) -> None:
    """Roll out a fleet on fake nodes, and check what the API server has written down of it."""
    chosen = random.SystemRandom().randrange(10_000) if seed is None else seed
    dice = random.Random(chosen)
    console.print(f"{workloads} workloads, {kills} kills, seed {chosen}", highlight=False)
    members = fleet(workloads, dice)
    with tempfile.TemporaryDirectory() as directory, fake_nodes(20, Path(directory), os.environ["KUBECONFIG"]):
        run = _run(members, Path(directory), kills, dice)
    if ledger_file:
        ledger_file.write_text("".join(f"{json.dumps(asdict(entry))}\n" for entry in run.entries))
    problems = _print(run)
    sys.exit(1 if problems else 0)


def _run(members: Fleet, directory: Path, kills: int, dice: random.Random) -> Run:
    operator = OperatorProcess(directory, agents={"dotnet": "registry.example/agent-dotnet:1"})
    _bound_everything(directory / "settings.yaml")
    with deployed(members):
        before = templates(members)
        with watching() as states:
            operator.start()
            try:
                began = time.time()
                deaths = _let_it_go(members, operator, states, kills, dice)
                seconds = time.time() - began
                after = templates(members)
            finally:
                operator.kill()
        audit = Path(os.environ["KUBECONFIG"]).with_name("audit.log")
        entries = ledger(audit, states, began)
        writes = writes_of_the_operator(audit, began)
        reports = reports_of_the_operator(audit, members.namespaces, began)
    return Run(
        fleet=members,
        entries=entries,
        writes={member.key: writes[member.key] for member in members.members},
        reports=list(reports.values()),
        before=before,
        after=after,
        kills=deaths,
        seconds=seconds,
    )


def _bound_everything(settings: Path) -> None:
    """The budgets over all policies, as the chart would write them."""
    content = yaml.safe_load(settings.read_text())
    content["inProgress"] = {"inCluster": IN_CLUSTER, "inNamespace": IN_NAMESPACE}
    settings.write_text(yaml.safe_dump(content))


@contextmanager
def deployed(members: Fleet) -> Iterator[None]:
    """The fleet, all of it ready; gone again afterwards."""
    install_our_kinds()
    kubectl("apply", "--filename", "-", stdin=yaml.safe_dump_all(manifests(members)))
    try:
        for namespace in members.namespaces:
            kubectl("-n", namespace, "wait", "deployments", "--all", "--for=condition=Available", "--timeout=600s")
        for member in members.members:
            if member.paused:  # one that was paused from the start would have no pods
                kubectl("-n", member.namespace, "rollout", "pause", "deployment", member.name)
        yield
    finally:
        _release_policies(members)
        kubectl("delete", "namespaces", *members.namespaces, "--ignore-not-found", "--timeout=300s")
        kubectl("delete", "priorityclass", "waves-tight", "--ignore-not-found")


def _let_it_go(
    members: Fleet, operator: OperatorProcess, states: list[State], kills: int, dice: random.Random
) -> list[float]:
    """Apply the policies, kill the operator at random moments, and wait until nothing is left to do."""
    apply_policies(members)
    deaths: list[float] = []
    marks = sorted(dice.uniform(0.05, 0.9) for _ in range(kills))
    for mark in marks:
        wait_for(lambda mark=mark: _share_injected(members, states) >= mark, timeout=900)  # type: ignore[misc]
        operator.kill()
        deaths.append(time.time())
        operator.start()
    wait_for(lambda: _is_over(members), timeout=900)
    return deaths


def apply_policies(members: Fleet) -> None:
    """Ask for the injection."""
    kubectl("apply", "--filename", "-", stdin=yaml.safe_dump_all(members.policies))


def _release_policies(members: Fleet) -> None:
    """Let the policies go with their namespaces, now that no operator is there to put everything back first."""
    body = '{"metadata":{"finalizers":[]}}'
    for namespace in members.namespaces:
        for policy in get("tracingpolicies.tracereach.dev", "-n", namespace)["items"]:
            name = policy["metadata"]["name"]
            kubectl("-n", namespace, "patch", "tracingpolicies.tracereach.dev", name, "--type=merge", "-p", body)


def judged_end(members: Fleet, before: dict[str, str], after: dict[str, str]) -> list[str]:
    """What is wrong with the templates when nothing moves any more."""
    injected = {key: names.RECORD_ANNOTATION in template for key, template in after.items()}
    same = {key: template == before[key] for key, template in after.items()}
    return invariants.wrong_at_the_end(members, injected, same, STOPPED_AGENT)


def _share_injected(members: Fleet, states: list[State]) -> float:
    """Of all but those whose agent is stopped on the way: how many of them are still begun is chance."""
    counted = {one.key for one in members.members if one.agent != STOPPED_AGENT}
    return len({state.workload for state in states if state.injected and state.workload in counted}) / len(counted)


def _is_over(members: Fleet) -> bool:
    """Whether every workload stands: healthy, put back, or waiting for something that does not come by itself."""
    standing = {
        ("Healthy", "Injected"), ("RolledBack", "Crashed"), ("RolledBack", "PodsRefused"), ("Waiting", "ScaledToZero"),
        ("Waiting", "Paused"), ("Waiting", "AgentFailed"),
    }  # fmt: skip
    states = {}
    for namespace in members.namespaces:
        for item in json.loads(kubectl("-n", namespace, "get", "tracedworkloads.tracereach.dev", "-o", "json"))[
            "items"
        ]:
            status: dict[str, Any] = item.get("status") or {}
            states[f"{namespace}/{item['spec']['name']}"] = status.get("state"), status.get("reason")
    left = [member.key for member in members.members if states.get(member.key) not in standing]
    time.sleep(1)
    return not left


def templates(members: Fleet) -> dict[str, str]:
    """The pod template of each workload, byte for byte as the API server stores it."""
    found = {}
    for namespace in members.namespaces:
        for item in json.loads(kubectl("-n", namespace, "get", "deployments", "-o", "json"))["items"]:
            found[f"{namespace}/{item['metadata']['name']}"] = json.dumps(item["spec"]["template"])
    return found


def _print(run: Run) -> int:
    """The table, and how many things are wrong."""
    slotless = frozenset(one.key for one in run.fleet.members if one.blocked or one.paused or not one.replicas)
    timeline = invariants.moments(run.entries, LIMITS, slotless=slotless)
    idle, hurt = invariants.idle_seconds(timeline, LIMITS, run.kills, gates(run.fleet))
    waits, longest = [wait.seconds for wait in idle], max(idle, default=None)
    checks = {
        "budgets at every instant": invariants.over_budget(timeline, LIMITS),
        "one write for each, and one back": invariants.written_too_often(run.writes, run.fleet),
        "nothing comes back": invariants.came_back(run.entries),
        "canaries first": invariants.before_their_canary(run.entries, run.fleet, LIMITS),
        "the right end": judged_end(run.fleet, run.before, run.after),
        "idle slots": _too_idle(waits),
    }
    table = Table("what", "figure", "", title=f"{len(run.fleet.members)} workloads in {run.seconds:.0f} s")
    table.add_row("injected", str(sum(names.RECORD_ANNOTATION in template for template in run.after.values())), "")
    table.add_row("put back", str(sum(entry.what == "restored" for entry in run.entries)), "")
    median, most = statistics.median(run.reports or [0]), max(run.reports, default=0)
    table.add_row("writes of a TracedWorkload, median and most", f"{median:g}, {most}", "")
    table.add_row("most in progress at once", str(max((len(one.busy) for one in timeline), default=0)), "")
    table.add_row("idle slot, median of " + str(len(waits)), f"{statistics.median(waits or [0]):.2f} s", "")
    table.add_row("idle slot, 99th percentile", f"{_percentile(waits, 99):.2f} s", "")
    table.add_row("idle slot, worst", f"{max(waits, default=0):.2f} s", f"{longest or ''}")
    table.add_row(
        f"with a kill in it ({len(hurt)}), worst", f"{max(one.seconds for one in hurt):.2f} s" if hurt else "-", ""
    )
    table.add_section()
    for name, violations in checks.items():
        mark = f"[red]{len(violations)} violations[/]" if violations else "[green]holds[/]"
        table.add_row(name, mark, "\n".join(violations[:5]))
    console.print(table)
    return sum(map(len, checks.values()))


def _too_idle(waits: list[float]) -> list[str]:
    problems = []
    if waits and statistics.median(waits) > MEDIAN_BAR:
        problems.append(f"the median is more than {MEDIAN_BAR:g} s")
    if _percentile(waits, 99) > LAST_PERCENT_BAR:
        problems.append(f"the 99th percentile is more than {LAST_PERCENT_BAR:g} s")
    return problems if waits else ["no slot was ever waited for"]


def _percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


if __name__ == "__main__":
    main()
