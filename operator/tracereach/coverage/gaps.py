"""Losses that no edge shows: a service begins traces, and nobody's calls are missing.

Where the caller sends no span of its call there is nothing that could be unanswered. Who it was is told by templates
and the policy, or by being the only one whom the counts fit.
"""

from collections.abc import Collection, Iterator

from tracereach.api.causes import CAUSES, Cause
from tracereach.api.reasons import Reason
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.diagnosis import Confidence, Diagnosis
from tracereach.coverage.edges import ENOUGH_CALLS
from tracereach.coverage.graph import reachable_from
from tracereach.coverage.scene import Hop, Scene, alike
from tracereach.coverage.services import Service

_IF_NOT_FROM_OUTSIDE = (
    f"{CAUSES[Cause.CLIENT_LIBRARY_NOT_INSTRUMENTED].remedy} If the requests come from outside instead, as from"
    " users' browsers, name the callee in spec.coverage.entrypoints."
)


def gaps(scene: Scene, explained: Collection[WorkloadReference]) -> Iterator[tuple[Hop, int, Diagnosis]]:
    """Each hop that must be there and that spans do not show, with the requests that came over it.

    `explained` are the services whose new traces a lossy hop accounts for already.
    """
    yield from _calls_without_spans(scene, explained)
    yield from _messages_without_context(scene)


def _calls_without_spans(
    scene: Scene, explained: Collection[WorkloadReference]
) -> Iterator[tuple[Hop, int, Diagnosis]]:
    """Services that begin traces, behind one that takes requests and sends no span of its own calls there."""
    for callee in sorted(scene.all_roots):
        roots = scene.settled_roots(callee)
        if roots < ENOUGH_CALLS or callee in explained:
            continue
        by_template = _callers_by_template(scene, callee)
        if any(_runs_without(scene.service(caller)) for caller in by_template):
            continue  # Such pods call it without context, and that is no gap.
        told = [caller for caller in by_template if scene.counts(caller).taken]
        confidence: Confidence = "High"
        if not told:
            told, confidence = _callers_by_count(scene, callee, roots), "Medium"
        if len(told) != 1:
            continue
        caller = told[0]
        counts = scene.counts(caller)
        if counts.client or not alike(counts.taken, roots):
            confidence = "Medium"
        shown = sum(edge.calls for edge in scene.edges if edge.hop == (caller, callee))
        evidence = (
            f"it took {counts.taken} requests and sent spans of {counts.client} calls, {shown or 'none'} of them to"
            f" this service, where {roots} requests begin new traces"
        )
        found = Diagnosis(
            Cause.CLIENT_LIBRARY_NOT_INSTRUMENTED, caller, confidence, evidence, remedy=_IF_NOT_FROM_OUTSIDE
        )
        yield (caller, callee), roots, found


def _runs_without(service: Service) -> bool:
    """Whether it has pods without the injection."""
    return not service.rolled_out and service.reason is not Reason.SCALED_TO_ZERO


def _callers_by_template(scene: Scene, callee: WorkloadReference) -> list[WorkloadReference]:
    arriving = (edge for edge in scene.edges if edge.callee == callee)
    seen = {edge.caller for edge in arriving if edge.calls + edge.failed >= ENOUGH_CALLS}
    return sorted({caller for caller, called in scene.expected if called == callee} - seen - {callee})


def _callers_by_count(scene: Scene, callee: WorkloadReference, roots: int) -> list[WorkloadReference]:
    """Services of the namespace that took as many requests as begin traces here, and that call nobody, by spans.

    What comes behind the service that is called does not call it, or each request would go round and round.
    """
    behind = reachable_from([callee], scene.edges)
    return [
        service
        for service, counts in sorted(scene.spans.items())
        if service.namespace == callee.namespace and service not in behind
        if (service, callee) not in scene.boundaries
        if counts.server and not counts.client and alike(counts.server, roots)
        if scene.callees.get(service) is None and not scene.all_roots.get(service)
    ]


def _likelihood(
    producer: WorkloadReference, consumer: WorkloadReference, sent: int, lost: int
) -> tuple[bool, bool, int]:
    """How likely a consumer's messages are a producer's: by the namespace, by the counts, by how many it sends."""
    return producer.namespace == consumer.namespace, alike(sent, lost), sent


def _messages_without_context(scene: Scene) -> Iterator[tuple[Hop, int, Diagnosis]]:
    """Consumers of messages that bring neither a parent nor a link, with whoever sends most messages.

    A stage of a pipeline sends as many as it takes, to others, so it is the last to be thought of.
    """
    producers = {service: sent for service, sent in scene.producers.items() if sent}
    for consumer, counts in sorted(scene.spans.items()):
        lost = counts.consumer_root
        if lost < ENOUGH_CALLS or lost <= counts.consumer * 0.05 or not producers:
            continue
        others = producers.keys() - {consumer}
        producer = max(sorted(others or producers), key=lambda one: _likelihood(one, consumer, producers[one], lost))
        if (producer, consumer) in scene.boundaries:
            continue
        evidence = f"{lost} of {counts.consumer} messages bring neither a parent nor a link"
        confidence: Confidence = "High" if len(producers) == 1 and others else "Medium"
        yield (producer, consumer), lost, Diagnosis(Cause.QUEUE_WITHOUT_LINK, producer, confidence, evidence)
