"""Losses that no edge shows: a service begins traces, and nobody's calls are missing.

Where the caller sends no span of its call there is nothing that could be unanswered. Who it was is told by templates
and the policy, or by being the only one whom the counts fit.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from tracereach.api.causes import CAUSES, Cause
from tracereach.api.reasons import Reason
from tracereach.api.workload import WorkloadReference
from tracereach.coverage.diagnosis import Confidence, Diagnosis
from tracereach.coverage.edges import ENOUGH_CALLS
from tracereach.coverage.scene import Hop, Scene, alike
from tracereach.coverage.services import Service

_IF_NOT_FROM_OUTSIDE = (
    f"{CAUSES[Cause.CLIENT_LIBRARY_NOT_INSTRUMENTED].remedy} If the requests come from outside instead, as from"
    " users' browsers, name the callee in spec.coverage.entrypoints."
)


def gaps(
    scene: Scene, explained: Callable[[WorkloadReference], bool], asked: Callable[[Hop], bool]
) -> Iterator[tuple[Hop, int, Diagnosis]]:
    """Each hop asked for that must be there and that spans do not show, with the requests that came over it.

    `explained` tells of which services a lossy hop accounts for the new traces already.
    """
    for found in (*_calls_without_spans(scene, explained, asked), *_messages_without_context(scene)):
        if asked(found[0]):
            yield found


def _calls_without_spans(
    scene: Scene, explained: Callable[[WorkloadReference], bool], asked: Callable[[Hop], bool]
) -> Iterator[tuple[Hop, int, Diagnosis]]:
    """Services that begin traces, behind one that takes requests and sends no span of its own calls there."""
    calling_nobody = _calling_nobody(scene)
    for callee in sorted(scene.all_roots):
        roots = scene.settled_roots(callee)
        if roots < ENOUGH_CALLS:
            continue
        by_count = [one for one, taken in calling_nobody.get(callee.namespace, ()) if alike(taken, roots)]
        # What is asked of a shorter time are few hops, and to know the edges around all others is most of the work.
        if not any(asked((caller, callee)) for caller in (*scene.expected_callers(callee), *by_count)):
            continue
        if explained(callee):
            continue
        by_template = _callers_by_template(scene, callee)
        if any(_runs_without(scene.service(caller)) for caller in by_template):
            continue  # Such pods call it without context, and that is no gap.
        told = [caller for caller in by_template if scene.counts(caller).taken]
        confidence: Confidence = "High"
        if not told:
            told, confidence = _callers_by_count(scene, callee, by_count), "Medium"
        if len(told) != 1:
            continue
        caller = told[0]
        counts = scene.counts(caller)
        if counts.client or not alike(counts.taken, roots):
            confidence = "Medium"
        shown = sum(edge.calls for edge in scene.calls_to(callee) if edge.caller == caller)
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
    seen = {edge.caller for edge in scene.calls_to(callee) if edge.calls + edge.failed >= ENOUGH_CALLS}
    return sorted(scene.expected_callers(callee) - seen - {callee})


def _calling_nobody(scene: Scene) -> Mapping[str, list[tuple[WorkloadReference, int]]]:
    """Services that take requests with context and send no span of a call, with these requests, by namespace."""
    found: defaultdict[str, list[tuple[WorkloadReference, int]]] = defaultdict(list)
    for service, counts in sorted(scene.spans.items()):
        if counts.server and not counts.client and not scene.all_roots.get(service):
            found[service.namespace].append((service, counts.server))
    return found


def _callers_by_count(
    scene: Scene, callee: WorkloadReference, by_count: Iterable[WorkloadReference]
) -> list[WorkloadReference]:
    """Those of the services that took as many requests as begin traces here, that call nobody as far as is known.

    What comes behind the service that is called does not call it, or each request would go round and round.
    """
    told = [one for one in by_count if (one, callee) not in scene.boundaries and not scene.callees(one)]
    behind = scene.after(callee) if told else frozenset()
    return [one for one in told if one not in behind]


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
