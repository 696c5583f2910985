"""How long one pass of the coverage engine takes over a large cluster: part of `make bench`.

2,000 services with 10,000 edges, of which one in fifty loses its calls; a reading is added to the window, judged and
reported. Parsing a JSON copy of the reading is the raw limit: the least that any reader of as many series has to do.
"""

import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TypeVar

from rich.console import Console
from rich.table import Table

from tracereach.api.tracing import Tracing
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.addresses import Addresses
from tracereach.coverage.counters import Call, Counters, SpanGroup
from tracereach.coverage.edges import answered, traffic
from tracereach.coverage.landscape import FRESH_SECONDS, Facts, Landscape, landscape, needed_views
from tracereach.coverage.policy_facts import PolicyFacts
from tracereach.coverage.report import report
from tracereach.coverage.services import Service
from tracereach.coverage.view import views
from tracereach.signals.window import Window

SERVICES, EDGES = 2_000, 10_000
_READINGS, _CALLS = 30, 50
Result = TypeVar("Result")
Hop = tuple[WorkloadReference, WorkloadReference, bool]


def main() -> None:
    """Measure and print the table."""
    names = [WorkloadReference("shop", "Deployment", f"service-{index}") for index in range(SERVICES)]
    hops = _hops(names, random.Random(7))  # noqa: S311 - the same cluster each time
    tracing = Tracing(("tracecontext", "baggage"))
    own = "TracingPolicy/shop/shop"
    services = {name: Service(name, own, injected=True, rolled_out=True, tracing=tracing) for name in names}
    addresses = {f"{name.name}.shop": (name,) for name in names}
    window = Window(300)
    for reading in range(_READINGS):
        window.add(reading * 10.0, {"one": _counters(hops, reading + 1)})
    now = _READINGS * 10.0
    policy = PolicyFacts(own, "0.95", frozenset(names), (names[0],), measured_seconds=300)

    raw, _ = _timed(lambda: json.loads(_as_json(hops)))
    adding, _ = _timed(lambda: window.add(now, {"one": _counters(hops, _READINGS + 1)}))
    resolving, seen = _timed(lambda: traffic(window.increase(now), addresses))
    dating, fresh = _timed(lambda: answered(window.increase(now, seconds=FRESH_SECONDS)))
    facts = Facts(services, seen, window.seconds, entries=frozenset({names[0]}), fresh_calls=fresh)
    judging, land = _timed(lambda: landscape(facts))
    reporting, told = _timed(lambda: report(policy, land))
    some = {name: 15.0 + 10 * index for index, name in enumerate(names[:_READINGS])}
    many = {name: window.seconds * index / SERVICES for index, name in enumerate(names) if index % 3 == 0}
    restless, _ = _timed(lambda: _judged_lately(services, window, now, addresses, some))
    rolling, _ = _timed(lambda: _judged_lately(services, window, now, addresses, many))
    table = Table("step", "seconds", "of parsing", title=f"{SERVICES:,} services, {EDGES:,} edges, one core")
    for step, seconds in (
        ("parse the same series as JSON", raw),
        ("add a reading", adding),
        ("resolve addresses", resolving),
        ("tell new calls apart", dating),
        (f"judge ({len(land.breaks):,} breaks)", judging),
        ("report", reporting),
        ("one pass", adding + resolving + dating + judging + reporting),
        (f"one pass, {len(some)} workloads changed", adding + dating + restless + reporting),
        (f"one pass, {len(many)} workloads changed", adding + dating + rolling + reporting),
    ):
        table.add_row(step, f"{seconds:.3f}", f"{seconds / raw:.1f}")
    console = Console()
    console.print(table)
    console.print(f"the policy's status: {len(told.coverage.model_dump_json(by_alias=True)) / 1024:.1f} KiB")


def _judged_lately(
    services: Mapping[WorkloadReference, Service],
    window: Window,
    now: float,
    addresses: Addresses,
    changed: Mapping[WorkloadReference, float],
) -> Landscape:
    counted = window.increase(now)
    lengths = needed_views(window.seconds, changed.values())
    shorter = views(counted.calls, addresses, lengths, lambda back: window.lately(now, seconds=back))
    return landscape(Facts(services, traffic(counted, addresses), window.seconds, shorter, changed))


def _hops(names: list[WorkloadReference], dice: random.Random) -> list[Hop]:
    """Callers with earlier names, so that there is no ring; one hop in fifty is lost."""
    found = set()
    while len(found) < EDGES:
        caller, callee = sorted(dice.sample(range(SERVICES), 2))
        found.add((caller, callee))
    return [(names[caller], names[callee], dice.random() < 0.02) for caller, callee in sorted(found)]


def _counters(hops: list[Hop], readings: int) -> Counters:
    calls: dict[Call, int] = {}
    spans: dict[SpanGroup, int] = {}
    for caller, callee, lost in hops:
        count = readings * _CALLS
        call = Call(str(caller), callee.name, "server", "virtual_node") if lost else Call(str(caller), str(callee))
        calls[call] = count
        client, server = SpanGroup(str(caller), "Client", root=False), SpanGroup(str(callee), "Server", root=lost)
        spans[client] = spans.get(client, 0) + count
        spans[server] = spans.get(server, 0) + count
    return Counters(calls, spans)


def _as_json(hops: list[Hop]) -> str:
    counters = _counters(hops, 1)
    series = [*counters.calls.items(), *counters.spans.items()]
    return json.dumps([{**asdict(one), "value": count} for one, count in series])


def _timed(job: Callable[[], Result]) -> tuple[float, Result]:
    began = time.process_time()
    result = job()
    return time.process_time() - began, result


if __name__ == "__main__":
    main()
