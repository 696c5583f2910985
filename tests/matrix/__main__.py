"""`make matrix`: every case with truth and answer, the confusion table, and the two figures; fails below the bars."""

import sys
from collections.abc import Iterator, Sequence

import click
from rich.console import Console
from rich.table import Table

from tests.matrix.case import Case, cases
from tests.matrix.running import run
from tests.matrix.scoring import FALSE_BREAKS_BAR, TOP_1_BAR, Answer, Score, score
from tests.shop.services import services
from tests.shop.steps import install_chart

console = Console(width=None if sys.stdout.isatty() else 240)


@click.command
@click.argument("names", nargs=-1)
@click.option("--ci", is_flag=True, help="Only the cases that run with every change.")
@click.option("--at-once", default=8, show_default=True, help="Cases that share the cluster at a time.")
def main(*, names: Sequence[str], ci: bool, at_once: int) -> None:
    """Run the cases NAMES, or all of them."""
    chosen = [case for case in cases(*names) if case.ci or not ci]
    install_chart()
    answers: list[Answer] = []
    with services() as proxy:
        for batch in _batches(chosen, at_once):
            console.print(f"[bold cyan]▸[/] {', '.join(case.name for case in batch)} …")
            answers += run(batch, proxy)
            for answer in answers[-len(batch) :]:
                console.print(_line(answer), highlight=False)
    total = score(answers)
    _print(answers, total)
    sys.exit(0 if total.is_enough else 1)


def _batches(chosen: Sequence[Case], size: int) -> Iterator[Sequence[Case]]:
    for start in range(0, len(chosen), size):
        yield chosen[start : start + size]


def _line(answer: Answer) -> str:
    mark = "[green]right[/]" if answer.is_right else "[red]wrong[/]"
    probe = f"; probe: [red]{answer.probed}[/]" if answer.probed else ""
    return f"    {answer.case.name}: {mark} after {answer.seconds:.0f} s {answer.problem}{probe}"


def _print(answers: Sequence[Answer], total: Score) -> None:
    table = Table("case", "kind", "truth", "answer", "confidence", "s", "", "probe")
    for answer in answers:
        truth = "\n".join(f"{one.cause} at {one.at or '?'}" for one in answer.case.truth)
        said = "\n".join(f"{one.cause} at {one.at.rpartition('/')[2]}" for one in answer.breaks)
        sure = "\n".join(one.confidence for one in answer.breaks)
        mark = "[green]right[/]" if answer.is_right else f"[red]wrong[/] {answer.problem}"
        table.add_row(
            answer.case.name,
            answer.case.kind,
            truth,
            said,
            sure,
            f"{answer.seconds:.0f}",
            mark,
            answer.probed or "agrees",
        )
    console.print(table)
    causes = sorted({cause for pair in total.confusion for cause in pair})
    confusion = Table("truth ↓  answer →", *causes, title="Confusion, single faults and decoys")
    for truth in causes:
        confusion.add_row(truth, *(str(total.confusion[truth, answer] or "") for answer in causes))
    console.print(confusion)
    console.print(
        f"top-1 cause right in {total.singles_right} of {total.singles} single faults ({total.top_1:.1%},"
        f" at least {TOP_1_BAR:.0%}); {total.false_breaks} false breaks on {total.decoys} decoys"
        f" (at most {FALSE_BREAKS_BAR}); pairs right {total.pairs_right} of {total.pairs};"
        f" {total.problems} cases that did not happen as they say; probes agree in"
        f" {len(answers) - total.misprobed} of {len(answers)}",
        highlight=False,
    )


if __name__ == "__main__":
    main()
