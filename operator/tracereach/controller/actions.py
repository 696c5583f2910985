"""Carries out what was decided: the writes of one pass. Each write that fails is an answer, not an end."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from tracereach.api.acceptance import PolicyReference
from tracereach.api.names import WORKLOAD_ATTRIBUTE
from tracereach.api.pod import Pod
from tracereach.api.reasons import Reason, State
from tracereach.api.status import TracedWorkloadSpec, TracedWorkloadStatus, failed_revisions
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.client import ApiServer
from tracereach.cluster.concurrency import for_each
from tracereach.cluster.errors import ApiError, Conflict, NotFound, Refused
from tracereach.cluster.limiter import Limiter
from tracereach.cluster.objects import delete_traced_workload, write_traced_workload
from tracereach.cluster.pods import evict
from tracereach.cluster.projections import TracedWorkloadRecord
from tracereach.cluster.template_writes import write_template
from tracereach.controller.goals import surroundings
from tracereach.controller.informers import Informers
from tracereach.controller.rendering import Renderer
from tracereach.controller.snapshot import Snapshot
from tracereach.controller.subjects import Case
from tracereach.controller.tracing import TRACER
from tracereach.controller.workload_status import workload_status
from tracereach.inject import PodTemplate, remove
from tracereach.rollout.announcement import unannounced
from tracereach.rollout.verdict import Action, Verdict, Verdicts
from tracereach.web.metrics import Metrics

_log = logging.getLogger(__name__)


class Actions:
    """The writes to workloads, and to our own objects about them."""

    def __init__(self, api: ApiServer, limiter: Limiter, informers: Informers, metrics: Metrics) -> None:
        self._api = api
        self._limiter = limiter
        self._informers = informers
        self._metrics = metrics

    async def carry_out(
        self, cases: Sequence[Case], verdicts: Verdicts, snapshot: Snapshot, renderer: Renderer
    ) -> dict[WorkloadReference, Verdict]:
        """Write the templates that are to change, and evict the pods that are to go; the verdicts as they then are."""
        final = dict(verdicts) | _held_back(cases, verdicts, snapshot.policies.unkept)
        # With the announcement what is remembered would be the new policy's, and so would be the old one's propagators.
        final |= unannounced((case.subject for case in cases if not case.changes_hands), final)
        acting = [case for case in cases if final[case.reference].action is not Action.NONE]

        async def act(case: Case) -> tuple[WorkloadReference, Verdict]:
            reference = case.reference
            attributes = {WORKLOAD_ATTRIBUTE: str(reference), "tracereach.action": final[reference].action.value}
            with TRACER.start_as_current_span("write", attributes=attributes):
                return reference, await self._act(case, final[reference], snapshot, renderer)

        return final | dict(await for_each(acting, act))

    async def remember(
        self, cases: Sequence[Case], verdicts: Verdicts, snapshot: Snapshot, now: datetime
    ) -> list[Case]:
        """Bring the TracedWorkloads up to date; the cases whose state is news."""

        async def write(case: Case) -> Case | None:
            reference = case.reference
            try:
                status = workload_status(case, verdicts[reference], now)
                return case if await self._remember(case, status, snapshot) else None
            except ApiError as error:
                _log.warning("%s: not reported yet: %s", reference, error)
            except Exception:  # one workload that nobody thought of must not stop the reports on all others
                _log.exception("%s: not reported, because of an error of the operator", reference)
            return None

        return [case for case in await for_each(cases, write) if case]

    async def forget(self, snapshot: Snapshot) -> None:
        """Delete the TracedWorkloads of workloads that are gone, but for what is latched while its policy lives."""
        policies = {str(reference) for reference in snapshot.policies.bodies.keys() - snapshot.policies.leaving}

        def is_needed(record: TracedWorkloadRecord) -> bool:
            latched = record.status is not None and bool(failed_revisions(record.status))
            return record.workload in snapshot.workloads or (latched and record.spec.policy in policies)

        async def delete(reference: WorkloadReference) -> None:
            try:
                await delete_traced_workload(self._api, reference)
            except ApiError as error:
                _log.warning("%s: not forgotten yet: %s", reference, error)

        await for_each([one for one, record in snapshot.memories.items() if not is_needed(record)], delete)

    async def _act(self, case: Case, verdict: Verdict, snapshot: Snapshot, renderer: Renderer) -> Verdict:
        workload = case.subject.workload
        try:
            if verdict.eviction:
                return await self._evict(verdict, verdict.eviction.pod)
            after = _template_after(case, verdict, snapshot, renderer)
            written = await write_template(self._api, self._limiter, before=workload, after=after)
        except ApiError as error:
            self._metrics.patches.labels(type(error).__name__).inc()
            return _failed(error, verdict)
        except Exception as error:  # one template that nobody thought of must not stop the work on all others
            _log.exception("%s: left alone, because of an error of the operator", workload.reference)
            return Verdict(Action.NONE, State.FAILED, Reason.OPERATOR_ERROR, type(error).__name__)
        if written is not None:
            self._metrics.patches.labels("Written").inc()
            self._informers.workloads[workload.reference.kind].observe(written)
            _log.info("%s: %s", workload.reference, "injected" if verdict.action is Action.INJECT else "restored")
        return verdict

    async def _evict(self, verdict: Verdict, pod: Pod) -> Verdict:
        await self._limiter.wait()
        try:
            await evict(self._api, pod)
        except (Conflict, NotFound):
            _log.info("%s: pod %s is gone already", pod.workload, pod.name)
        except ApiError as error:
            # Often a PodDisruptionBudget, which answers "too many requests".
            return replace(verdict, state=State.WAITING, message=f"Pod {pod.name} stays: {error.message}")
        else:
            _log.info("%s: evicted pod %s, which runs without its merge", pod.workload, pod.name)
        return verdict

    async def _remember(self, case: Case, status: TracedWorkloadStatus | None, snapshot: Snapshot) -> bool:
        workload = case.subject.workload
        before = snapshot.memories.get(workload.reference)
        if status is None:
            if before is not None:
                await delete_traced_workload(self._api, workload.reference)
            return False
        goal = case.subject.goal
        policy = str(goal.policy) if goal else case.recorded_policy or (before.spec.policy if before else "")
        spec = TracedWorkloadSpec(
            kind=workload.reference.kind, name=workload.reference.name, uid=workload.uid, policy=policy
        )
        written = await write_traced_workload(
            self._api, workload=workload.reference, spec=spec, status=status, before=before
        )
        if written is not None:
            self._informers.traced_workloads.observe(written)
        known = before.status if before else None
        return known is None or (known.state, known.reason) != (status.state, status.reason)


def _held_back(
    cases: Iterable[Case], verdicts: Verdicts, unkept: Mapping[PolicyReference, str]
) -> dict[WorkloadReference, Verdict]:
    """Who waits because the revision it would be injected with is not kept."""
    held_back = {}
    for case in cases:
        reference, goal = case.reference, case.subject.goal
        if goal and goal.policy in unkept and verdicts[reference].action is Action.INJECT:
            message = f"the policy's revision could not be kept: {unkept[goal.policy]}"
            held_back[reference] = Verdict(Action.NONE, State.WAITING, Reason.IN_QUEUE, message)
    return held_back


def _failed(error: ApiError, verdict: Verdict) -> Verdict:
    """What a failed write of a template means for its workload.

    A restore stays announced, for it may have been done all the same: a clean template is then known to be our work.
    """
    announced = verdict.action is Action.RESTORE and verdict.state in {State.RESTORING, State.ROLLING_BACK}
    match error:
        case Refused():
            return replace(verdict, state=State.FAILED, reason=Reason.WRITE_REFUSED, message=str(error))
        case _ if announced:
            return replace(verdict, action=Action.NONE)
        case Conflict() | NotFound():
            # Somebody else was faster. What they wrote is about to arrive, and the next pass decides on it.
            return Verdict(Action.NONE, State.WAITING, Reason.IN_QUEUE, "it changed meanwhile")
        case _:
            return Verdict(Action.NONE, State.WAITING, Reason.IN_QUEUE, f"the API server is away: {error}")


def _template_after(case: Case, verdict: Verdict, snapshot: Snapshot, renderer: Renderer) -> PodTemplate:
    workload, goal = case.subject.workload, case.subject.goal
    if verdict.action is Action.RESTORE or goal is None:
        return remove(workload.pod_template)
    policy = snapshot.policies.accepted[goal.policy]
    revision = snapshot.policies.revisions[goal.policy]
    return renderer.render(workload, policy, revision, surroundings(workload, snapshot)).template
