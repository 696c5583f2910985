"""Taking an injection out of a template again, by the record that lies in it and nothing else."""

from typing import Any

from tracereach.api import names
from tracereach.inject.additions import ITEM_KEY, find, unescape
from tracereach.inject.copying import copy
from tracereach.inject.injection import PodTemplate
from tracereach.inject.record import Record, fingerprint, read_record

_WHOLE = frozenset({"/spec/initContainers", "/spec/containers", "/spec/volumes"})
"""Lists whose recorded items go whatever they hold by now: the names are ours, and the API server fills in defaults."""


def remove(template: PodTemplate) -> PodTemplate:
    """`template` as it was before the injection, with everything that the user has changed since.

    A template without a record comes back as an equal copy. Raises `DamagedRecord`.
    """
    result: PodTemplate = copy(template)
    record = read_record(result)
    if record is None:
        return result
    del result["metadata"]["annotations"][names.RECORD_ANNOTATION]
    _take_out_added(result, record)
    _restore_merged(result, record)
    _restore_blank(result, record)
    return result


def _take_out_added(template: PodTemplate, record: Record) -> None:
    for path, expected in reversed(list(record.added.items())):
        if place := _locate(template, path):
            owner, key = place
            if path.rsplit("/", 1)[0] in _WHOLE or fingerprint(owner[key]) == expected:
                del owner[key]


def _restore_merged(template: PodTemplate, record: Record) -> None:
    for path, merged in record.merged.items():
        if place := _locate(template, path):
            owner, key = place
            if fingerprint(owner[key]) == merged["hash"]:
                owner[key] = merged["original"]


def _restore_blank(template: PodTemplate, record: Record) -> None:
    """Make lists and maps that were not there before vanish again, innermost first, unless they are in use by now."""
    for path in sorted(record.blank, key=lambda path: path.count("/"), reverse=True):
        if place := _locate(template, path):
            owner, key = place
            if owner[key]:
                continue
            if record.blank[path] == "null":
                owner[key] = None
            else:
                del owner[key]


def _locate(template: PodTemplate, path: str) -> tuple[Any, Any] | None:
    """The list or map that holds what is at `path`, and its key there; None where the user has taken it out."""
    node: Any = template
    *parents, last = path.split("/")[1:]
    walked = ""
    for part in parents:
        key = _key(node, walked, part)
        if key is None or node[key] is None:
            return None
        node = node[key]
        walked = f"{walked}/{part}"
    key = _key(node, walked, last)
    return None if key is None else (node, key)


def _key(node: Any, path: str, part: str) -> Any:
    name = unescape(part)
    if isinstance(node, list):
        return find(node, ITEM_KEY[path.rsplit("/", 1)[1]], name)
    return name if name in node else None
