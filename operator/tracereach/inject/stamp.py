"""The stamp: an annotation on a pod template that says what the webhook adds to each of its pods.

A stored template changes only by addition, so a variable that the user sets cannot be extended there. Its container
gets nothing in the template and everything in the pod: agents, mounts and variables together, or nothing at all. The
stamp holds those parts as they are, so a webhook of another release carries them out just the same.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from tracereach.api import names
from tracereach.inject.injection import PodTemplate


class DamagedStamp(Exception):
    """The stamp is there, and cannot be read."""


_LASTING = ConfigDict(alias_generator=to_camel, extra="ignore")
"""What a webhook of another release may have to read: it passes over what it does not know."""


@dataclass(frozen=True, kw_only=True)
class Extension:
    """A variable of which the user's value and ours become one: `before`, the user's, `after`."""

    __pydantic_config__ = _LASTING

    name: str
    value: str
    """Where the user's turns out to be empty."""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, kw_only=True)
class StampedContainer:
    """What one container gets."""

    __pydantic_config__ = _LASTING

    volume_mounts: tuple[dict[str, Any], ...] = ()
    first: tuple[dict[str, Any], ...] = ()
    """Entries of `env` that come before the user's, because an extension refers to them."""
    env: tuple[dict[str, Any], ...] = ()
    extended: tuple[Extension, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Stamp:
    """What one pod gets."""

    __pydantic_config__ = _LASTING

    volumes: tuple[dict[str, Any], ...] = ()
    init_containers: tuple[dict[str, Any], ...] = ()
    containers: dict[str, StampedContainer]

    def dump(self) -> str:
        """As the annotation's text."""
        return _STAMP.dump_json(self, by_alias=True, exclude_defaults=True).decode()


_STAMP = TypeAdapter(Stamp)


def read_stamp(pod: PodTemplate) -> Stamp | None:
    """The stamp on a pod that still has to be merged; None on every other. Raises `DamagedStamp`."""
    metadata = pod.get("metadata") or {}
    if (metadata.get("labels") or {}).get(names.MERGE_LABEL) != names.MERGE_WANTED:
        return None
    text = (metadata.get("annotations") or {}).get(names.MERGE_ANNOTATION)
    if text is None:
        raise DamagedStamp(f"the pod has the label {names.MERGE_LABEL}, and no annotation {names.MERGE_ANNOTATION}")
    try:
        return _STAMP.validate_json(text)
    except ValidationError as error:
        raise DamagedStamp(f"annotation {names.MERGE_ANNOTATION} is not as it was written: {error}") from error
