"""Carrying a stamp out: in each pod by the webhook, or in the user's own file where it is injected offline."""

from collections.abc import Iterable, Mapping
from typing import Any

from tracereach.api import names
from tracereach.inject.additions import Additions, Place
from tracereach.inject.containers import containers, environment
from tracereach.inject.injection import PodTemplate
from tracereach.inject.parts import parts
from tracereach.inject.stamp import DamagedStamp, Extension, Stamp, StampedContainer, read_stamp

_NOT_SAID: Mapping[str, str] = {}

USER_VALUE = "TRACEREACH_USER_{name}"
"""Holds a user's `valueFrom` where the extended value has to refer to it."""


def merge(pod: PodTemplate) -> PodTemplate:
    """`pod` with its stamp carried out as far as it fits, labelled `MERGE_DONE`, or `MERGE_FAILED` if nothing does.

    `pod` stays as it is, and shares with the result what is the same in both; without a stamp, that is all of it.
    """
    try:
        stamp = read_stamp(pod)
    except DamagedStamp:
        return _marked(pod, names.MERGE_FAILED)
    if stamp is None:
        return pod
    fitting = _fitting(stamp, pod)
    additions = Additions(pod)
    carry_out(fitting, pod, additions)
    return _marked(additions.template, names.MERGE_DONE if fitting.containers else names.MERGE_FAILED)


def carry_out(stamp: Stamp, template: PodTemplate, additions: Additions, *, why: Mapping[str, str] = _NOT_SAID) -> None:
    """Add what `stamp` holds to `template` by its `additions`; `why` is the evidence for each container."""
    by_name = {container["name"]: container for container in containers(template)}
    additions.add_parts(additions.pod, "volumes", parts(stamp.volumes, "volumes"))
    for name, stamped in stamp.containers.items():
        _merge_container(by_name[name], stamped, additions, why=why.get(name, ""))
    additions.add_parts(additions.pod, "initContainers", parts(stamp.init_containers, "initContainers"))


def _marked(pod: PodTemplate, mark: str) -> PodTemplate:
    metadata = pod["metadata"]
    return {**pod, "metadata": {**metadata, "labels": {**metadata["labels"], names.MERGE_LABEL: mark}}}


def _fitting(stamp: Stamp, pod: PodTemplate) -> Stamp:
    """The stamp without what the API server would refuse in this pod, which another webhook may have changed before.

    A container that is gone, or whose paths are taken, gets nothing; volumes and init containers that are there by now
    are not added again, nor those that no container is left to use.
    """
    spec = pod.get("spec") or {}
    there = {container["name"]: container for container in containers(pod)}
    fitting = {
        name: stamped
        for name, stamped in stamp.containers.items()
        if name in there and _paths(stamped.volume_mounts).isdisjoint(_paths(there[name].get("volumeMounts") or ()))
    }
    used = {mount["name"] for stamped in fitting.values() for mount in stamped.volume_mounts}
    volumes = {volume["name"] for volume in spec.get("volumes") or ()}
    running = {container["name"] for container in spec.get("initContainers") or ()}
    return Stamp(
        volumes=tuple(volume for volume in stamp.volumes if volume["name"] in used - volumes),
        init_containers=tuple(
            copier
            for copier in stamp.init_containers
            if copier["name"] not in running and any(mount["name"] in used for mount in copier["volumeMounts"])
        ),
        containers=fitting,
    )


def _paths(mounts: Iterable[Mapping[str, Any]]) -> set[str]:
    return {str(mount.get("mountPath")) for mount in mounts}


def _merge_container(container: dict[str, Any], stamped: StampedContainer, additions: Additions, *, why: str) -> None:
    place = additions.place_of(container)
    additions.add_parts(place, "volumeMounts", parts(stamped.volume_mounts, "volumeMounts"))
    # Another webhook may have come first; what is there by now is not ours to set again.
    present = environment(container)
    first, others = (
        parts((entry for entry in entries if entry["name"] not in present), "env")
        for entries in (stamped.first, stamped.env)
    )
    additions.add_parts(place, "env", first, at=0)
    additions.add_parts(place, "env", others)
    for extension in stamped.extended:
        _extend(place, present.get(extension.name), extension, additions, why=why)


def _extend(
    place: Place, original: dict[str, Any] | None, extension: Extension, additions: Additions, *, why: str
) -> None:
    if original is None:
        additions.add_item(place, "env", {"name": extension.name, "value": extension.value}, why=why)
    elif not original.get("valueFrom"):
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
