"""Clusters by chance: namespaces, workloads of every sort, hops that lose calls, and changes of many ages.

What is counted need not fit together as in a real cluster: it is there to make every rule look at everything around.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from tracereach.api.reasons import Reason
from tracereach.api.tracing import Route, Tracing
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import Addresses
from tracereach.coverage.collectors import Collectors
from tracereach.coverage.counters import Call, Counters, SpanGroup
from tracereach.coverage.scene import Hop
from tracereach.coverage.services import Service
from tracereach.signals.window import Window

WINDOW, INTERVAL = 300.0, 10.0
_READINGS = 30
_WAYS = ("carried",) * 6 + ("begun", "failed", "lost", "lost", "rewritten", "unseen")


@dataclass(frozen=True)
class RandomCluster:
    """One of them: the same for the same dice."""

    dice: Random

    def names(self) -> tuple[WorkloadReference, ...]:
        """Workloads in a few namespaces."""
        count = self.dice.randint(6, 24)
        return tuple(WorkloadReference(self.dice.choice("mno"), "Deployment", f"w{index}") for index in range(count))

    def some(self, names: tuple[WorkloadReference, ...], share: float) -> frozenset[WorkloadReference]:
        """About so many of them."""
        return frozenset(name for name in names if self.dice.random() < share)

    def hops(self, names: tuple[WorkloadReference, ...]) -> list[Hop]:
        """Two or so for each workload."""
        return [(self.dice.choice(names), self.dice.choice(names)) for _ in range(self.dice.randint(1, 2 * len(names)))]

    def services(self, names: tuple[WorkloadReference, ...]) -> Mapping[WorkloadReference, Service]:
        """With the injection and without."""
        return {name: self._service(name) for name in names}

    def collectors(self, names: tuple[WorkloadReference, ...]) -> Mapping[WorkloadReference, Collectors]:
        """Some that live, some that are late, some that are dead."""
        states = ((1, False), (1, True), (0, True))
        return {
            name: Collectors(alive=alive, late=late)
            for name in sorted(self.some(names, 0.3))
            for alive, late in (self.dice.choice(states),)
        }

    def addresses(self, names: tuple[WorkloadReference, ...]) -> Addresses:
        """A Service for each, and now and then one that leads to a second workload too."""
        return {
            f"{name.name}.{name.namespace}": (name, *((self.dice.choice(names),) if self.dice.random() < 0.3 else ()))
            for name in names
        }

    def window(self, names: tuple[WorkloadReference, ...], hops: list[Hop], addresses: Addresses) -> Window:
        """Readings of a window in which each hop goes another way from time to time."""
        window, calls, spans = Window(WINDOW), Counter[Call](), Counter[SpanGroup]()
        silent = self.some(names, 0.25)
        ways = {hop: self.dice.choice(_WAYS) for hop in hops}
        count = {hop: self.dice.choice((1, 3, 10, 10, 10)) for hop in hops}
        for reading in range(_READINGS + 1):
            window.add(reading * INTERVAL, {"one": Counters(dict(calls), dict(spans))})
            for hop in hops:
                if self.dice.random() < 0.02:
                    ways[hop] = self.dice.choice(_WAYS)
                self._call(hop, ways[hop], count[hop], silent, calls, spans)
            if self.dice.random() < 0.1:
                silent = self.some(names, 0.25)
            for name in sorted(self.some(names, 0.05) - silent):
                spans[SpanGroup(str(name), self.dice.choice(("Producer", "Consumer")), self.dice.random() < 0.5)] += 20
        return window

    def _service(self, name: WorkloadReference) -> Service:
        dice = self.dice
        injected = dice.random() < 0.7
        own = frozenset(one for one in ("OTEL_PROPAGATORS", "OTEL_TRACES_SAMPLER") if dice.random() < 0.15)
        route = dice.choice([Route.SIDECAR] * 8 + list(Route))
        sampler = dice.choice(["parentbased_always_on"] * 5 + ["always_on", "traceidratio"])
        tracing = Tracing(dice.choice([("tracecontext",)] * 5 + [("b3",)]), sampler, 0.5, route, own)
        reason = None if injected else dice.choice([None, Reason.OTHER_AGENT, Reason.SCALED_TO_ZERO])
        rolled_out = injected and dice.random() < 0.9
        return Service(name, "TracingPolicy/m/all" if injected else "", reason, injected, rolled_out, tracing)

    def _call(
        self,
        hop: Hop,
        way: str,
        count: int,
        silent: frozenset[WorkloadReference],
        calls: Counter[Call],
        spans: Counter[SpanGroup],
    ) -> None:
        caller, callee = hop
        root = way in {"lost", "unseen"}
        if callee not in silent:
            spans[SpanGroup(str(callee), "Server", root)] += count
            if root:
                calls[Call("user", str(callee), "client", "virtual_node")] += count
        if caller in silent or way == "unseen":
            return
        spans[SpanGroup(str(caller), "Client", way == "begun")] += count
        if way in {"carried", "begun"} and callee not in silent:
            calls[Call(str(caller), str(callee), begun=way == "begun")] += count
        else:
            address = f"{callee.name}.{callee.namespace}"
            calls[Call(str(caller), address, "server", "virtual_node", failed=way == "failed")] += count
