"""Changing propagators without a time in which neighbours do not understand each other: first everybody gets old and
new, and only then does the old one go. So one edit of a policy is two rollouts.
"""

from collections.abc import Iterable, Sequence

from tracereach.api.propagators import PROPAGATORS


def kept_meanwhile(
    asked: Sequence[str], held: Iterable[Sequence[str]], under_way: Iterable[Sequence[str]] = ()
) -> tuple[str, ...]:
    """Which propagators stay beside those `asked` for: those of workloads that do not have all of these yet.

    `held` are the propagators of each workload that is injected now, and `under_way` of those whose pods are still
    being replaced: some of these may not have them yet. Only what carries a trace id has to be bridged.
    """
    needed = set(filter(_carries_traces, asked))
    behind = [set(one) for one in held if one and not needed <= set(one)] + [set(one) for one in under_way]
    return tuple(sorted({name for one in behind for name in one if _carries_traces(name)} - needed)) if needed else ()


def _carries_traces(name: str) -> bool:
    return name in PROPAGATORS and bool(PROPAGATORS[name].extracts)
