"""The last lines that a failed container has written, where the installation allows to read logs.

They are read once, when the failure is found: its pods go with the rollback.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from tracereach.api.workload import WorkloadReference
from tracereach.cluster.client import ApiServer
from tracereach.cluster.concurrency import for_each
from tracereach.cluster.errors import ApiError
from tracereach.cluster.pods import last_lines
from tracereach.controller.subjects import Case
from tracereach.rollout.verdict import Verdict, Verdicts

_log = logging.getLogger(__name__)
_PATIENCE_SECONDS = 5.0
"""How long a node may take to answer; a rollback does not wait for longer."""


async def with_last_lines(
    api: ApiServer, cases: Sequence[Case], verdicts: Verdicts
) -> dict[WorkloadReference, Verdict]:
    """The verdicts, and in those that have just found a container which ended what it wrote last."""
    new = [case for case in cases if _is_new(case, verdicts[case.reference])]
    read = await for_each(new, lambda case: _read(api, case, verdicts[case.reference]))
    return dict(verdicts) | {case.reference: found for case, found in zip(new, read, strict=True)}


def _is_new(case: Case, verdict: Verdict) -> bool:
    """Whether a container ended by an error that is not remembered yet."""
    known = case.subject.memory.failure if case.subject.memory else None
    return verdict.failure is not None and verdict.failure.exit_code is not None and known is None


async def _read(api: ApiServer, case: Case, verdict: Verdict) -> Verdict:
    failure, namespace = verdict.failure, case.reference.namespace
    if failure is None:
        return verdict
    where = {"namespace": namespace, "pod": failure.pod, "container": failure.container}
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            lines = await last_lines(api, **where, previous=not failure.is_down)
    except (ApiError, TimeoutError) as error:
        _log.warning("%s/%s: the log of %s is not to be had: %s", namespace, failure.pod, failure.container, error)
        return verdict
    return replace(verdict, failure=replace(failure, log=lines))
