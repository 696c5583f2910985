"""Carrying a stamp out: in each pod by the webhook, or in the user's own file where it is injected offline."""

from collections.abc import Mapping
from typing import Any

from tracereach.api import names
from tracereach.inject.additions import Additions, Place, place_of
from tracereach.inject.containers import containers, environment
from tracereach.inject.copying import copy
from tracereach.inject.injection import PodTemplate
from tracereach.inject.parts import part
from tracereach.inject.stamp import DamagedStamp, Extension, Stamp, StampedContainer, read_stamp

_NOT_SAID: Mapping[str, str] = {}

USER_VALUE = "TRACEREACH_USER_{name}"
"""Holds a user's `valueFrom` where the extended value has to refer to it."""


def merge(pod: PodTemplate) -> PodTemplate:
    """`pod` with its stamp carried out, and labelled `MERGE_DONE`; an equal copy of a pod without one.

    Raises `DamagedStamp` where the stamp cannot be read, or the pod lacks a container that it speaks of.
    """
    result: PodTemplate = copy(pod)
    stamp = read_stamp(result)
    if stamp is not None:
        carry_out(stamp, result, Additions(result))
        result["metadata"]["labels"][names.MERGE_LABEL] = names.MERGE_DONE
    return result


def carry_out(stamp: Stamp, template: PodTemplate, additions: Additions, *, why: Mapping[str, str] = _NOT_SAID) -> None:
    """Put what `stamp` holds into `template`, which `additions` adds to; `why` is the evidence for each container."""
    by_name = {container["name"]: container for container in containers(template)}
    if missing := stamp.containers.keys() - by_name.keys():
        raise DamagedStamp(f"the pod has no container {', '.join(sorted(missing))}")
    for volume in stamp.volumes:
        additions.add_item(additions.pod, "volumes", volume)
    for name, stamped in stamp.containers.items():
        _merge_container(by_name[name], stamped, additions, why=why.get(name, ""))
    for copier in stamp.init_containers:
        additions.add_item(additions.pod, "initContainers", copier)


def _merge_container(container: dict[str, Any], stamped: StampedContainer, additions: Additions, *, why: str) -> None:
    place = place_of(container)
    for mount in stamped.volume_mounts:
        additions.add_item(place, "volumeMounts", mount)
    # Another webhook may have come first; what is there by now is not ours to set again.
    present = environment(container)
    first = [part(entry) for entry in stamped.first if entry["name"] not in present]
    additions.add_parts(place, "env", first, at=0)
    additions.add_parts(place, "env", [part(entry) for entry in stamped.env if entry["name"] not in present])
    for extension in stamped.extended:
        _extend(place, present.get(extension.name), extension, additions, why=why)


def _extend(
    place: Place, original: dict[str, Any] | None, extension: Extension, additions: Additions, *, why: str
) -> None:
    if original is None:
        additions.add_item(place, "env", {"name": extension.name, "value": extension.value}, why=why)
    elif "valueFrom" not in original:
        user = str(original.get("value") or "")
        value = f"{extension.before}{user}{extension.after}" if user else extension.value
        additions.merge_item(place, "env", original | {"value": value}, original, why=why)
    else:
        moved = original | {"name": USER_VALUE.format(name=extension.name)}
        reason = f"the value of {extension.name}"
        index = additions.merge_item(place, "env", moved, original, why=reason)
        # Right behind it, where the user's own later variables find it as before.
        value = f"{extension.before}$({moved['name']}){extension.after}"
        additions.add_item(place, "env", {"name": extension.name, "value": value}, why=why, at=index + 1)
