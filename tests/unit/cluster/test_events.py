from tests.unit.cluster.recording_api import RecordingApi
from tracereach.cluster.errors import Refused, Unavailable
from tracereach.cluster.events import EventRecorder, Regarding

ORDERS = Regarding("apps/v1", "Deployment", "shop", "orders", "u-1")
EVERYTHING = Regarding("tracereach.dev/v1alpha1", "ClusterTracingPolicy", "", "all", "p-1")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_the_same_event_is_news_again_only_after_ten_minutes() -> None:
    api, clock = RecordingApi(), Clock()
    recorder = EventRecorder(api, instance="operator-0", clock=clock)
    await recorder.post(ORDERS, reason="Injected", message="done")
    clock.now = 599.0
    await recorder.post(ORDERS, reason="Injected", message="done")
    assert len(api.requests) == 1
    await recorder.post(ORDERS, reason="Injected", message="done again")
    clock.now = 600.0
    await recorder.post(ORDERS, reason="Injected", message="done")
    assert len(api.requests) == 3


async def test_an_event_is_posted_beside_its_object_or_in_default() -> None:
    api = RecordingApi()
    recorder = EventRecorder(api, instance="operator-0")
    await recorder.post(ORDERS, reason="Failed", message="x" * 2000, type="Warning")
    await recorder.post(EVERYTHING, reason="Accepted", message="fine")
    first, second = api.requests
    assert first.path == "/apis/events.k8s.io/v1/namespaces/shop/events"
    assert first.body["type"] == "Warning"
    assert len(first.body["note"]) == 1024
    assert second.path == "/apis/events.k8s.io/v1/namespaces/default/events"
    assert "namespace" not in second.body["regarding"]


async def test_an_event_that_is_refused_is_not_tried_again_and_one_that_is_lost_is() -> None:
    refused = Refused(status=403, reason="Forbidden", message="no rights", path="/events")
    lost = Unavailable(status=503, reason="", message="away", path="/events")
    api = RecordingApi(refused, lost)
    recorder = EventRecorder(api, instance="operator-0")
    for _ in range(2):
        await recorder.post(ORDERS, reason="Injected", message="refused")
    for _ in range(2):
        await recorder.post(ORDERS, reason="Injected", message="lost")
    assert [request.body["note"] for request in api.requests] == ["refused", "lost", "lost"]
