"""What the spans of probes tell."""

import pytest

from tracereach.coverage.probing import Forwarding, Seen, Stop, forwarding, stops
from tracereach.coverage.tree import Span

PROXY, BEHIND = "shop/Deployment/proxy", "shop/Deployment/b"


def span(workload: str, kind: str, span_id: str, parent: str = "", peer: str = "") -> Span:
    return Span("7" * 32, span_id, parent, "GET", kind, workload, workload, 0, 1, peer=peer)


ARRIVED = Seen(trace=(span(BEHIND, "Server", "1", "0"),))
WITHOUT_CONTEXT = Seen(strays=(span(BEHIND, "Server", "1"),))
WITH_ANOTHER = Seen(strays=(span(BEHIND, "Server", "1", "9"),))
OF_ITS_OWN = Seen(trace=(span(PROXY, "Server", "1", "0"),), strays=(span(PROXY, "Server", "2"),))
NOTHING = Seen()


@pytest.mark.parametrize(
    ("w3c", "b3", "how"),
    [
        (ARRIVED, NOTHING, "Passed"),
        (ARRIVED, ARRIVED, "Passed"),
        (WITHOUT_CONTEXT, ARRIVED, "B3Only"),
        (WITHOUT_CONTEXT, WITHOUT_CONTEXT, "Dropped"),
        (WITH_ANOTHER, WITH_ANOTHER, "Rewritten"),
        (NOTHING, NOTHING, "NotForwarded"),
        (OF_ITS_OWN, OF_ITS_OWN, "NotForwarded"),
    ],
)
def test_what_a_workload_without_spans_did_to_the_headers(w3c: Seen, b3: Seen, how: Forwarding) -> None:
    assert forwarding(PROXY, w3c, b3) == how


def test_a_trace_stops_at_calls_that_nobody_answered() -> None:
    spans = (
        span("a", "Server", "1"),
        span("a", "Client", "2", "1", peer="b"),
        span("b", "Server", "3", "2"),
        span("b", "Client", "4", "3", peer="c"),
        span("b", "Client", "5", "3", peer="c"),
        span("b", "Internal", "6", "3"),
    )
    assert stops(spans) == (Stop("b", "c"),)
    assert stops(spans[:3]) == ()
