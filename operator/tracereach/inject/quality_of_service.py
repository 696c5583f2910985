"""The pod's quality of service class, which an addition must not change."""

from tracereach.inject.containers import Container, every_container
from tracereach.inject.injection import PodTemplate
from tracereach.inject.quantities import amount


def is_guaranteed(template: PodTemplate) -> bool:
    """Whether the pod is of class Guaranteed: each container has limits of both kinds, and requests all of them.

    Requests and limits of the pod as a whole decide alone where there are any; no container can change that.
    """
    if shares_resources(template):
        return _is_guaranteed(template["spec"])
    return all(map(_is_guaranteed, every_container(template)))


def shares_resources(template: PodTemplate) -> bool:
    """Whether the pod as a whole has requests or limits, which its containers share.

    The API server refuses a container whose own ones do not fit in, so that one of ours must bring none.
    """
    resources = (template.get("spec") or {}).get("resources") or {}
    return bool(resources.get("limits") or resources.get("requests"))


def _is_guaranteed(owner: Container) -> bool:
    resources = owner.get("resources") or {}
    limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
    for name in ("cpu", "memory"):
        limit = amount(limits.get(name))
        if not limit or amount(requests.get(name, limits[name])) != limit:
            return False
    return True
