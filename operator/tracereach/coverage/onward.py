"""Whether enough is known of an entry to count how far traces get from it: by itself it would always be reached."""

from collections.abc import Iterable
from dataclasses import dataclass

from tracereach.api.workload import WorkloadReference
from tracereach.coverage.edges import ENOUGH_CALLS, Edge
from tracereach.coverage.scene import Hop, Scene


@dataclass(frozen=True)
class Onward:
    """Entries by what is known of the hops that lead on from them."""

    telling: tuple[WorkloadReference, ...]
    """Those with a hop that is judged, or with requests enough to say that they call nobody."""
    alone: tuple[WorkloadReference, ...]
    """Those that no known hop leads on from, and that have taken too few requests to say so."""
    uncalled: tuple[Hop, ...]
    """Hops that nobody has called, and templates or the policy tell of, from entries without a judged one."""


def onward(entries: Iterable[WorkloadReference], hops: Iterable[Edge], scene: Scene) -> Onward:
    """What is known of the entries; a call of an entry to itself leads nowhere."""
    every = tuple(dict.fromkeys(entries))
    known: dict[WorkloadReference, list[Edge]] = {entry: [] for entry in every}
    for edge in hops:
        if edge.caller in known and edge.callee != edge.caller:
            known[edge.caller].append(edge)
    judged = [entry for entry in every if any(edge.state != "Unknown" for edge in known[entry])]
    told = [hop for hop in sorted(scene.expected - scene.boundaries) if hop[0] in known and hop[0] != hop[1]]
    seen = {edge.hop for entry in every for edge in known[entry]}
    uncalled = [hop for hop in told if hop not in seen and hop[0] not in judged]
    calling = {caller for caller, _ in (*told, *seen)}
    calls_nobody = [one for one in every if one not in calling and scene.counts(one).taken >= ENOUGH_CALLS]
    alone = [entry for entry in every if entry not in calling and entry not in calls_nobody]
    return Onward((*judged, *calls_nobody), tuple(alone), tuple(uncalled))
