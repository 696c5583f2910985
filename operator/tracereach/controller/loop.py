"""The one loop for all policies: look, decide, act, report. It wakes when anything changed, and every few seconds."""

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tracereach.api.acceptance import PolicyReference
from tracereach.api.coverage import CoverageReport, CoverageReports
from tracereach.api.status import PolicyStatus
from tracereach.cluster.capabilities import Version
from tracereach.cluster.client import ApiServer
from tracereach.cluster.concurrency import for_each
from tracereach.cluster.errors import ApiError
from tracereach.cluster.events import Event, EventRecorder, EventType
from tracereach.cluster.inbox import PolicyInbox
from tracereach.cluster.objects import write_policy_status
from tracereach.controller.actions import Actions
from tracereach.controller.address_book import AddressBook, address_book
from tracereach.controller.containment import decided
from tracereach.controller.examination import examine
from tracereach.controller.informers import Informers
from tracereach.controller.logs import with_last_lines
from tracereach.controller.measurement import Measurement
from tracereach.controller.news import last_reported, news
from tracereach.controller.policy_status import Share, by_policy, failed_status, policy_status
from tracereach.controller.probing import ProbePlan, Prober, suspects
from tracereach.controller.rendering import Renderer
from tracereach.controller.revisions import Revisions
from tracereach.controller.services import Templates, changed, services
from tracereach.controller.settings import Settings
from tracereach.controller.snapshot import Snapshot
from tracereach.controller.subjects import Case, cases
from tracereach.controller.tracing import TRACER
from tracereach.controller.unblocking import unblock
from tracereach.controller.workload_status import event_note, event_type
from tracereach.coverage.addresses import Addresses
from tracereach.coverage.report import doubtful_workloads
from tracereach.coverage.survey import Surveyed
from tracereach.coverage.turns import OPENED
from tracereach.inject import Merge
from tracereach.rollout.budget import Limits
from tracereach.rollout.pace import PolicyRollout, decide
from tracereach.rollout.verdict import Verdicts
from tracereach.web.metrics import Metrics, PolicyReport

_log = logging.getLogger(__name__)
_GATHERING_SECONDS = 0.1
"""How long a pass waits after the first change, so that a burst of them is one pass."""
_REPORTING = timedelta(seconds=1)
"""Between two reports on all policies. People read no faster, and a slot that is free must not wait for them."""
_PERIOD_SECONDS = 5.0
"""Passes without any change, for what only time brings, such as a deadline."""


class Loop:
    """Turns what is known of the cluster into writes and reports."""

    def __init__(  # noqa: PLR0913 - the process is put together in one place, and this is its heart
        self,
        *,
        api: ApiServer,
        actions: Actions,
        events: EventRecorder,
        inbox: PolicyInbox,
        informers: Informers,
        measurement: Measurement,
        metrics: Metrics,
        namespace: str,
        prober: Prober,
        server: Version,
        revisions: Revisions,
        settings: Settings,
        wake: asyncio.Event,
    ) -> None:
        self._api = api
        self._actions = actions
        self._events = events
        self._inbox = inbox
        self._informers = informers
        self._measurement = measurement
        self._metrics = metrics
        self._namespace = namespace
        self._prober = prober
        self._server = server
        self._revisions = revisions
        self._settings = settings
        self._wake = wake
        self._templates = Templates()
        self._renderer = Renderer(Merge.STAMP if settings.webhook else Merge.SKIP)
        in_progress = settings.in_progress
        self._limits = Limits(in_progress.in_cluster, in_progress.in_namespace)
        self._due = datetime.now(UTC)
        self._reported_at = self._due - _REPORTING
        self.coverage = CoverageReports()
        """The newest coverage of every policy."""
        self.addresses: Addresses = {}
        """Who answers where, as of the same look."""

    async def run(self) -> None:
        """Pass after pass, for ever. An error costs a pass; one of our own is told in the status of every policy."""
        await self._informers.synced()
        await self._inbox.synced.wait()
        while True:
            self._wake.clear()
            await self._try_pass()
            await self._rest()

    async def _try_pass(self) -> None:
        try:
            with self._metrics.loop_seconds.time(), TRACER.start_as_current_span("pass"):
                await self._pass(reporting=self._is_report_due(datetime.now(UTC)))
        except ApiError as error:
            _log.warning("this pass ends early: %s", error)
        except Exception as error:
            _log.exception("this pass ends early, because of an error of the operator")
            await self._confess(type(error).__name__)

    async def _confess(self, error: str) -> None:
        """Tell in the status of every policy that its workloads are not looked after, until a pass comes to its end."""
        bodies, now = dict(self._inbox.bodies), datetime.now(UTC)

        async def tell(reference: PolicyReference) -> None:
            body = dict(bodies[reference])
            try:
                written = await write_policy_status(self._api, body=body, status=failed_status(body, error, now))
            except ApiError as refusal:
                _log.warning("%s: not reported yet: %s", reference, refusal)
            except Exception:  # that one is of a kind that nobody thought of may be what the pass failed on
                _log.exception("%s: not reported on, because of an error of the operator", reference)
            else:
                if written is not None:
                    self._inbox.deliver(reference, written)

        await for_each(bodies, tell)

    async def _rest(self) -> None:
        """Until something changes, or until time alone brings something about."""
        try:
            async with asyncio.timeout(max(0, (self._due - datetime.now(UTC)).total_seconds())):
                await self._wake.wait()
        except TimeoutError:
            return
        await asyncio.sleep(_GATHERING_SECONDS)

    async def _pass(self, *, reporting: bool = True) -> None:
        now = datetime.now(UTC)
        self._due = now + timedelta(seconds=_PERIOD_SECONDS)
        snapshot = self._informers.snapshot(self._inbox, self._settings, self._server)
        policies = await self._revisions.keep(snapshot.policies)
        snapshot = replace(snapshot, policies=policies, languages=self._measurement.languages)
        found = cases(snapshot, self._renderer, own_namespace=self._namespace)
        self._renderer.forget_all_but({workload.uid for workload in snapshot.workloads.values()})
        found = await examine(self._api, found, now)
        webhook, order = self._settings.webhook, self._measurement.order
        outcome = decided(
            found, lambda subjects: decide(subjects, now, webhook=webhook, limits=self._limits, order=order), now
        )
        found = list(outcome.cases)
        self._due = min(self._due, outcome.next_event or self._due)
        verdicts = await self._actions.carry_out(found, outcome.verdicts, snapshot, self._renderer)
        if self._settings.read_logs:
            verdicts = await with_last_lines(self._api, found, verdicts)
        await self._remember(found, verdicts, snapshot, now)
        await self._actions.forget(snapshot)
        self._release(found, snapshot)
        await unblock(self._api, (case.subject for case in found if not case.subject.error), now)
        await self._revisions.prune(found, snapshot)
        if reporting:
            await self._report(found, verdicts, outcome.begun, snapshot, now)
            self._reported_at = datetime.now(UTC)
        else:
            self._due = min(self._due, self._reported_at + _REPORTING)

    def _is_report_due(self, now: datetime) -> bool:
        """Whether the last one is long enough ago, or in the future of a clock that was put back."""
        return not timedelta() <= now - self._reported_at < _REPORTING

    async def _remember(self, found: Sequence[Case], verdicts: Verdicts, snapshot: Snapshot, now: datetime) -> None:
        for case in await self._actions.remember(found, verdicts, snapshot, now):
            workload = case.subject.workload
            verdict = verdicts[workload.reference]
            kind, note = event_type(verdict), event_note(verdict)
            self._events.record(Event(workload.reference, workload.uid, str(verdict.reason), note, kind))

    async def _report(
        self,
        found: Sequence[Case],
        verdicts: Verdicts,
        begun: Mapping[PolicyReference, PolicyRollout],
        snapshot: Snapshot,
        now: datetime,
    ) -> None:
        shares = by_policy(found, begun)
        self._measurement.forget_all_but(snapshot.policies.bodies)
        book = address_book(snapshot, self._templates.stores(snapshot.workloads.values()))
        self.addresses = book.addresses
        surveyed = self._surveyed(found, verdicts, snapshot, book, now)
        reports: dict[PolicyReference, PolicyReport] = {}
        measured: list[CoverageReport] = []
        for reference in snapshot.policies.bodies.keys() - snapshot.policies.leaving:
            try:
                one = self._reported(reference, shares[reference], verdicts, surveyed, snapshot, now)
            except Exception as error:  # one policy that nobody thought of must not stop the reports on all others
                _log.exception("%s: not reported on, because of an error of the operator", reference)
                body = snapshot.policies.bodies[reference]
                one = PolicyReport(str(reference), failed_status(body, type(error).__name__, now))
            reports[reference] = one
            measured += [one.coverage] if one.coverage else []
        await for_each(reports, lambda reference: self._write_status(reference, reports[reference].status, snapshot))
        self._metrics.report(reports.values())
        self.coverage = CoverageReports(policies=tuple(sorted(measured, key=lambda one: one.policy)))
        self._tell(snapshot)
        spaces = {case.reference.namespace for case in found if case.subject.goal}
        reachable = {key: service for key, service in snapshot.services.items() if service.namespace in spaces}
        self._prober.plan(self._plans(snapshot, book), reachable)

    def _reported(
        self,
        reference: PolicyReference,
        share: Share,
        verdicts: Verdicts,
        surveyed: Surveyed,
        snapshot: Snapshot,
        now: datetime,
    ) -> PolicyReport:
        """What is said of one policy."""
        coverage: CoverageReport | None = None
        if policy := snapshot.policies.accepted.get(reference):
            ours = frozenset(case.reference for case in share.won)
            coverage = self._measurement.assess(policy, ours, surveyed, snapshot.policies.bodies[reference])
        figures = coverage.coverage if coverage else None
        status = policy_status(reference, snapshot.policies, share, verdicts, figures, now)
        return PolicyReport(str(reference), status, coverage)

    def _plans(self, snapshot: Snapshot, book: AddressBook) -> Iterator[ProbePlan]:
        """What is to be probed, by the newest coverage."""
        newest = {one.policy: one for one in self.coverage.policies}
        for reference, policy in snapshot.policies.accepted.items():
            if probe := policy.spec.coverage.probe:
                named = ((reference.namespace, name) for name in policy.spec.coverage.entrypoints)
                entries = tuple(snapshot.services[key] for key in named if key in snapshot.services)
                doubtful = doubtful_workloads(newest[str(reference)]) if str(reference) in newest else ()
                yield ProbePlan(reference, probe, entries, suspects(doubtful, book.services, reference.namespace))

    def _surveyed(
        self, found: Sequence[Case], verdicts: Verdicts, snapshot: Snapshot, book: AddressBook, now: datetime
    ) -> Surveyed:
        """What all policies' coverage is judged from."""
        self._templates.forget_all_but({workload.uid for workload in snapshot.workloads.values()})
        workloads, addresses = snapshot.workloads.values(), book.addresses
        return Surveyed(
            services=services(workloads, found, verdicts, self._templates),
            addresses=addresses,
            expected=self._templates.expected(workloads, addresses, snapshot.config_maps.values()),
            forwarded=self._prober.forwarded,
            ages=tuple(changed(found, now)),
            policies=snapshot.policies.accepted.values(),
        )

    def _tell(self, snapshot: Snapshot) -> None:
        """Events about breaks that have opened and closed, on the workloads where they are."""
        for turn in self._measurement.turns():
            if workload := snapshot.workloads.get(turn.at):
                kind: EventType = "Warning" if turn.reason == OPENED else "Normal"
                self._events.record(Event(workload.reference, workload.uid, turn.reason, turn.message, kind))

    async def _write_status(self, reference: PolicyReference, status: PolicyStatus, snapshot: Snapshot) -> None:
        body = dict(snapshot.policies.bodies[reference])
        try:
            written = await write_policy_status(self._api, body=body, status=status)
        except ApiError as error:
            _log.warning("%s: not reported yet: %s", reference, error)
        else:
            if written is not None:
                self._inbox.deliver(reference, written)
                self._tell_news(reference, body, status, snapshot)

    def _tell_news(
        self, reference: PolicyReference, body: dict[str, Any], status: PolicyStatus, snapshot: Snapshot
    ) -> None:
        """Events on the policy, once its status says the same: what could not be reported is news next time."""
        policy, before = snapshot.policies.accepted.get(reference), last_reported(body)
        if policy is None or before is None:
            return
        for each in news(before, status, policy.spec.rollout):
            uid = body["metadata"]["uid"]
            self._events.record(Event(reference, uid, each.reason, each.message, each.type))

    def _release(self, found: Sequence[Case], snapshot: Snapshot) -> None:
        """Let a deleted policy go once no template is left to restore; this pass's own writes count in the next.

        A template that another policy wants just as it is has been taken over, and is not waited for.
        """
        holding = {case.recorded_policy for case in found if case.subject.recorded and not case.taken_over}
        for reference in snapshot.policies.leaving:
            if str(reference) not in holding:
                self._inbox.release(reference, uid=snapshot.policies.bodies[reference]["metadata"]["uid"])
