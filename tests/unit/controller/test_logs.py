"""The last lines of a failed container: read once, bounded, and only where the installation allows it."""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.unit.rollout.fleet import NEW, NOW, decide
from tests.unit.rollout.trials import CRASHED_TWICE, knowing, on_trial, pod, pulling
from tracereach.api.reasons import State
from tracereach.api.status import TracedWorkloadStatus
from tracereach.cluster.client import ApiServer
from tracereach.cluster.errors import ApiError, Refused, Unavailable
from tracereach.cluster.pods import last_lines
from tracereach.controller import logs
from tracereach.controller.logs import with_last_lines
from tracereach.controller.subjects import Case
from tracereach.controller.workload_status import workload_status
from tracereach.rollout.subject import Subject

NO_PREVIOUS = Refused(status=400, reason="BadRequest", message="previous terminated container not found", path="/log")


class Logs(ApiServer):
    """Gives one answer after the other, and keeps what was asked for."""

    def __init__(self, *answers: bytes | ApiError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def text(self, path: str, **query: str) -> bytes:
        self.asked.append(f"{path}?{urlencode(query)}")
        answer = self.answers.pop(0)
        if isinstance(answer, ApiError):
            raise answer
        return answer


async def lines(*answers: bytes | ApiError, previous: bool = True) -> tuple[str, ...]:
    return await last_lines(Logs(*answers), namespace="shop", pod="orders-1", container="app", previous=previous)


async def found(subject: Subject, api: Logs) -> TracedWorkloadStatus:
    """What is remembered after a pass over `subject`."""
    verdicts = await with_last_lines(api, [Case(subject)], decide([subject], NOW))
    status = workload_status(Case(subject), verdicts[subject.workload.reference], NOW)
    assert status is not None
    return status


def crashing(**fields: Any) -> Subject:
    return on_trial(pod(CRASHED_TWICE), memory=knowing(), **fields)


@pytest.mark.parametrize("previous", [True, False])
async def test_one_run_is_asked_for_and_only_its_last_lines(*, previous: bool) -> None:
    api = Logs(b"one\ntwo\n")
    found = await last_lines(api, namespace="shop", pod="orders-1", container="app", previous=previous)
    query = f"container=app&tailLines=10&limitBytes=65536&previous={str(previous).lower()}"
    assert found == ("one", "two")
    assert api.asked == [f"/api/v1/namespaces/shop/pods/orders-1/log?{query}"]


@pytest.mark.parametrize("gone", [NO_PREVIOUS, b"", b"unable to retrieve container logs for containerd://28d8"])
async def test_where_nothing_is_left_of_that_run_it_is_the_other_one(gone: bytes | ApiError) -> None:
    assert await lines(gone, b"only\n") == ("only",)
    assert await lines(gone, gone) == ()


async def test_a_right_that_is_missing_is_said() -> None:
    with pytest.raises(Refused):
        await lines(Refused(status=403, reason="Forbidden", message="no", path="/log"))


async def test_a_container_that_runs_again_is_asked_for_the_run_before() -> None:
    for is_down, previous in ((True, "false"), (False, "true")):
        api = Logs(b"no such agent\n")
        await found(on_trial(pod(replace(CRASHED_TWICE, restarts=2, is_down=is_down)), memory=knowing()), api)
        assert [path.rpartition("=")[2] for path in api.asked] == [previous]


async def test_what_is_kept_is_bounded_whatever_is_written() -> None:
    assert await lines(b"".join(b"line %d\n" % number for number in range(50))) == tuple(
        f"line {number}" for number in range(40, 50)
    )
    (cut,) = await lines("\u20ac".encode() * 5000)
    assert len(cut.encode()) <= 2048 + 6
    assert set(cut[2:]) == {"\u20ac"}


async def test_nothing_in_it_moves_a_cursor() -> None:
    assert await lines(b"\x1b[2Jgone\tand\x00\xff back") == (" [2Jgone and \ufffd back",)


async def test_the_evidence_holds_them_and_is_read_once() -> None:
    api = Logs(b"no such agent\n")
    status = await found(crashing(), api)
    assert status.failure is not None
    assert (status.state, status.failure.log) == (State.ROLLING_BACK, ("no such agent",))


async def test_a_failure_that_stays_is_neither_read_again_nor_reported_anew() -> None:
    paused = crashing(rollout={"onFailure": "Pause"})
    first = await found(paused, Logs(b"no such agent\n"))
    api = Logs()
    later = await found(replace(paused, memory=first.model_copy(update={"revision": NEW})), api)
    assert (api.asked, later.failure) == ([], first.failure)


async def test_a_container_that_never_ran_has_no_log() -> None:
    stuck = on_trial(pod(pulling("tracereach/agent-java:1", waiting="ImagePullBackOff"), age=130), memory=knowing())
    api = Logs()
    status = await found(stuck, api)
    assert status.failure is not None
    assert (api.asked, status.failure.log) == ([], ())


async def test_a_log_that_is_not_to_be_had_delays_nothing(caplog: pytest.LogCaptureFixture) -> None:
    error = Unavailable(status=500, reason="", message="node is away", path="/log")
    status = await found(crashing(), Logs(error))
    assert status.failure is not None
    assert (status.state, status.failure.log) == (State.ROLLING_BACK, ())
    assert "the log of app is not to be had" in caplog.text


async def test_a_node_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_PATIENCE_SECONDS", 0.01)

    class Silent(Logs):
        async def text(self, path: str, **query: str) -> bytes:
            await asyncio.Event().wait()
            raise AssertionError

    assert (await found(crashing(), Silent())).state is State.ROLLING_BACK
