"""The record of an injection: an annotation on the pod template that says what was added to it.

It lies in the template so that the two never part: `kubectl rollout undo` brings it back with what it describes, and
a template can be put back with nothing else at hand. Each addition is kept with the hash of its value; a value whose
hash no longer fits has been changed since, and is the user's, but for what is ours in it (see `edited_values`).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

from pydantic_core import to_json

from tracereach.api import names
from tracereach.api.workload import WorkloadReference
from tracereach.inject.parts import OWNED

Blank = Literal["absent", "null"]
_LISTS = r"/spec/(initContainers|volumes|imagePullSecrets|containers(/[^/]+/(env|volumeMounts))?)"
_ADDITION = re.compile(
    rf"{_LISTS}/[^/]+|/spec/shareProcessNamespace|/metadata/(labels|annotations)/{re.escape(names.GROUP)}~1[^/]+"
)
_MERGE = re.compile(r"/spec/containers/[^/]+/env/[^/]+")
_BLANK = re.compile(rf"{_LISTS}|/metadata(/labels|/annotations)?")
_POLICY = re.compile(rf"({names.POLICY_KIND}|{names.CLUSTER_POLICY_KIND})(/[^/]{{1,253}}){{1,2}}")
_REVISION = re.compile(r"[0-9A-Za-z][-_.0-9A-Za-z]{0,62}")
"""A label's value, as which every revision is also written."""
_WORKLOAD = re.compile(r"([^/]{1,253}/[A-Za-z]{1,63}/[^/]{1,253})?")


REMOVED_BY_NAME = frozenset({*(f"/spec/{field}" for field in OWNED), "/metadata/labels", "/metadata/annotations"})
"""Where recorded items go whatever they hold by now: the names are ours."""


class DamagedRecord(Exception):
    """The record is there and cannot be read, so nothing can be put back by it."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """What one injection did to one template. Paths are JSON pointers in which list items go by their key."""

    policy: str
    revision: str
    workload: str
    """`namespace/kind/name` of the workload it was rendered for, which a copy of the template still names. Empty in
    records of releases that did not write it down."""
    added_to: Mapping[str, Mapping[str, str]]
    """Path of each list or map that was added to; and the last step of each addition there, with the hash of its
    value where that decides whether it is removed, in the order they were made."""
    blank: Mapping[str, Blank] = field(default_factory=dict)
    """Lists and maps that were absent or null before the first addition to them."""
    merged: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Path of each entry that was merged in place: `{"hash": of the merged entry, "original": the user's entry}`."""

    @cached_property
    def added(self) -> Mapping[str, str]:
        """Path of each addition, and its hash."""
        return {f"{path}/{step}": known for path, steps in self.added_to.items() for step, known in steps.items()}

    def belongs_to(self, workload: WorkloadReference) -> bool:
        """Whether it was made for `workload`; in a template that was copied, it is still the original's."""
        return self.workload in {"", str(workload)}

    def dump(self) -> str:
        """As the annotation's text."""
        content: dict[str, Any] = {"policy": self.policy, "revision": self.revision}
        if self.workload:
            content["workload"] = self.workload
        content["added"] = self.added_to
        if self.blank:
            content["blank"] = self.blank
        if self.merged:
            content["merged"] = self.merged
        return to_json(content).decode()


def read_record(template: Mapping[str, Any]) -> Record | None:
    """The record in `template`, or None where we never touched it. Raises `DamagedRecord`."""
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    text = annotations.get(names.RECORD_ANNOTATION)
    if text is None:
        return None
    try:
        content = json.loads(text)
        record = Record(
            policy=str(content["policy"]),
            revision=str(content["revision"]),
            workload=str(content.get("workload", "")),
            added_to={path: dict(steps) for path, steps in content["added"].items()},
            blank=dict(content.get("blank", {})),
            merged=dict(content.get("merged", {})),
        )
        _check(record)
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise DamagedRecord(
            f"annotation {names.RECORD_ANNOTATION} is not as it was written: {error};"
            " restore the pod template from its manifest"
        ) from error
    return record


def _check(record: Record) -> None:
    """Raise `ValueError` for what no injection writes, so that a removal never fails half way."""
    if not _POLICY.fullmatch(record.policy):
        raise ValueError("it names no policy")
    if not _REVISION.fullmatch(record.revision):
        raise ValueError("it names no revision")
    if not _WORKLOAD.fullmatch(record.workload):
        raise ValueError("it names no workload")
    strange = [path for path in record.added if not _ADDITION.fullmatch(path)]
    strange += [path for path in record.merged if not _MERGE.fullmatch(path)]
    if strange:
        raise ValueError(f"nothing is ever added at {strange[0]!r}")
    for path, blank in record.blank.items():
        if not _BLANK.fullmatch(path) or blank not in get_args(Blank):
            raise ValueError(f"nothing is ever made at {path!r}")
    for path, entry in record.merged.items():
        if not entry["hash"] or not entry["original"]["name"]:
            raise ValueError(f"the original of {path!r} is missing")
