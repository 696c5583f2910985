"""Taking an injection out of a template again, by the record that lies in it and nothing else."""

from collections.abc import Mapping
from typing import Any

from tracereach.api import names
from tracereach.inject.containers import environment, every_container
from tracereach.inject.copying import copy
from tracereach.inject.edited_values import users_part
from tracereach.inject.fingerprints import fingerprint
from tracereach.inject.injection import PodTemplate
from tracereach.inject.pointers import escape, locate, unescape
from tracereach.inject.record import REMOVED_BY_NAME, Record, read_record


def remove(template: PodTemplate) -> PodTemplate:
    """`template` as it was before the injection, with everything that the user has changed since.

    A template without a record comes back itself. Raises `DamagedRecord`.
    """
    record = read_record(template)
    if record is None:
        return template
    result: PodTemplate = copy(template)
    del result["metadata"]["annotations"][names.RECORD_ANNOTATION]
    edited = _take_out_added(result, record)
    _take_out_marks(result)
    _take_out_users_of_volumes(result, record)
    _clean_edited(result, edited)
    _restore_merged(result, record)
    _restore_blank(result, record)
    return result


def _take_out_added(template: PodTemplate, record: Record) -> list[str]:
    """Drop what was added, and give the paths of variables that were edited since."""
    edited = []
    for path, expected in reversed(list(record.added.items())):
        if place := locate(template, path):
            owner, key = place
            if path.rsplit("/", 1)[0] in REMOVED_BY_NAME or fingerprint(owner[key]) == expected:
                del owner[key]
            elif _is_overlaid(owner[key], expected):
                del owner[key]["value"]
            elif "/env/" in path:
                edited.append(path)
    return edited


def _is_overlaid(entry: Any, expected: str) -> bool:
    """Whether a user's `valueFrom` was merged into a variable of ours: tools merge the entries of `env` by name.

    The API server refuses one with both.
    """
    if not isinstance(entry, dict) or not {"value", "valueFrom"} <= entry.keys():
        return False
    return fingerprint({key: value for key, value in entry.items() if key != "valueFrom"}) == expected


def _take_out_marks(template: PodTemplate) -> None:
    """Drop what only an injection writes, also what another record than this one speaks of.

    Whoever applies a file with the record of an earlier injection leaves the marks of the later one where they are.
    """
    labels = template["metadata"].get("labels") or {}
    for label in (names.REVISION_LABEL, names.MERGE_LABEL):
        labels.pop(label, None)
    template["metadata"]["annotations"].pop(names.MERGE_ANNOTATION, None)


def _take_out_users_of_volumes(template: PodTemplate, record: Record) -> None:
    """Drop whatever still mounts a volume of ours: without the volume, the API server would refuse the template.

    Such a mount was changed by an admission webhook, or it is in a container that the user copied or renamed. That
    one would start with agents whose files are gone, so what we added to the original goes from the copy as well. A
    container that is gone may have been renamed, with or without agents in it.
    """
    volumes = {_last(path) for path in record.added if path.startswith("/spec/volumes/")}
    recorded = {path.split("/")[3] for path in record.added if path.startswith("/spec/containers/")}
    renamed = bool(recorded - {escape(container["name"]) for container in every_container(template)})
    for container in every_container(template):
        mounts = container.get("volumeMounts") or []
        kept = [mount for mount in mounts if mount.get("name") not in volumes]
        mounted = len(kept) < len(mounts)
        if mounted:
            container["volumeMounts"] = kept
        if (mounted or renamed) and escape(container["name"]) not in recorded:
            _clean_copy(container, record)


def _clean_copy(container: dict[str, Any], record: Record) -> None:
    """Take out of the environment of a copied container what is recorded of the original's."""
    added = {(_last(path), expected) for path, expected in record.added.items() if "/env/" in path}
    merged = {_last(path): entry for path, entry in record.merged.items()}
    exactly = {(_last(path), entry["hash"]): entry for path, entry in record.merged.items()}
    edited = {name for name, _ in added} - merged.keys()
    entries = [entry for entry in container.get("env") or [] if (entry["name"], fingerprint(entry)) not in added]
    for entry in [entry for entry in entries if entry["name"] in edited]:
        _clean(entries, entries.index(entry))
    for index, entry in enumerate(entries):
        if entry["name"] in merged:
            _restore(entries, index, exactly.get((entry["name"], fingerprint(entry)), merged[entry["name"]]))
    if entries != (container.get("env") or []):
        container["env"] = entries


def _clean_edited(template: PodTemplate, edited: list[str]) -> None:
    """Take our part out of the variables of ours at `edited`."""
    for path in edited:
        if place := locate(template, path):
            _clean(*place)


def _clean(entries: list[dict[str, Any]], index: int) -> None:
    """Take our part out of an edited variable that we added, and the variable where nothing else is in it."""
    cleaned = _cleaned(entries, index)
    if cleaned == entries[index] or cleaned["value"]:
        entries[index] = cleaned
    else:
        del entries[index]


def _restore_merged(template: PodTemplate, record: Record) -> None:
    for path, merged in record.merged.items():
        if place := locate(template, path):
            _restore(*place, merged)


def _restore(entries: list[dict[str, Any]], index: int, merged: Mapping[str, Any]) -> None:
    """Put the user's original back; where it was edited since, what is the user's of the edited one."""
    entry, original = entries[index], merged["original"]
    if entry["name"] != original["name"] and original["name"] in environment({"env": entries}):
        return  # A value that was edited has the name, and may refer to the user's own by the one that we gave it.
    if fingerprint(entry) == merged["hash"]:
        entries[index] = original
    elif entry["name"] == original["name"]:
        entries[index] = _cleaned(entries, index)
    else:
        entries[index] = entry | {"name": original["name"]}


def _cleaned(entries: list[dict[str, Any]], index: int) -> dict[str, Any]:
    """The variable without our part in its value; itself where there is none."""
    entry = entries[index]
    rest = users_part(entry, environment({"env": entries}).keys())
    return entry if rest == (entry.get("value") or "") else entry | {"value": rest}


def _restore_blank(template: PodTemplate, record: Record) -> None:
    """Make lists and maps that were not there before vanish again, innermost first, unless they are in use by now."""
    for path in sorted(record.blank, key=lambda path: path.count("/"), reverse=True):
        if place := locate(template, path):
            owner, key = place
            if owner[key]:
                continue
            if record.blank[path] == "null":
                owner[key] = None
            else:
                del owner[key]


def _last(path: str) -> str:
    """The name of what is at `path`."""
    return unescape(path.rsplit("/", 1)[1])
