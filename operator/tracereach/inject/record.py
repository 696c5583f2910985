"""The record of an injection: an annotation on the pod template that says what was added to it.

It lies in the template so that the two never part: `kubectl rollout undo` brings it back with what it describes, and
a template can be put back with nothing else at hand. Each addition is kept with the hash of its value; a value whose
hash no longer fits has been changed since, and is the user's.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tracereach.api import names

Blank = Literal["absent", "null"]
_HASH_LENGTH = 8


class DamagedRecord(Exception):
    """The record is there and cannot be read, so nothing can be put back by it."""


@dataclass(frozen=True)
class Record:
    """What one injection did to one template. Paths are JSON pointers in which list items go by their key."""

    policy: str
    revision: str
    added: Mapping[str, str]
    """Path of each addition, and the hash of its value, in the order they were made."""
    blank: Mapping[str, Blank] = field(default_factory=dict)
    """Lists and maps that were absent or null before the first addition to them."""
    merged: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Path of each entry that was merged in place: `{"hash": of the merged entry, "original": the user's entry}`."""

    def dump(self) -> str:
        """As the annotation's text."""
        content: dict[str, Any] = {"policy": self.policy, "revision": self.revision, "added": self.added}
        if self.blank:
            content["blank"] = self.blank
        if self.merged:
            content["merged"] = self.merged
        return json.dumps(content, separators=(",", ":"))


def read_record(template: Mapping[str, Any]) -> Record | None:
    """The record in `template`, or None where we never touched it. Raises `DamagedRecord`."""
    annotations = (template.get("metadata") or {}).get("annotations") or {}
    text = annotations.get(names.RECORD_ANNOTATION)
    if text is None:
        return None
    try:
        content = json.loads(text)
        return Record(
            policy=str(content["policy"]),
            revision=str(content["revision"]),
            added=dict(content["added"]),
            blank=dict(content.get("blank", {})),
            merged=dict(content.get("merged", {})),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedRecord(
            f"annotation {names.RECORD_ANNOTATION} is not as it was written: {error};"
            " restore the pod template from its manifest"
        ) from error


def fingerprint(value: Any) -> str:
    """A short hash of a JSON value; the order of keys does not count."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":")).encode()
    return hashlib.sha256(canonical).hexdigest()[:_HASH_LENGTH]
