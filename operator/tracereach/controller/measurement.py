"""Measures coverage: reads the gateway's counters from time to time, and judges them for each policy."""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
from pydantic import ValidationError

from tracereach.api.acceptance import Policy, PolicyReference
from tracereach.api.causes import Blindness
from tracereach.api.coverage import CoverageReport
from tracereach.api.status import BreakStatus, CoverageStatus
from tracereach.api.times import rfc3339
from tracereach.api.workload import WorkloadReference
from tracereach.controller.settings import Gateway
from tracereach.coverage.collectors import (
    DEAD_SECONDS,
    LATE_SECONDS,
    RECENT_SECONDS,
    Collectors,
    collectors,
    turned_away,
)
from tracereach.coverage.edges import answered, traffic
from tracereach.coverage.landscape import FRESH_SECONDS, Facts, Landscape, landscape, needed_views
from tracereach.coverage.policy_facts import BreakKey
from tracereach.coverage.report import key_of, report
from tracereach.coverage.scene import Hop
from tracereach.coverage.spans import span_counts
from tracereach.coverage.survey import Surveyed, policy_facts
from tracereach.coverage.turns import History, Turn
from tracereach.coverage.view import views
from tracereach.rollout.order import Order, ranks
from tracereach.signals.gateway import read
from tracereach.signals.prometheus_server import PrometheusServer, query
from tracereach.signals.reading import Reading, Unreachable
from tracereach.signals.window import Window

_log = logging.getLogger(__name__)
_LANGUAGES = frozenset({"cpp", "dotnet", "erlang", "go", "java", "nodejs", "php", "python", "ruby", "rust", "swift"})
"""The values of `telemetry.sdk.language` for services, by the semantic conventions."""
_MOST_OF_IT = 0.6
"""Of the time over which collectors are judged: readings come at intervals, and some may be missed."""
_WATCHING = frozenset({None, Blindness.NO_SPANS})
"""Why no break may be seen, although everything was looked at."""
_NEWEST_SECONDS = 2 * RECENT_SECONDS
"""Of a window of its own, for what is judged within seconds: those that policies ask for may be in coarser parts."""
_SILENCE = 60.0
"""Seconds in which the time of a measurement that found nothing new is no news: each one costs a write."""


class Measurement:
    """The readings of the gateway, in one window for each length that a policy asks for."""

    def __init__(
        self, gateway: Gateway, *, changed: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._gateway = gateway
        self._changed = changed
        self._clock = clock
        self._windows: dict[float, Window] = {}
        self._lengths: dict[PolicyReference, float] = {}  # of the window of each policy
        self._newest = Window(_NEWEST_SECONDS)
        self._landscapes: dict[float, tuple[object, Landscape, str]] = {}
        self._histories: dict[PolicyReference, History] = {}
        self._turns: list[Turn] = []
        self._reported: dict[PolicyReference, tuple[float, CoverageStatus]] = {}
        self._expected: frozenset[Hop] = frozenset()
        self._entries: frozenset[WorkloadReference] = frozenset()
        self._graph: tuple[frozenset[Hop], frozenset[WorkloadReference]] = self._expected, self._entries
        self._order: Order = {}
        self._reading: Reading | None = None
        self._read_at: str | None = None
        self._taken_at = 0.0  # by the clock, as `_read_at` is for people
        self.languages: Mapping[str, frozenset[str]] = {}
        """The languages that spans have named between the last two readings, by the identity of their workload."""

    async def run(self) -> None:
        """Read the gateway's counters, for ever.

        Prometheus may not have scraped it between two readings: then they are equal, and nothing has increased.
        """
        prometheus = self._gateway.prometheus
        server = PrometheusServer(prometheus.url, prometheus.labels, prometheus.token_file) if prometheus else None
        async with aiohttp.ClientSession() as session:
            while True:
                self.take(await self._look(session, server))
                await asyncio.sleep(self._gateway.interval_seconds)

    async def _look(self, session: aiohttp.ClientSession, server: PrometheusServer | None) -> Reading:
        try:
            return await (query(session, server) if server else read(session, self._gateway.metrics or ()))
        except Exception as error:  # counters that nobody thought of must not end the process
            _log.exception("the counters cannot be read, because of an error of the operator")
            return Reading({}, (Unreachable("an error of the operator", type(error).__name__),))

    def assess(
        self, policy: Policy, ours: frozenset[WorkloadReference], surveyed: Surveyed, body: Mapping[str, Any]
    ) -> CoverageReport:
        """The coverage of `policy`, which has the workloads `ours`; `body` is the policy as it was last read."""
        self._expected, self._entries = surveyed.expected, surveyed.all_entries
        window, now = self._window(policy), self._clock()
        land, degraded = self._judged(window, surveyed, now)
        facts = replace(
            policy_facts(policy, ours, surveyed),
            degraded=degraded,
            unread=self._unread,
            measured_seconds=window.measured_seconds(now),
            window_seconds=window.seconds,
            measured_at=self._read_at,
            reported=self._histories.setdefault(policy.reference, history_in(body)).known,
        )
        found_now = report(facts, land)
        history = self._histories[policy.reference]
        if found_now.coverage.breaks is not None:
            self._turns += history.take(found_now.breaks, now, window.seconds, elsewhere=found_now.elsewhere)
        elif found_now.coverage.reason not in _WATCHING:
            history.look_away(now)
        return found_now.model_copy(update={"coverage": self._steadied(policy.reference, found_now.coverage, now)})

    @property
    def _unread(self) -> Blindness | None:
        """Why there are no counters, as far as that is the doing of whoever is asked for them."""
        if self._reading is None or self._reading.reachable:
            return None
        return Blindness.PROMETHEUS_UNREACHABLE if self._gateway.prometheus else Blindness.GATEWAY_UNREACHABLE

    def turns(self) -> tuple[Turn, ...]:
        """The breaks that have opened and closed since this was last asked."""
        turns, self._turns = tuple(self._turns), []
        return turns

    def _judged(self, window: Window, surveyed: Surveyed, now: float) -> tuple[Landscape, str]:
        """The cluster as one window shows it, and why that cannot be trusted if it cannot.

        Made anew with each reading, and where anything else has changed.
        """
        seconds = window.seconds
        recent = {reference: age for reference, age in surveyed.ages.items() if age < seconds}
        inputs = (
            self._read_at,
            surveyed.services,
            surveyed.addresses,
            recent.keys(),
            surveyed.expected,
            surveyed.all_declared,
            surveyed.all_entries,
            surveyed.forwarded,
        )
        known = self._landscapes.get(seconds)
        if known is None or known[0] != inputs:
            counted, lengths = window.increase(now), needed_views(seconds, recent.values())
            lately = self._newest.increase(
                now, seconds=min(FRESH_SECONDS, seconds / 2) + self._gateway.interval_seconds
            )
            facts = Facts(
                surveyed.services,
                traffic(counted, surveyed.addresses),
                seconds,
                views(counted.calls, surveyed.addresses, lengths, lambda back: window.lately(now, seconds=back)),
                recent,
                surveyed.all_expected,
                surveyed.all_declared.boundaries,
                surveyed.all_declared.proxies,
                surveyed.all_entries,
                surveyed.forwarded,
                span_counts(lately),
                answered(lately),
                self._collectors(),
            )
            known = self._landscapes[seconds] = inputs, landscape(facts), turned_away(counted)
        return known[1:]

    def _collectors(self) -> Mapping[WorkloadReference, Collectors]:
        """What sidecars say of themselves, once they have been watched for long enough to miss one that is silent.

        That is judged as of the newest reading, for until the next one nobody can have reported. Nor is a gap between
        two readings a silence of theirs: whether one is dead is told by readings after it alone.
        """
        now = self._taken_at
        watched = self._newest.watched_seconds(now, seconds=RECENT_SECONDS)
        lately = self._newest.watched_seconds(now, seconds=DEAD_SECONDS)
        if self._reading is None or watched < RECENT_SECONDS * _MOST_OF_IT or lately < LATE_SECONDS:
            return {}
        known = (series for counters in self._reading.replicas.values() for series in counters.collectors)
        return collectors(known, lambda seconds: self._newest.increase(now, seconds=seconds))

    def take(self, reading: Reading) -> None:
        """Add a reading of the gateway to every window."""
        if self._reading is None or reading.unreachable != self._reading.unreachable:
            asked = "Prometheus" if self._gateway.prometheus else "coverage gateway"
            for problem in reading.unreachable:
                _log.warning("%s: %s", asked, problem)
        self.languages = _languages(self._reading, reading) if self._reading else {}
        self._reading, self._taken_at = reading, self._clock()
        self._read_at = rfc3339(datetime.now(UTC))
        for window in (self._newest, *self._windows.values()):
            window.add(self._taken_at, reading.replicas)
        self._changed()

    @property
    def order(self) -> Order:
        """Who goes before whom, by the calls that were seen, and by those that templates tell of."""
        calls = (edge.hop for _, land, _ in self._landscapes.values() for edge in land.edges)
        graph = frozenset((*calls, *self._expected)), self._entries
        if graph != self._graph:
            self._graph, self._order = graph, ranks(*graph)
        return self._order

    def forget_all_but(self, policies: Collection[PolicyReference]) -> None:
        """Drop what is kept of policies that are gone, and the windows that none asks for any more."""
        for kept in (self._histories, self._reported, self._lengths):
            for reference in kept.keys() - set(policies):
                del kept[reference]
        for known in (self._windows, self._landscapes):
            for seconds in known.keys() - set(self._lengths.values()):
                del known[seconds]

    def _steadied(self, reference: PolicyReference, found: CoverageStatus, now: float) -> CoverageStatus:
        """What was found, or what was reported a moment ago where only the time of the reading is new."""
        reported_at, reported = self._reported.get(reference, (now, found))
        same = found.model_copy(update={"last_measured": reported.last_measured}) == reported
        if not same or now - reported_at >= _SILENCE:
            reported_at, reported = now, found
        self._reported[reference] = reported_at, reported
        return reported

    def _window(self, policy: Policy) -> Window:
        """The window of the policy's length, begun with the newest reading where nobody has asked for it yet."""
        seconds = self._lengths[policy.reference] = policy.spec.coverage.window_seconds
        window = self._windows.get(seconds)
        if window is None:
            window = self._windows[seconds] = Window(seconds)
            if self._reading:
                window.add(self._clock(), self._reading.replicas)
        return window


def history_in(body: Mapping[str, Any]) -> History:
    """The breaks in the status of a policy, so that they keep their beginning over a restart: it names the worst."""
    coverage = (body.get("status") or {}).get("coverage") or {}
    known = _named_in(coverage)
    return History(known, unnamed=(coverage.get("breaks") or 0) > len(known))


def _named_in(coverage: Mapping[str, Any]) -> dict[BreakKey, BreakStatus]:
    try:
        return {key_of(status): status for status in map(BreakStatus.model_validate, coverage.get("worst") or ())}
    except ValidationError:  # of another version: they begin anew
        return {}


def _languages(before: Reading, after: Reading) -> dict[str, frozenset[str]]:
    """What the spans counted in between have named; a name that no SDK has is somebody else's invention."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for replica in before.replicas.keys() & after.replicas.keys():
        for group in after.replicas[replica].since(before.replicas[replica]).spans:
            if group.language in _LANGUAGES:
                found[group.workload].add(group.language)
    return {workload: frozenset(languages) for workload, languages in found.items()}
