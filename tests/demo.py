"""`make demo`: from an empty cluster to a trace over four languages, and the coverage that says so."""

import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from tests.shop import steps
from tests.shop.kubernetes import tracereach
from tests.shop.services import services

console = Console(width=None if sys.stdout.isatty() else 120)


def main() -> None:
    """Tell the story, each step with its time."""
    with step("Installing the chart"):
        steps.install_chart()
    with step("Deploying the shop: Node.js, Python, Java and Go, with no line of tracing code in the first three"):
        steps.deploy_shop()
    with services() as proxy:
        user_id = str(random.randint(1, 9999))
        with step(f"Buying a book as user {user_id}, before the policy"):
            before = steps.buy(proxy, user_id)
        console.print(f"    the ledger saw user_id {before.body['user_id']!r}: context stops on the way")
        with step("Applying the TracingPolicy and waiting until every service is injected and healthy"):
            steps.apply_policy()
            steps.wait_until_injected()
        with step("Buying the same book again"):
            answer = steps.buy(proxy, user_id)
            steps.wait_for_trace(proxy, answer.trace_id)
        console.print(
            f"    the ledger saw user_id {answer.body['user_id']!r}, and a deadline of {answer.body['deadline_ms']} ms"
        )
        with step("Measuring how far traces reach, until the window holds no call from before"):
            steps.wait_until_whole()
    show("The coverage", "status", "--namespace", steps.NAMESPACE)
    show("One request", "trace", answer.trace_id)
    console.print(
        "\nLook around: [bold]make shell[/], then kubectl get pods -n shop, and .venv/bin/tracereach map -n shop;"
        " explain SERVICE, status and probe show more."
    )


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step, and say how long it took."""
    console.print(f"[bold cyan]▸[/] {title} …")
    started = time.monotonic()
    yield
    console.print(f"    [green]done[/] in {time.monotonic() - started:.1f} s")


def show(title: str, *command: str) -> None:
    """Print the output of a command of ours under a heading."""
    console.rule(title)
    console.out(tracereach(*command), highlight=False)


if __name__ == "__main__":
    main()
