"""Why nothing is known of a service. What is unknown counts neither as covered nor as broken."""

from dataclasses import replace

from tracereach.api.causes import Silence
from tracereach.api.tracing import Route
from tracereach.coverage.edges import Edge
from tracereach.coverage.scene import Scene
from tracereach.coverage.services import Service

_ROUTES = {Route.ELSEWHERE: Silence.EXPORTS_ELSEWHERE, Route.DIRECT: Silence.DIRECT}
_LEAST_RATIO = 0.001


def silence(service: Service, scene: Scene, *, new: bool) -> Silence | None:
    """Why a workload of the policy has sent no spans, where that is no break by itself; None where it has sent some.

    `new` is whether its pods, or the watching, have begun within the window.
    """
    if not scene.is_silent(service.reference):
        return None
    if service.injected and service.route in _ROUTES:
        return _ROUTES[service.route]
    if not service.rolled_out:
        return Silence.NOT_ROLLED_OUT
    if scene.lost_its_collectors(service.reference):
        return Silence.COLLECTORS_DOWN
    if _records_nothing(service):
        return Silence.SAMPLED_OUT
    return _unasked(service, scene, new=new)


def _unasked(service: Service, scene: Scene, *, new: bool) -> Silence:
    """Why no request has got to a workload that would have shown it."""
    if scene.is_called_in_vain(service.reference):
        return Silence.CALLS_FAIL
    return Silence.WARMING_UP if new else Silence.NO_TRAFFIC


def excused(scene: Scene) -> Scene:
    """The scene without judgement on hops that say nothing."""
    edges = (replace(edge, excused=True) if says_nothing(edge, scene) else edge for edge in scene.edges)
    return replace(scene, edges=tuple(edges))


def says_nothing(edge: Edge, scene: Scene) -> bool:
    """Whether the hop is over a boundary, or into a service whose spans are not to be seen by somebody's wish, whose
    pods are being replaced, or whose collectors may be dead and may be only late."""
    callee = edge.callee
    if edge.hop in scene.boundaries:
        return True
    service = scene.service(callee)
    if service.injected and not service.rolled_out:
        return True
    if scene.may_lose_its_collectors(callee):
        return True
    return service.injected and service.route in _ROUTES and scene.is_silent(callee)


def _records_nothing(service: Service) -> bool:
    tracing = service.tracing
    if tracing is None:
        return False
    by_ratio = tracing.sampler.endswith("traceidratio") and tracing.ratio < _LEAST_RATIO
    return tracing.sampler.endswith("always_off") or by_ratio
