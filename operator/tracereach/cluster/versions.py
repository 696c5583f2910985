"""Comparing resourceVersions, so that an older state of an object never replaces a newer one."""

from typing import Any


def version_of(obj: dict[str, Any]) -> str:
    """The resourceVersion of an object or of a list, empty where it has none."""
    return str((obj.get("metadata") or {}).get("resourceVersion") or "")


def is_older(version: str, than: str) -> bool:
    """Whether `version` is certainly older. Versions that are not numbers cannot be ordered, so they never are."""
    return version.isdecimal() and than.isdecimal() and int(version) < int(than)
