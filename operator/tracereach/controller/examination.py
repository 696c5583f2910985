"""A closer look at the pods of workloads that are on trial, where not all are ready, and once before they have passed;
and of those that are down while a newer revision is to be written.

A container that has ended and runs again at once may never be missed by its workload's status.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tracereach.cluster.client import ApiServer
from tracereach.cluster.concurrency import for_each
from tracereach.cluster.errors import ApiError
from tracereach.cluster.pods import pods_of
from tracereach.controller.subjects import Case
from tracereach.rollout.subject import Subject

_log = logging.getLogger(__name__)
_PATIENCE = timedelta(seconds=5)
"""Nothing is wrong with pods that have only just been made."""


async def examine(api: ApiServer, cases: Sequence[Case], now: datetime) -> list[Case]:
    """The cases, with their pods where these have to be looked at. Pods that cannot be read say nothing."""

    async def look(case: Case) -> Case:
        try:
            return await _examined(api, case) if _needs_look(case, now) else case
        except ApiError as error:
            _log.warning("%s: its pods cannot be looked at: %s", case.reference, error)
        except Exception:  # one workload that nobody thought of must not stop the work on all others
            _log.exception("%s: its pods are not looked at, because of an error", case.reference)
        return case

    return await for_each(cases, look)


def _needs_look(case: Case, now: datetime) -> bool:
    subject = case.subject
    if not subject.on_trial(now):
        return _is_down_before_a_change(subject)
    if subject.workload.rolled_out:
        settled, goal = subject.complete_for(now), subject.goal
        return subject.moving and settled is not None and goal is not None and settled >= goal.settling
    elapsed = subject.elapsed(now)
    return subject.proven or (elapsed is not None and elapsed >= _PATIENCE)


def _is_down_before_a_change(subject: Subject) -> bool:
    """Whether a newer revision is to be written over pods that are not all ready: an image of theirs may be missing."""
    goal = subject.goal
    wanted = bool(subject.recorded) and goal is not None and goal.revision != subject.recorded
    return wanted and not subject.workload.rolled_out


async def _examined(api: ApiServer, case: Case) -> Case:
    pods = await pods_of(api, case.subject.workload)
    return replace(case, subject=replace(case.subject, pods=tuple(pods)))
