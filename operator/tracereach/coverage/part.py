"""What of the landscape is one policy's: its hops, its breaks, and how far traces get from its entries."""

from dataclasses import dataclass
from functools import cached_property

from tracereach.api.causes import Blindness
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.breaks import Break
from tracereach.coverage.edges import ENOUGH_CALLS, Edge
from tracereach.coverage.graph import Reach, reach, reachable_from
from tracereach.coverage.landscape import Landscape
from tracereach.coverage.onward import Onward, onward
from tracereach.coverage.ownership import owner
from tracereach.coverage.policy_facts import PolicyFacts


@dataclass(frozen=True)
class Part:
    """What of the landscape is the policy's."""

    facts: PolicyFacts
    land: Landscape

    @cached_property
    def blind(self) -> Blindness | None:
        """Why spans say nothing at all, if they do not."""
        facts = self.facts
        if facts.unread:
            return facts.unread
        if facts.degraded:
            return Blindness.MEASUREMENT_DEGRADED
        if facts.measured_seconds <= 0:
            return Blindness.WARMING_UP
        return Blindness.NO_SPANS if all(map(self.land.scene.is_silent, facts.ours)) else None

    @property
    def unexported(self) -> list[WorkloadReference]:
        """The policy's workloads whose spans the backend does not take."""
        told = self.land.scene.collectors
        return sorted(one for one in self.facts.ours if one in told and told[one].backend_reached is False)

    @cached_property
    def every_break(self) -> tuple[Break, ...]:
        """Breaks at a hop to or from a workload of the policy."""
        ours = self.facts.ours
        return () if self.blind else tuple(one for one in self.land.breaks if one.caller in ours or one.callee in ours)

    @cached_property
    def found(self) -> tuple[Break, ...]:
        """Those that the policy tells of."""
        return tuple(one for one in self.every_break if self._owner(one) in {"", self.facts.policy})

    @cached_property
    def elsewhere(self) -> tuple[Break, ...]:
        """Those that another policy tells of."""
        return tuple(one for one in self.every_break if self._owner(one) not in {"", self.facts.policy})

    @cached_property
    def told_by(self) -> list[str]:
        """The policies that tell of these."""
        return sorted({self._owner(one) for one in self.elsewhere})

    def _owner(self, one: Break) -> str:
        return owner(one, self.land.scene)

    @cached_property
    def edges(self) -> tuple[Edge, ...]:
        """Hops to or from a workload of the policy, whatever their state."""
        ours = self.facts.ours
        return () if self.blind else tuple(one for one in self.land.edges if one.caller in ours or one.callee in ours)

    @cached_property
    def hidden(self) -> tuple[Edge, ...]:
        """Hops that are known to be there although no span shows them: those of breaks, and those of silent callees,
        behind which services would be reached if they were not silent."""
        scene, shown = self.land.scene, {(edge.caller, edge.callee) for edge in self.edges}
        hops = {(one.caller, one.callee): one.lost for one in self.every_break}
        for one in self.every_break:
            if scene.is_silent(one.callee):
                hops |= {(one.callee, behind): one.lost for behind in scene.callees(one.callee)}
        return tuple(Edge(*hop, max(lost, ENOUGH_CALLS)) for hop, lost in hops.items() if hop not in shown)

    @cached_property
    def speaking(self) -> tuple[WorkloadReference, ...]:
        """The entries that send spans."""
        return tuple(entry for entry in self.facts.entries if not self.land.scene.is_silent(entry))

    @cached_property
    def onward(self) -> Onward:
        """What is known of the hops that lead on from these."""
        return onward(self.speaking, self.hops, self.land.scene)

    @cached_property
    def farthest(self) -> Reach:
        """How far traces get from the entries of which enough is known."""
        return reach(self.onward.telling, self.hops)

    @property
    def unjudged(self) -> list[Edge]:
        """Hops on the way from all that send spans, of which too little is known."""
        judged = (edge for edge in self.hops if edge.state != "Unknown")
        on_the_way = reachable_from(self.speaking, judged)
        return [edge for edge in self.hops if edge.state == "Unknown" and edge.caller in on_the_way]

    @cached_property
    def hops(self) -> tuple[Edge, ...]:
        """Those over which reach is counted."""
        boundaries = self.land.scene.boundaries
        return tuple(edge for edge in (*self.edges, *self.hidden) if edge.hop not in boundaries)

    @property
    def reach_is_known(self) -> bool:
        """Whether the share of what is reached says anything."""
        return not self.blind and self.farthest.known
