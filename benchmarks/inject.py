"""How long injecting and removing take, each against `copy.deepcopy` of the template it is given: `make bench`.

Every workload of `tests/corpus` is measured in CPU time, the best of many short rounds, in which job and copy take
turns, so that both meet the same machine: as the API server stores it, which the operator and the webhook meet, and as
its file has it. A copy is the measure because it reads and writes the whole template once. To inject shares with the
template what stays the same; to remove copies it first.
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

from benchmarks.stored import stored
from tests.corpus.cases import Case, cases, template
from tracereach.inject import PodTemplate, inject, remove

_ROUNDS = 40
_CALLS = 5
_BAR = 4
"""Copies that a job may cost. The smallest templates exceed it, for what is added is several times what they are, and
those of which a merge is planned or carried out beside."""
_COLUMNS = ("case", "inject, stored", "of a copy", "inject, as written", "of a copy", "remove", "of a copy")


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
    every = []
    for case in cases():
        plain = template(case.workload)
        measured = _injection(case, stored(plain)), _injection(case, plain), _removal(case)
        every.append(measured)
        table.add_row(case.name, *(cell for measurement in measured for cell in _cells(measurement)))
    table.add_section()
    within = [sum(each.ratio <= _BAR for each in column) for column in zip(*every, strict=True)]
    table.add_row(f"at most {_BAR}", *(cell for count in within for cell in ("", f"{count} of {len(every)}")))
    for name, of in (("median", statistics.median), ("worst", max)):
        columns = list(zip(*every, strict=True))
        jobs = [f"{of(each.job for each in column):.0f}" for column in columns]
        ratios = [f"{of(each.ratio for each in column):.2f}" for column in columns]
        table.add_row(name, *(cell for pair in zip(jobs, ratios, strict=True) for cell in pair))
    Console(width=120).print(table)


def _injection(case: Case, plain: PodTemplate) -> Measurement:
    injection, merge = case.injection, case.merge
    return _measured(lambda: inject(plain, injection, merge), lambda: copy.deepcopy(plain))


def _removal(case: Case) -> Measurement:
    injected = template(case.expected)
    return _measured(lambda: remove(injected), lambda: copy.deepcopy(injected))


def _measured(job: Callable[[], object], copied: Callable[[], object]) -> Measurement:
    rounds = [(_microseconds(job), _microseconds(copied)) for _ in range(_ROUNDS)]
    return Measurement(*map(min, zip(*rounds, strict=True)))


def _microseconds(job: Callable[[], object]) -> float:
    return timeit.timeit(job, timer=time.process_time, number=_CALLS) / _CALLS * 1e6


def _cells(measurement: Measurement) -> tuple[str, str]:
    return f"{measurement.job:.0f}", f"{measurement.ratio:.2f}"


if __name__ == "__main__":
    main()
