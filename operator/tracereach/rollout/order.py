"""Who goes before whom, by who calls whom: callees before callers, and entries last.

A caller that begins to send context then finds callees that read it. Where workloads call each other in a circle none
can be first, so they share one rank, and go by their size like those of which nothing is known. What is taken out goes
the other way round.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping

from tracereach.api.workload import WorkloadReference

Order = Mapping[WorkloadReference, int]
"""A rank for each workload that somebody calls or that calls somebody. A lower one goes first; without one it is 0."""

_Callees = Mapping[WorkloadReference, Collection[WorkloadReference]]


def ranks(calls: Iterable[tuple[WorkloadReference, WorkloadReference]], entries: Iterable[WorkloadReference]) -> Order:
    """The order for these calls, each from caller to callee.

    A rank is the length of the longest chain of calls below, where a circle counts as one workload. A circle with an
    entry in it is an entry, and all of these are above all others.
    """
    callees: defaultdict[WorkloadReference, set[WorkloadReference]] = defaultdict(set)
    for caller, callee in calls:
        callees[caller].add(callee)
    starts = frozenset(entries)
    heights: dict[WorkloadReference, int] = {}
    last: set[WorkloadReference] = set()
    for circle in _circles(callees, starts):
        below = (heights[callee] for one in circle for callee in callees.get(one, ()) if callee not in circle)
        heights |= dict.fromkeys(circle, 1 + max(below, default=-1))
        if not starts.isdisjoint(circle):
            last |= circle
    above = 1 + max(heights.values(), default=0)
    return {one: height + above * (one in last) for one, height in heights.items()}


def _circles(callees: _Callees, starts: Iterable[WorkloadReference]) -> Iterator[set[WorkloadReference]]:
    """Those that call each other, directly or through others, and each other one alone; callees before callers.

    R. Tarjan, Depth-first search and linear graph algorithms (1972), without recursion: chains may be long.
    """
    seen: dict[WorkloadReference, int] = {}
    lowest: dict[WorkloadReference, int] = {}
    """Of each that is not in a circle yet, the number of the first one seen that it leads back to, as far as known."""
    waiting: list[WorkloadReference] = []
    for start in (*callees, *starts):
        path = [] if start in seen else [(start, iter(callees.get(start, ())))]
        while path:
            one, rest = path[-1]
            if one not in seen:
                seen[one] = lowest[one] = len(seen)
                waiting.append(one)
            callee = next(rest, None)
            if callee is None:
                path.pop()
                if path and one in lowest:
                    caller = path[-1][0]
                    lowest[caller] = min(lowest[caller], lowest[one])
                if lowest[one] == seen[one]:
                    circle: set[WorkloadReference] = set()
                    while one not in circle:
                        member = waiting.pop()
                        circle.add(member)
                        del lowest[member]
                    yield circle
            elif callee not in seen:
                path.append((callee, iter(callees.get(callee, ()))))
            elif callee in lowest:
                lowest[one] = min(lowest[one], seen[callee])
