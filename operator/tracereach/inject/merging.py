"""Carrying a stamp out: in each pod by the webhook, or in the user's own file where it is injected offline."""

from collections.abc import Mapping
from typing import Any

from tracereach.api import names
from tracereach.inject.additions import Additions
from tracereach.inject.containers import containers, environment
from tracereach.inject.copying import copy
from tracereach.inject.injection import PodTemplate
from tracereach.inject.pointers import escape
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
    additions.add_items("/spec/volumes", stamp.volumes)
    for name, part in stamp.containers.items():
        _merge_container(f"/spec/containers/{escape(name)}", by_name[name], part, additions, why=why.get(name, ""))
    additions.add_items("/spec/initContainers", stamp.init_containers)


def _merge_container(
    path: str, container: dict[str, Any], part: StampedContainer, additions: Additions, *, why: str
) -> None:
    additions.add_items(f"{path}/volumeMounts", part.volume_mounts)
    # Another webhook may have come first; what is there by now is not ours to set again.
    present = environment(container)
    additions.add_items(f"{path}/env", [entry for entry in part.first if entry["name"] not in present], at=0)
    additions.add_items(f"{path}/env", [entry for entry in part.env if entry["name"] not in present])
    for extension in part.extended:
        _extend(f"{path}/env", present.get(extension.name), extension, additions, why=why)


def _extend(
    path: str, original: dict[str, Any] | None, extension: Extension, additions: Additions, *, why: str
) -> None:
    if original is None:
        additions.add_item(path, {"name": extension.name, "value": extension.value}, why=why)
    elif "valueFrom" not in original:
        user = str(original.get("value") or "")
        value = f"{extension.before}{user}{extension.after}" if user else extension.value
        additions.merge_item(path, original | {"value": value}, original, why=why)
    else:
        moved = USER_VALUE.format(name=extension.name)
        index = additions.merge_item(path, original | {"name": moved}, original, why=f"the value of {extension.name}")
        # Right behind it, where the user's own later variables find it as before.
        value = f"{extension.before}$({moved}){extension.after}"
        additions.add_item(path, {"name": extension.name, "value": value}, why=why, at=index + 1)
