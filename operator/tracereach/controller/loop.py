"""The one loop for all policies: look, decide, act, report. It wakes when anything changed, and every few seconds."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tracereach.cluster.capabilities import Version
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import ApiError
from tracereach.cluster.inbox import PolicyInbox
from tracereach.controller.actions import Actions
from tracereach.controller.containment import decided
from tracereach.controller.examination import examine
from tracereach.controller.informers import Informers
from tracereach.controller.logs import with_last_lines
from tracereach.controller.measurement import Measurement
from tracereach.controller.rendering import Renderer
from tracereach.controller.reporting import Pass, Reporter
from tracereach.controller.revisions import Revisions
from tracereach.controller.settings import Settings
from tracereach.controller.snapshot import Snapshot
from tracereach.controller.subjects import Case, cases
from tracereach.controller.tracing import TRACER
from tracereach.controller.unblocking import unblock
from tracereach.inject import Merge
from tracereach.rollout.budget import Limits
from tracereach.rollout.pace import decide
from tracereach.web.metrics import Metrics

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
        inbox: PolicyInbox,
        informers: Informers,
        measurement: Measurement,
        metrics: Metrics,
        namespace: str,
        reporter: Reporter,
        server: Version,
        revisions: Revisions,
        settings: Settings,
        wake: asyncio.Event,
    ) -> None:
        self._api = api
        self._actions = actions
        self._inbox = inbox
        self._informers = informers
        self._measurement = measurement
        self._metrics = metrics
        self._namespace = namespace
        self._reporter = reporter
        self._server = server
        self._revisions = revisions
        self._settings = settings
        self._wake = wake
        self._renderer = Renderer(Merge.STAMP if settings.webhook else Merge.SKIP)
        in_progress = settings.in_progress
        self._limits = Limits(in_progress.in_cluster, in_progress.in_namespace)
        self._due = datetime.now(UTC)
        self._reported_at = self._due - _REPORTING

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
            await self._reporter.confess(type(error).__name__)

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
        self._reporter.tell_of_workloads(await self._actions.remember(found, verdicts, snapshot, now), verdicts)
        await self._actions.forget(snapshot)
        self._release(found, snapshot)
        await unblock(self._api, (case.subject for case in found if not case.subject.error), now)
        await self._revisions.prune(found, snapshot)
        if reporting:
            await self._reporter.report(Pass(snapshot, found, verdicts, outcome.begun, now))
            self._reported_at = datetime.now(UTC)
        else:
            self._due = min(self._due, self._reported_at + _REPORTING)

    def _is_report_due(self, now: datetime) -> bool:
        """Whether the last one is long enough ago, or in the future of a clock that was put back."""
        return not timedelta() <= now - self._reported_at < _REPORTING

    def _release(self, found: Sequence[Case], snapshot: Snapshot) -> None:
        """Let a deleted policy go once no template is left to restore; this pass's own writes count in the next.

        A template that another policy wants just as it is has been taken over, and is not waited for.
        """
        holding = {case.recorded_policy for case in found if case.subject.recorded and not case.taken_over}
        for reference in snapshot.policies.leaving:
            if str(reference) not in holding:
                self._inbox.release(reference, uid=snapshot.policies.bodies[reference]["metadata"]["uid"])
