"""Coverage between two readings: what is news, and what is only a later time."""

import asyncio
from dataclasses import replace

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.unit.controller.shop import SHOP, policies, policy_body
from tracereach.api.causes import Blindness, Silence
from tracereach.api.coverage import CoverageReport
from tracereach.api.status import CoverageStatus
from tracereach.api.workload import WorkloadReference
from tracereach.controller import measurement as measuring
from tracereach.controller.measurement import Measurement, history_in
from tracereach.controller.settings import Gateway, Prometheus
from tracereach.coverage.counters import Call, CollectorCount, Counters, SpanGroup
from tracereach.coverage.scene import Hop
from tracereach.coverage.services import Service
from tracereach.coverage.survey import Surveyed
from tracereach.signals.reading import Reading, Unreachable

POLICY = policies(policy_body()).accepted[SHOP]
QUIET = Reading({"http://gateway:8889": Counters()})
ITSELF = Gateway(metrics=())


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Watched(Measurement):
    """Takes its readings, and their times, from the test."""

    def __init__(self, gateway: Gateway = ITSELF) -> None:
        self.clock = Clock()
        super().__init__(gateway, changed=lambda: None, clock=self.clock)

    def read(self, at: float, reading: Reading = QUIET) -> CoverageStatus:
        self.clock.now = at
        self.take(reading)
        self._read_at = f"second {at:.0f}"
        return self.coverage()

    def coverage(self) -> CoverageStatus:
        return self.assess(POLICY, frozenset(), Surveyed({}, {}), {}).coverage


class Answering:
    """A gateway and a Prometheus at once, each at a path of its own."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.Response(text="{}")


@pytest.mark.parametrize("source", ["metrics", "prometheus"])
async def test_one_source_is_read_and_the_other_is_not(source: str) -> None:
    app, answering, taken = web.Application(), Answering(), asyncio.Event()
    app.router.add_get("/{path:.*}", answering.answer)
    async with TestServer(app, host="127.0.0.1") as server:
        sources = {
            "metrics": Gateway(metrics=(str(server.make_url("/metrics")),)),
            "prometheus": Gateway(prometheus=Prometheus(url=str(server.make_url("/")))),
        }
        measurement = Measurement(sources[source], changed=taken.set)
        running = asyncio.create_task(measurement.run())
        await asyncio.wait_for(taken.wait(), 10)
        running.cancel()
        await asyncio.wait([running])
    assert answering.asked == [{"metrics": "/metrics", "prometheus": "/api/v1/query"}[source]]


async def test_counters_that_nobody_thought_of_are_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async def read(*_: object) -> Reading:
        raise KeyError("le")

    monkeypatch.setattr(measuring, "read", read)
    taken = asyncio.Event()
    measurement = Measurement(ITSELF, changed=taken.set)
    running = asyncio.create_task(measurement.run())
    await asyncio.wait_for(taken.wait(), 10)
    assert not running.done()
    running.cancel()
    found = measurement.assess(POLICY, frozenset(), Surveyed({}, {}), {}).coverage
    assert found.reason is Blindness.GATEWAY_UNREACHABLE


def test_while_nothing_happens_only_a_minute_is_news() -> None:
    measurement = Watched()
    measurement.read(0)
    first = measurement.read(10)
    assert (first.last_measured, first.message) == (
        "second 10",
        "No spans within spec.coverage.windowSeconds: there were no requests, or no spans arrived.",
    )
    assert [measurement.read(at) for at in range(20, 70, 10)] == [first] * 5
    assert measurement.read(70).last_measured == "second 70"
    assert measurement.read(80).last_measured == "second 70"


def test_anything_else_is_news_at_once() -> None:
    measurement = Watched()
    for at in (0, 10):
        measurement.read(at)
    away = measurement.read(20, Reading({}))
    assert away.last_measured == "second 20"
    assert "does not answer" in away.message


@pytest.mark.parametrize(
    ("gateway", "reason", "message"),
    [
        (
            Gateway(metrics=("http://gateway:8889/metrics",)),
            Blindness.GATEWAY_UNREACHABLE,
            "The coverage gateway does not answer, so nothing is known about spans",
        ),
        (
            Gateway(prometheus=Prometheus(url="http://prometheus:9090")),
            Blindness.PROMETHEUS_UNREACHABLE,
            "The Prometheus in place of the coverage gateway gives no counters of it, so nothing is known about spans",
        ),
    ],
)
def test_whoever_gives_no_counters_is_told_as_what_it_is(
    gateway: Gateway, reason: Blindness, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    away = Watched(gateway).read(0, Reading({}, (Unreachable("http://it", "no answer"),)))
    assert (away.reason, away.message) == (reason, f"{message}. See the operator's log.")
    assert caplog.messages == [f"{'Prometheus' if gateway.prometheus else 'coverage gateway'}: http://it: no answer"]


def test_what_is_kept_of_a_policy_goes_with_it() -> None:
    measurement = Watched()
    for at in (0, 10):
        measurement.read(at)
    measurement.forget_all_but(())
    assert measurement.coverage().message == "Waiting for the second reading of the coverage gateway's counters."


def spans(**counts: int) -> Reading:
    groups = {SpanGroup("shop/Deployment/orders", "Server", root=True, language=name): n for name, n in counts.items()}
    return Reading({"http://gateway:8889": Counters(spans=groups)})


def test_only_languages_of_spans_between_two_readings_count() -> None:
    measurement = Watched()
    measurement.read(0, spans(java=5))
    assert measurement.languages == {}
    measurement.read(10, spans(java=5, python=1, klingon=9))
    assert measurement.languages == {"shop/Deployment/orders": {"python"}}
    measurement.read(20, spans(java=6, python=1, klingon=9))
    assert measurement.languages == {"shop/Deployment/orders": {"java"}}
    measurement.read(30, spans(java=6, python=1))
    assert measurement.languages == {}


def calls(count: int) -> Reading:
    """Checkout calls orders, which calls payments."""
    checkout, orders, payments = (f"shop/Deployment/{name}" for name in ("checkout", "orders", "payments"))
    return Reading(
        {"http://gateway:8889": Counters(calls={Call(checkout, orders): count, Call(orders, payments): count})}
    )


def test_the_calls_that_were_seen_give_the_order_and_entry_points_come_last() -> None:
    measurement = Watched()
    assert measurement.order == {}
    measurement.read(0, calls(0))
    measurement.read(10, calls(1))
    assert {one.name: rank for one, rank in measurement.order.items()} == {"payments": 0, "orders": 1, "checkout": 2}

    entered = policies(policy_body(coverage={"entrypoints": ["orders"]})).accepted[SHOP]
    addresses = {"orders.shop": (WorkloadReference("shop", "Deployment", "orders"),)}
    measurement.assess(entered, frozenset(), Surveyed({}, addresses, policies=(entered,)), {})
    ranked = sorted(measurement.order, key=lambda one: measurement.order[one])
    assert [one.name for one in ranked] == ["payments", "checkout", "orders"]


def test_calls_that_templates_tell_of_count_before_any_was_seen() -> None:
    measurement = Watched()
    a, b = (WorkloadReference("shop", "Deployment", name) for name in "ab")
    measurement.assess(POLICY, frozenset(), Surveyed({}, {}, frozenset({(a, b)})), {})
    assert measurement.order == {a: 1, b: 0}


def test_no_break_closes_because_the_gateway_was_away() -> None:
    """When it is back, the hop has too few calls to be judged, and others have enough."""
    measurement = Watched()
    addresses = {"payments.shop": (WorkloadReference("shop", "Deployment", "payments"),)}
    surveyed = Surveyed({}, addresses, policies=(POLICY,))
    orders, checkout = (WorkloadReference("shop", "Deployment", name) for name in ("orders", "checkout"))

    def look(at: float, *, lost: int, whole: int) -> list[str]:
        unanswered = Call(str(orders), "payments", "server", "virtual_node")
        counted = {unanswered: lost, Call(str(checkout), str(orders)): whole}
        group = SpanGroup(str(orders), "Server", root=False)
        measurement.read(at, Reading({"one": Counters(counted, {group: whole})} if whole else {}))
        measurement.assess(POLICY, frozenset({orders, checkout}), surveyed, {})
        return [turn.reason for turn in measurement.turns()]

    assert look(0, lost=1, whole=1) == []
    assert look(10, lost=51, whole=101) == ["TraceBreakOpened"]
    for at in range(20, 1000, 10):
        assert look(at, lost=0, whole=0) == []
    assert look(1000, lost=60, whole=200) == []
    assert look(1010, lost=70, whole=300) == []


ORDERS, IDLE = (WorkloadReference("shop", "Deployment", name) for name in ("orders", "idle"))


def reports(at: float) -> Reading:
    """Everybody's collectors live, and orders has requests."""
    uptime = {CollectorCount(str(one), "one", "Uptime"): int(at) + 1 for one in (ORDERS, IDLE)}
    group = SpanGroup(str(ORDERS), "Server", root=True)
    return Reading({"one": Counters(spans={group: int(at)}, collectors=uptime)})


def assessed(measurement: Watched, *, window: int, expected: frozenset[Hop] = frozenset()) -> CoverageReport:
    policy = policies(policy_body(coverage={"windowSeconds": window})).accepted[SHOP]
    services = {one: Service(one, injected=True, rolled_out=True) for one in (ORDERS, IDLE)}
    return measurement.assess(policy, frozenset(services), Surveyed(services, {}, expected), {})


def silence_of_idle(measurement: Watched, at: float, *, window: int, reported: float | None = None) -> Silence | None:
    measurement.read(at, reports(at if reported is None else reported))
    found = assessed(measurement, window=window)
    return {one.workload: one.unknown for one in found.services}[str(IDLE)]


@pytest.mark.parametrize("window", [30, 300, 3600, 86400])
def test_collectors_that_report_are_alive_over_whatever_window_calls_are_counted(window: int) -> None:
    measurement = Watched()
    said = [silence_of_idle(measurement, at, window=window) for at in range(0, 600, 10)]
    assert Silence.COLLECTORS_DOWN not in said


@pytest.mark.parametrize("window", [30, 300, 3600, 86400])
def test_collectors_that_report_no_more_are_dead_over_whatever_window(window: int) -> None:
    measurement = Watched()
    for at in range(0, 400, 10):
        silence_of_idle(measurement, at, window=window)
    dead = CollectorCount(str(IDLE), "one", "Uptime")
    for at in range(400, 450, 10):
        counters = reports(at).replicas["one"]
        measurement.read(at, Reading({"one": replace(counters, collectors={**counters.collectors, dead: 391})}))
    found = assessed(measurement, window=window)
    assert {one.workload: one.unknown for one in found.services}[str(IDLE)] is Silence.COLLECTORS_DOWN


def test_collectors_are_not_dead_because_the_gateway_was_away() -> None:
    measurement = Watched()
    for at in range(0, 300, 10):
        silence_of_idle(measurement, at, window=300)
    for at in range(300, 340, 10):
        measurement.read(at, Reading({}))
    for at in range(340, 400, 10):
        assert silence_of_idle(measurement, at, window=300) is Silence.NO_TRAFFIC


@pytest.mark.parametrize("window", [60, 300, 3600])
@pytest.mark.parametrize(("kept", "becomes"), [(1.0, "Healthy"), (0.8, "Partial"), (0.5, "Partial"), (0.0, "Broken")])
def test_a_hop_is_not_healthy_before_lost_calls_could_show(window: int, kept: float, becomes: str) -> None:
    """Requests begin at 100 s, ten in each second. What is carried is counted at once, what is lost 22 s later."""
    measurement = Watched()
    policy = policies(policy_body(coverage={"windowSeconds": window})).accepted[SHOP]
    surveyed = Surveyed({}, {"idle.shop": (IDLE,)}, policies=(policy,))
    lost = Call(str(ORDERS), "idle", "server", "virtual_node")
    group = SpanGroup(str(ORDERS), "Server", root=True)
    states = []
    for number in range(30):
        at = number * 10.1
        begun, settled = (10 * max(0, int(at - since)) for since in (100, 122))
        counted = {Call(str(ORDERS), str(IDLE)): int(begun * kept), lost: int(settled * (1 - kept))}
        measurement.read(at, Reading({"one": Counters(counted, {group: begun})}))
        found = measurement.assess(policy, frozenset({ORDERS, IDLE}), surveyed, {})
        states += [edge.state for edge in found.edges]
    judged = [state for state in states if state != "Unknown"]
    assert set(judged) == {becomes}
    assert len(judged) > 10


def test_a_window_that_no_policy_asks_for_any_more_is_forgotten() -> None:
    measurement = Watched()
    measurement.read(0, calls(0))
    measurement.read(10, calls(1))
    longer = policies(policy_body(coverage={"windowSeconds": 600})).accepted[SHOP]
    measurement.assess(longer, frozenset(), Surveyed({}, {}), {})
    measurement.forget_all_but((SHOP,))
    assert measurement.order == {}
    assert list(measurement._windows) == [600]


def test_collectors_are_judged_as_of_the_newest_reading() -> None:
    """A Prometheus scrapes every 30 s; between two readings something else changes in the cluster."""
    measurement = Watched()
    said = []
    for number in range(40):
        at = number * 10.1
        silence_of_idle(measurement, at, window=300, reported=at // 30 * 30)
        measurement.clock.now = at + 9.9
        found = assessed(measurement, window=300, expected=frozenset({(ORDERS, IDLE)}))
        said.append({one.workload: one.unknown for one in found.services}[str(IDLE)])
    assert Silence.COLLECTORS_DOWN not in said


def test_a_status_that_counts_more_breaks_than_it_names_is_known_for_that() -> None:
    named = {
        "caller": str(ORDERS), "callee": str(IDLE), "at": str(IDLE), "cause": "SamplerDrops", "confidence": "High",
        "message": "", "remedy": "",
    }  # fmt: skip
    whole = history_in({"status": {"coverage": {"breaks": 1, "worst": [named]}}})
    assert (len(whole.known), whole.unnamed) == (1, False)
    assert history_in({"status": {"coverage": {"breaks": 2, "worst": [named]}}}).unnamed
    assert not history_in({"status": {"coverage": {"breaks": None}}}).unnamed
