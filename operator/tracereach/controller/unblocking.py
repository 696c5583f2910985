"""Deletes the pods that keep restored StatefulSets from replacing the rest."""

import logging
from collections.abc import Iterable
from datetime import datetime

from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import ApiError
from tracereach.cluster.pods import delete_pod, pods_of
from tracereach.rollout.subject import Subject
from tracereach.rollout.unblocking import blocking_pod, may_be_blocked

_log = logging.getLogger(__name__)


async def unblock(api: ApiServer, subjects: Iterable[Subject], now: datetime) -> None:
    """Delete the next blocking pod of each StatefulSet that has one; pods are read only where one may be stuck."""
    for subject in subjects:
        if not may_be_blocked(subject, now):
            continue
        reference = subject.reference
        try:
            pod = blocking_pod(await pods_of(api, subject.workload))
            if pod:
                await delete_pod(api, pod)
                _log.info("%s: deleted pod %s, which is broken and kept it from being restored", reference, pod.name)
        except ApiError as error:
            _log.warning("%s: its broken pods keep it from being restored: %s", reference, error)
        except Exception:  # pods that nobody thought of must not stop the work on all others
            _log.exception("%s: its pods are left alone, because of an error of the operator", reference)
