"""A small fleet, rolled out by operators of which each dies after its first write: the end has to be the same."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from tests.integration.operator_process import write_settings
from tests.waiting import wait_for
from tests.waves import invariants
from tests.waves.__main__ import (
    LIMITS,
    apply_policies,
    deployed,
    judged_end,
    templates,
)
from tests.waves.fleet import Fleet, Member, policy_of
from tests.waves.ledger import ledger, watching, writes_of_the_operator
from tests.waves.nodes import fake_nodes

_SPACE = "waves-a"
_QUIET_SECONDS = 25
"""An operator that lives so long has nothing left to write: deadlines, waves and baking are shorter."""
console = Console(width=None if sys.stdout.isatty() else 140)


def main() -> None:
    """Roll out, restart the operator after each of its writes, and check the end."""
    members = tuple(
        Member(_SPACE, f"m{index}", "java" if index < 4 else "python", broken=index == 2) for index in range(6)
    )
    small = Fleet(members, (policy_of(_SPACE),))
    with tempfile.TemporaryDirectory() as directory, fake_nodes(2, Path(directory), os.environ["KUBECONFIG"]):
        problems = _run(small, Path(directory))
    sys.exit(1 if problems else 0)


def _run(small: Fleet, directory: Path) -> list[str]:
    settings, began = write_settings(directory, webhook=False), time.time()
    with deployed(small):
        before = templates(small)
        with watching() as states:
            apply_policies(small)
            deaths = 0
            while _dies(settings, directory / "operator.log"):
                deaths += 1
            wait_for(lambda: bool(states))
            after = templates(small)
        audit = Path(os.environ["KUBECONFIG"]).with_name("audit.log")
        entries = ledger(audit, states, began)
        writes = writes_of_the_operator(audit, began)
    written = {member.key: writes[member.key] for member in small.members}
    problems = [
        *invariants.written_too_often(written, small),
        *invariants.came_back(entries),
        *invariants.over_budget(invariants.moments(entries, LIMITS), LIMITS),
        *judged_end(small, before, after),
    ]
    console.print(f"the operator died {deaths} times, each time right after a write; {len(problems)} violations")
    for problem in problems:
        console.print(f"  [red]{problem}[/]")
    return problems


def _dies(settings: Path, log: Path) -> bool:
    """Whether the operator has died of a write, and not lived for so long that there is none left."""
    environment = os.environ | {"POD_NAMESPACE": "default"}
    command = [sys.executable, "-m", "tests.waves.mortal", "1", "operator", "--config", str(settings)]
    with log.open("ab") as output, subprocess.Popen(command, stdout=output, stderr=output, env=environment) as process:
        try:
            process.wait(_QUIET_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            return False
        return True


if __name__ == "__main__":
    main()
