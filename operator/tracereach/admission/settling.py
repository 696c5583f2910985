"""Keeping what the API server has filled into our containers and volumes when they are rendered anew.

A rendered part says only what it needs. Stored, it also has every default; without this, each release of a user would
be answered with a patch that takes the defaults out, for the API server to fill them in again.
"""

from typing import Any

from tracereach.api import names
from tracereach.inject import PodTemplate


def settled(stored: PodTemplate, rendered: PodTemplate) -> PodTemplate:
    """`rendered`, with each container and volume of ours as it is in `stored` where that has all that was rendered."""
    spec: dict[str, Any] = rendered["spec"]
    kept = {
        part: _settled_items(stored["spec"].get(part) or [], spec[part])
        for part in ("initContainers", "containers", "volumes")
        if spec.get(part)
    }
    return rendered | {"spec": spec | kept}


def _settled_items(stored: list[dict[str, Any]], rendered: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ours = {item["name"]: item for item in stored if item["name"].startswith(names.PREFIX)}
    return [ours[item["name"]] if _has_all_of(ours.get(item["name"]), item) else item for item in rendered]


def _has_all_of(stored: Any, rendered: Any) -> bool:
    """Whether `stored` is `rendered` with nothing but further fields in it."""
    if isinstance(rendered, dict) and isinstance(stored, dict):
        return all(key in stored and _has_all_of(stored[key], value) for key, value in rendered.items())
    if isinstance(rendered, list) and isinstance(stored, list):
        return len(stored) == len(rendered) and all(map(_has_all_of, stored, rendered))
    return bool(stored == rendered)
