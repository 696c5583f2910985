"""What a pass tells: the status of every policy with its coverage, metrics, events; and what is to be probed by it."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from tracereach.api.acceptance import PolicyReference
from tracereach.api.coverage import CoverageReports
from tracereach.api.status import PolicyStatus
from tracereach.cluster.client import ApiServer
from tracereach.cluster.concurrency import for_each
from tracereach.cluster.errors import ApiError
from tracereach.cluster.events import Event, EventRecorder, EventType
from tracereach.cluster.inbox import PolicyInbox
from tracereach.cluster.objects import write_policy_status
from tracereach.cluster.resources import Object
from tracereach.controller.address_book import AddressBook, address_book
from tracereach.controller.ages import Ages
from tracereach.controller.measurement import Measurement
from tracereach.controller.news import last_reported, news
from tracereach.controller.policy_status import Share, by_policy, failed_status, policy_status
from tracereach.controller.probing import ProbePlan, Prober, suspects
from tracereach.controller.services import Templates, services
from tracereach.controller.snapshot import Snapshot
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import event_note, event_type
from tracereach.coverage.addresses import Addresses
from tracereach.coverage.report import doubtful_workloads
from tracereach.coverage.survey import Surveyed
from tracereach.coverage.turns import OPENED
from tracereach.rollout.pace import PolicyRollout
from tracereach.rollout.verdict import Verdicts
from tracereach.web.metrics import Metrics, PolicyReport

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pass:
    """What one pass has looked at, and what it has made of it."""

    snapshot: Snapshot
    cases: Sequence[Case]
    verdicts: Verdicts
    begun: Mapping[PolicyReference, PolicyRollout]
    """How far the rollout of each policy has come."""
    now: datetime


class Reporter:
    """Tells what passes have come to."""

    def __init__(
        self,
        api: ApiServer,
        *,
        events: EventRecorder,
        inbox: PolicyInbox,
        measurement: Measurement,
        metrics: Metrics,
        prober: Prober,
    ) -> None:
        self._api = api
        self._events = events
        self._inbox = inbox
        self._measurement = measurement
        self._metrics = metrics
        self._prober = prober
        self._ages = Ages()
        self._templates = Templates()
        self.coverage = CoverageReports()
        """The newest coverage of every policy."""
        self.addresses: Addresses = {}
        """Who answers where, as of the same look."""

    def tell_of_workloads(self, cases: Iterable[Case], verdicts: Verdicts) -> None:
        """Events on the workloads whose state is news."""
        for case in cases:
            verdict = verdicts[case.reference]
            kind, note = event_type(verdict), event_note(verdict)
            self._events.record(Event(case.reference, case.subject.workload.uid, str(verdict.reason), note, kind))

    async def report(self, done: Pass) -> None:
        """Tell of every policy."""
        policies, shares = done.snapshot.policies, by_policy(done.cases, done.begun)
        self._measurement.forget_all_but(policies.bodies)
        book = address_book(done.snapshot, self._templates.stores(done.snapshot.workloads.values()))
        self.addresses = book.addresses
        surveyed = self._surveyed(done, book)
        reports = {
            reference: self._reported_or_failed(reference, shares[reference], surveyed, done)
            for reference in policies.bodies.keys() - policies.leaving
        }
        await for_each(reports, lambda reference: self._write_status(reference, reports[reference].status, done))
        self._metrics.report(reports.values())
        measured = (one.coverage for one in reports.values() if one.coverage)
        self.coverage = CoverageReports(policies=tuple(sorted(measured, key=lambda one: one.policy)))
        self._tell_of_breaks(done.snapshot)
        self._plan_probes(done, book)

    async def confess(self, error: str) -> None:
        """Tell in the status of every policy that its workloads are not looked after, until a pass comes to its end."""
        bodies, now = dict(self._inbox.bodies), datetime.now(UTC)

        async def tell(reference: PolicyReference) -> None:
            with _borne_by(reference):
                body = dict(bodies[reference])
                await self._write(reference, body, failed_status(body, error, now))

        await for_each(bodies, tell)

    def _reported_or_failed(
        self, reference: PolicyReference, share: Share, surveyed: Surveyed, done: Pass
    ) -> PolicyReport:
        """What is said of one policy; of one that nobody thought of, that the operator has failed on it."""
        try:
            return self._reported(reference, share, surveyed, done)
        except Exception as error:
            _log.exception("%s: not reported on, because of an error of the operator", reference)
            body = done.snapshot.policies.bodies[reference]
            return PolicyReport(str(reference), failed_status(body, type(error).__name__, done.now))

    def _reported(self, reference: PolicyReference, share: Share, surveyed: Surveyed, done: Pass) -> PolicyReport:
        policies, coverage = done.snapshot.policies, None
        if policy := policies.accepted.get(reference):
            ours = frozenset(case.reference for case in share.won)
            coverage = self._measurement.assess(policy, ours, surveyed, policies.bodies[reference])
        figures = coverage.coverage if coverage else None
        status = policy_status(reference, policies, share, done.verdicts, figures, done.now)
        return PolicyReport(str(reference), status, coverage)

    def _surveyed(self, done: Pass, book: AddressBook) -> Surveyed:
        """What all policies' coverage is judged from."""
        snapshot, workloads = done.snapshot, done.snapshot.workloads.values()
        self._templates.forget_all_but({workload.uid for workload in workloads})
        injected = (case.subject for case in done.cases if case.subject.recorded)
        memories = {subject.workload.uid: subject.memory for subject in injected if subject.memory}
        return Surveyed(
            services=services(workloads, done.cases, done.verdicts, self._templates, done.now),
            addresses=book.addresses,
            expected=self._templates.expected(workloads, book.addresses, snapshot.config_maps.values()),
            forwarded=self._prober.forwarded,
            ages=self._ages.look(workloads, memories, done.now),
            policies=snapshot.policies.accepted.values(),
        )

    async def _write_status(self, reference: PolicyReference, status: PolicyStatus, done: Pass) -> None:
        """Say it in the policy's status; then in events, so that what could not be reported is news next time."""
        with _borne_by(reference):
            body = dict(done.snapshot.policies.bodies[reference])
            if await self._write(reference, body, status):
                self._tell_news(reference, body, status, done.snapshot)

    async def _write(self, reference: PolicyReference, body: Object, status: PolicyStatus) -> bool:
        """Write the status of the policy that was read as `body`; whether it said something else. Raises `ApiError`."""
        written = await write_policy_status(self._api, body=body, status=status)
        if written is not None:
            self._inbox.observe(reference, written)
        return written is not None

    def _tell_news(self, reference: PolicyReference, body: Object, status: PolicyStatus, snapshot: Snapshot) -> None:
        policy, before = snapshot.policies.accepted.get(reference), last_reported(body)
        if policy is None or before is None:
            return
        for each in news(before, status, policy.spec.rollout):
            uid = body["metadata"]["uid"]
            self._events.record(Event(reference, uid, each.reason, each.message, each.type))

    def _tell_of_breaks(self, snapshot: Snapshot) -> None:
        """Events about breaks that have opened and closed, on the workloads where they are."""
        for turn in self._measurement.turns():
            if workload := snapshot.workloads.get(turn.at):
                kind: EventType = "Warning" if turn.reason == OPENED else "Normal"
                self._events.record(Event(workload.reference, workload.uid, turn.reason, turn.message, kind))

    def _plan_probes(self, done: Pass, book: AddressBook) -> None:
        """What is to be probed by the newest coverage, and what people may ask for."""
        spaces = {case.reference.namespace for case in done.cases if case.subject.goal}
        reachable = {key: one for key, one in done.snapshot.services.items() if one.namespace in spaces}
        self._prober.plan(self._probe_plans(done.snapshot, book), reachable)

    def _probe_plans(self, snapshot: Snapshot, book: AddressBook) -> Iterator[ProbePlan]:
        newest = {one.policy: one for one in self.coverage.policies}
        for reference, policy in snapshot.policies.accepted.items():
            if probe := policy.spec.coverage.probe:
                named = ((reference.namespace, name) for name in policy.spec.coverage.entrypoints)
                entries = tuple(snapshot.services[key] for key in named if key in snapshot.services)
                doubtful = doubtful_workloads(newest[str(reference)]) if str(reference) in newest else ()
                yield ProbePlan(reference, probe, entries, suspects(doubtful, book.services, reference.namespace))


@contextmanager
def _borne_by(policy: PolicyReference) -> Iterator[None]:
    """One policy that cannot be reported on must not stop the reports on all others."""
    try:
        yield
    except ApiError as error:
        _log.warning("%s: not reported yet: %s", policy, error)
    except Exception:  # it may be what a pass has failed on
        _log.exception("%s: not reported on, because of an error of the operator", policy)
