"""How long injecting and removing take, each against `copy.deepcopy` of the template it is given: `make bench`.

Every workload of `tests/corpus` is measured in CPU time, the best of several rounds. Copying is the raw limit: whatever
leaves its argument as it is has to read and write the whole template once.
"""

import copy
import os
import statistics
import time
import timeit
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from tests.corpus.cases import Case, cases, template
from tracereach.inject import inject, remove

_ROUNDS = 7
_CALLS = 20
_COLUMNS = ("case", "inject", "of a copy", "remove", "of a copy")


@dataclass(frozen=True)
class Measurement:
    """CPU time of one job, and of copying the same template, both in microseconds."""

    job: float
    copy: float

    @property
    def ratio(self) -> float:
        """The job's share of a copy."""
        return self.job / self.copy


def main() -> None:
    """Measure every case and print the table."""
    table = Table(*_COLUMNS, title=f"µs of CPU time, best of {_ROUNDS} rounds, on {os.cpu_count()} CPUs")
    injections, removals = [], []
    for case in cases():
        injections.append(injection := _injection(case))
        removals.append(removal := _removal(case))
        table.add_row(case.name, *_cells(injection), *_cells(removal))
    table.add_section()
    for name, of in (("median", statistics.median), ("worst", max)):
        ratios = [f"{of(each.ratio for each in measured):.2f}" for measured in (injections, removals)]
        times = [f"{of(each.job for each in measured):.0f}" for measured in (injections, removals)]
        table.add_row(name, times[0], ratios[0], times[1], ratios[1])
    Console().print(table)


def _injection(case: Case) -> Measurement:
    plain = template(case.workload)
    return Measurement(
        job=_microseconds(lambda: inject(plain, case.injection, case.merge)),
        copy=_microseconds(lambda: copy.deepcopy(plain)),
    )


def _removal(case: Case) -> Measurement:
    injected = template(case.expected)
    return Measurement(
        job=_microseconds(lambda: remove(injected)),
        copy=_microseconds(lambda: copy.deepcopy(injected)),
    )


def _microseconds(job: Callable[[], object]) -> float:
    rounds = timeit.repeat(job, timer=time.process_time, repeat=_ROUNDS, number=_CALLS)
    return min(rounds) / _CALLS * 1e6


def _cells(measurement: Measurement) -> tuple[str, str]:
    return f"{measurement.job:.0f}", f"{measurement.ratio:.2f}"


if __name__ == "__main__":
    main()
