import asyncio
from dataclasses import replace

from tests.unit.cluster.recording_api import RecordingApi
from tracereach.api.acceptance import PolicyReference
from tracereach.api.workload import WorkloadReference
from tracereach.cluster.errors import Refused, Unavailable
from tracereach.cluster.events import Event, EventRecorder
from tracereach.cluster.resources import Object

INJECTED = Event(WorkloadReference("shop", "Deployment", "orders"), "u-1", "Injected", "done")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class SlowApi(RecordingApi):
    """Answers once it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.answering = asyncio.Event()
        self.answered: asyncio.Queue[str] = asyncio.Queue()

    async def create(self, path: str, body: Object) -> Object:
        await self.answering.wait()
        self.answered.put_nowait(body["note"])
        return await super().create(path, body)


def notes(api: RecordingApi) -> list[str]:
    return [request.body["note"] for request in api.requests]


async def test_the_same_event_is_news_again_only_after_ten_minutes() -> None:
    api, clock = RecordingApi(), Clock()
    recorder = EventRecorder(api, instance="operator-0", clock=clock)
    await recorder.post(INJECTED)
    clock.now = 599.0
    await recorder.post(INJECTED)
    assert notes(api) == ["done"]
    await recorder.post(replace(INJECTED, message="done again"))
    clock.now = 600.0
    await recorder.post(INJECTED)
    assert notes(api) == ["done", "done again", "done"]
    clock.now = 1198.0
    await recorder.post(replace(INJECTED, message="done again"))
    await recorder.post(INJECTED)
    assert notes(api) == ["done", "done again", "done"]


async def test_what_was_posted_long_ago_is_forgotten() -> None:
    clock = Clock()
    recorder = EventRecorder(RecordingApi(), instance="operator-0", clock=clock)
    for _ in range(10):
        await recorder.post(replace(INJECTED, message=str(clock.now)))
        clock.now += 600
    assert len(recorder._posted) <= 2


async def test_a_note_is_cut_to_what_the_api_server_takes_in_bytes() -> None:
    api = RecordingApi()
    await EventRecorder(api, instance="operator-0").post(replace(INJECTED, message="x" + "ü" * 600))
    assert notes(api) == ["x" + "ü" * 511]


async def test_an_event_is_posted_beside_its_workload() -> None:
    api = RecordingApi()
    await EventRecorder(api, instance="operator-0").post(replace(INJECTED, message="x" * 2000, type="Warning"))
    (request,) = api.requests
    assert request.path == "/apis/events.k8s.io/v1/namespaces/shop/events"
    assert (request.body["type"], request.body["reason"]) == ("Warning", "Injected")
    assert len(request.body["note"]) == 1024
    assert request.body["regarding"] == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "namespace": "shop",
        "name": "orders",
        "uid": "u-1",
    }


async def test_an_event_on_a_policy_lies_beside_it_and_for_a_cluster_policy_in_default() -> None:
    api = RecordingApi()
    recorder = EventRecorder(api, instance="operator-0")
    for reference in (
        PolicyReference("TracingPolicy", "shop", "shop"),
        PolicyReference("ClusterTracingPolicy", "", "all"),
    ):
        await recorder.post(replace(INJECTED, regarding=reference))
    beside, apart = api.requests
    assert beside.path == "/apis/events.k8s.io/v1/namespaces/shop/events"
    assert beside.body["regarding"] == {
        "apiVersion": "tracereach.dev/v1alpha1",
        "kind": "TracingPolicy",
        "name": "shop",
        "namespace": "shop",
        "uid": "u-1",
    }
    assert apart.path == "/apis/events.k8s.io/v1/namespaces/default/events"
    assert (apart.body["metadata"]["namespace"], apart.body["regarding"].get("namespace")) == ("default", None)


async def test_an_event_that_is_refused_is_not_tried_again_and_one_that_is_lost_is() -> None:
    refused = Refused(status=403, reason="Forbidden", message="no rights", path="/events")
    lost = Unavailable(status=503, reason="", message="away", path="/events")
    api = RecordingApi(refused, lost)
    recorder = EventRecorder(api, instance="operator-0")
    for message in ("refused", "refused", "lost", "lost"):
        await recorder.post(replace(INJECTED, message=message))
    assert notes(api) == ["refused", "lost", "lost"]


async def test_nobody_waits_for_events_and_those_beyond_the_queue_are_lost() -> None:
    api = SlowApi()
    recorder = EventRecorder(api, instance="operator-0", longest_queue=2)
    for number in range(5):
        recorder.record(replace(INJECTED, message=str(number)))
    assert notes(api) == []
    running = asyncio.create_task(recorder.run())
    api.answering.set()
    async with asyncio.timeout(5):
        assert [await api.answered.get() for _ in range(2)] == ["0", "1"]
        recorder.record(replace(INJECTED, message="after"))
        assert await api.answered.get() == "after"
    running.cancel()
    await asyncio.wait({running})
